/** How a process reaches its broker: over TLS, vouched for by the authorities that its config names, with the party's password; in the clear on its own machine alone. */

import { isIPv4 } from "node:net";
import { ChoirError } from "../../core/errors.ts";
import { Password } from "../../core/password.ts";
import { besideConfig, readNamedFile } from "./config.ts";
import { checkOwnersAlone } from "./owner-file.ts";

/** Where the broker is, and what a connection to it needs. */
export interface BrokerAccess {
  readonly url: string;
  /** Authorities that may vouch for the broker, PEM; the system's where there are none. */
  readonly authorities?: Uint8Array;
  /** With it a connection logs in as the user of its client id. */
  readonly password?: Password;
}

/** The config entries that say it. */
export interface BrokerEntries {
  readonly broker: string;
  readonly brokerCa?: string | undefined;
  readonly brokerPasswordFile?: string | undefined;
  readonly allowPlaintextBroker: boolean;
}

const SECURE: readonly string[] = ["mqtts:", "ssl:", "wss:"];

/**
 * What a config file says of the broker.
 * @throws ChoirError config_invalid for a file that cannot be read, a password that others can read or that comes twice, authorities without TLS, and as
 *   `checkPlaintext`.
 */
export function brokerAccess(configFile: string, entries: BrokerEntries): BrokerAccess {
  const { broker, brokerCa, brokerPasswordFile, allowPlaintextBroker } = entries;
  const name = `${configFile}: broker`;
  const url = parsed(broker, name);
  if (!allowPlaintextBroker) checkPlaintext(broker, name);
  if (brokerCa !== undefined && !isSecure(url)) {
    throw new ChoirError("config_invalid", name, "mqtts://, where there is a brokerCa", "a URL without TLS");
  }
  if (brokerPasswordFile !== undefined && url.username !== "") {
    throw new ChoirError("config_invalid", name, "no user, where there is a brokerPasswordFile", "one");
  }
  return {
    url: broker,
    ...(brokerCa !== undefined && { authorities: readNamedFile(configFile, "brokerCa", brokerCa) }),
    ...(brokerPasswordFile !== undefined && { password: readPassword(configFile, brokerPasswordFile) }),
  };
}

/** Refuses a broker on another machine without TLS: whoever listens learns who speaks when, and every password. @throws ChoirError config_invalid. */
export function checkPlaintext(broker: string, name: string): void {
  const url = parsed(broker, name);
  if (isSecure(url) || isLoopback(url.hostname)) return;
  throw new ChoirError("config_invalid", name, "mqtts://, or a broker on this machine", "one elsewhere without TLS");
}

/** What came is not told: it may hold a password. */
function parsed(broker: string, name: string): URL {
  if (URL.canParse(broker)) return new URL(broker);
  throw new ChoirError("config_invalid", name, "a URL", "another text");
}

function isSecure(url: URL): boolean {
  return SECURE.includes(url.protocol);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}

/** The file's text without the line feed that editors put at its end. */
function readPassword(configFile: string, path: string): Password {
  const bytes = readNamedFile(configFile, "brokerPasswordFile", path);
  checkOwnersAlone(besideConfig(configFile, path));
  return new Password(new TextDecoder().decode(bytes).replace(/\r?\n$/, ""));
}
