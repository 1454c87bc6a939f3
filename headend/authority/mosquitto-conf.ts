/** The configuration of a deployment's Mosquitto (2.0 and later): TLS alone, nobody without a password, sessions that outlast its restarts. */

/** What it depends on. */
export interface MosquittoPlan {
  /** Absolute, on the broker's machine: where access list, password hashes, certificate and key lie. */
  readonly folder: string;
  /** Absolute, on the broker's machine: where it keeps sessions and messages. */
  readonly stateFolder: string;
  readonly port: number;
  /** The largest message that a party has reason to send, in bytes. */
  readonly mostPacketBytes: number;
}

/** Names of the files in `folder`; the broker's operator brings the last two. */
export const MOSQUITTO_FILES = {
  configuration: "mosquitto.conf",
  accessList: "acl",
  passwords: "passwords",
  certificate: "broker.crt",
  certificateKey: "broker.key",
} as const;

/** Sessions of parties that stayed away longer are forgotten: twice as long as readings are kept. */
const SESSION_DAYS = 14;
/** A week of quarter hours from 148 meters, for a connection of an aggregator that is away. */
const MOST_QUEUED_MESSAGES = 100_000;

/** The file's text. */
export function mosquittoConfiguration({ folder, stateFolder, port, mostPacketBytes }: MosquittoPlan): string {
  const file = (name: keyof typeof MOSQUITTO_FILES): string => `${folder}/${MOSQUITTO_FILES[name]}`;
  return `# Made by \`choir authority broker\`, which overwrites it.
# Passwords and access list hold for every listener that is added.
per_listener_settings false
allow_anonymous false
password_file ${file("passwords")}
acl_file ${file("accessList")}

listener ${port}
certfile ${file("certificate")}
keyfile ${file("certificateKey")}
# A client's id is its user's name: nobody takes over another's session.
use_username_as_clientid true

persistence true
persistence_location ${stateFolder}/
autosave_interval 60
persistent_client_expiration ${SESSION_DAYS}d
max_queued_messages ${MOST_QUEUED_MESSAGES}
max_packet_size ${mostPacketBytes}
sys_interval 0

log_dest stderr
log_type error
log_type warning
log_type notice
`;
}
