/** `choir authority broker`: Mosquitto's configuration, access list and password hashes, from key file and roll; and each party's password in its own folder. */

import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import type { Password } from "../../core/password.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import type { Roll } from "../../core/wire/roll.ts";
import { trusteesOf } from "../../core/wire/sharing.ts";
import { brokerUsers, READING_CONNECTIONS } from "../service/broker-users.ts";
import {
  accessList,
  type BrokerParty,
  brokerParties,
  meterPasswordFile,
  OPERATOR_PASSWORD_FILE,
} from "./broker-acl.ts";
import { passwordAt, passwordLine } from "./broker-passwords.ts";
import { readAuthorities } from "./certificates.ts";
import { type ConfigEntries, readConfigFile, writeConfigFile } from "./config-file.ts";
import {
  aggregatorFolder,
  DEPLOYMENT_FILES,
  deploymentFile,
  readDeploymentFile,
  trusteeFolder,
  writeWhole,
} from "./deployment.ts";
import { MOSQUITTO_FILES, type MosquittoPlan, mosquittoConfiguration } from "./mosquitto-conf.ts";
import { deploymentKeyFile, deploymentRoll } from "./new-roll.ts";
import { TRUSTEE_FILES } from "./trustee.ts";

/** Where passwords of parties that come and go lie; nothing else is ever removed. */
const PASSWORD_FILE = /^(meters\/[^/]+\.password|(aggregators|trustees)\/[^/]+\/broker\.password)$/;
const SECURE_PORT = 8883;
/** What a message has beside readings, and beside the two signed files. */
const FRAME_BYTES = 65_536;
/** A reading has less than 8 k bytes and these, and a testimony those of all members. */
const READING = { residues: 8, frameBytes: 1_280 } as const;

/** What is not in the deployment's files. */
export interface BrokerPlan extends Pick<MosquittoPlan, "folder" | "stateFolder"> {
  /** PEM or DER files of the authorities that vouch for the broker. */
  readonly authorities: readonly string[];
  /** UTC, for certificates' ends. */
  readonly nowMs: number;
}

/** How many there are. */
export interface BrokerSummary {
  readonly parties: number;
  readonly users: number;
}

/** What a party logs in with. */
export interface BrokerLogin {
  readonly user: string;
  readonly password: Password;
}

/**
 * Writes `broker/` and `broker-ca.pem`, a password for each party that has none, and into the configs of provider, aggregators and trustees where both lie.
 * Passwords of parties that are no longer listed are removed. The same roll and passwords give the same files.
 * @throws ChoirError input_invalid without a deployment, a roll, a party's config, or a broker at mqtts://; and as `deploymentKeyFile`, `deploymentRoll` and `readAuthorities`.
 *   Nothing is written then.
 */
export function newBroker(
  deployment: string,
  plan: BrokerPlan,
  leastBits: number = MODULUS_BITS.least,
  publishedKeys = false,
): BrokerSummary {
  const keyFile = deploymentKeyFile(deployment, leastBits, publishedKeys);
  const roll = deploymentRoll(deployment, keyFile);
  const port = brokerPort(deployment);
  const authorities = readAuthorities(plan.authorities, plan.nowMs);
  const configs = configsWithBroker(deployment, keyFile, roll);
  const parties = brokerParties(keyFile, roll, (group) => connectionsOf(deployment, group));

  const lines = parties.flatMap(({ passwordFile, users }) => {
    const password = passwordAt(join(deployment, passwordFile));
    return users.map((user) => passwordLine(user, password));
  });
  removeOthers(deployment, parties);
  writeWhole(deploymentFile(deployment, "brokerAuthorities"), authorities.map(pem).join(""));
  for (const [path, entries] of configs) writeConfigFile(path, entries);
  const put = (name: keyof typeof MOSQUITTO_FILES, content: string, secret = false): void =>
    writeWhole(join(deployment, "broker", MOSQUITTO_FILES[name]), content, secret);
  put("accessList", accessList(parties));
  put("passwords", `${lines.join("\n")}\n`, true);
  const { folder, stateFolder } = plan;
  const mostPacketBytes = largestMessage(deployment, keyFile, roll);
  put("configuration", mosquittoConfiguration({ folder, stateFolder, port, mostPacketBytes }));
  return { parties: parties.length, users: lines.length };
}

/** The login that `newBroker` made for a meter; undefined where it has made none. */
export function meterLogin(deployment: string, meter: string): BrokerLogin | undefined {
  return login(join(deployment, meterPasswordFile(meter)), brokerUsers.meter(meter));
}

/** The same for whoever services the meters. */
export function operatorLogin(deployment: string): BrokerLogin | undefined {
  return login(join(deployment, OPERATOR_PASSWORD_FILE), brokerUsers.operator);
}

function login(passwordFile: string, user: string): BrokerLogin | undefined {
  return existsSync(passwordFile) ? { user, password: passwordAt(passwordFile) } : undefined;
}

/** The authorities that `newBroker` was told, as a file for whoever speaks TLS to the broker; none where there are none. */
export function madeAuthorities(deployment: string, broker: string): readonly string[] {
  const file = deploymentFile(deployment, "brokerAuthorities");
  return broker.startsWith("mqtts:") && existsSync(file) ? [file] : [];
}

function aggregatorConfig(group: string): string {
  return join(aggregatorFolder(group), "aggregator.json");
}

/** The port in the provider's config: all parties have the same broker. */
function brokerPort(deployment: string): number {
  const { broker } = readConfigFile(deploymentFile(deployment, "providerConfig"));
  const url = typeof broker === "string" && URL.canParse(broker) ? new URL(broker) : undefined;
  if (url?.protocol === "mqtts:" && url.username === "") return url.port === "" ? SECURE_PORT : Number(url.port);
  // what is there is not told: it may hold a password
  const name = `${deploymentFile(deployment, "providerConfig")}: broker`;
  throw new ChoirError("input_invalid", name, "mqtts://HOST[:PORT], without a user", "another");
}

function connectionsOf(deployment: string, group: string): number {
  const { connections } = readConfigFile(join(deployment, aggregatorConfig(group)));
  return typeof connections === "number" ? connections : READING_CONNECTIONS.usual;
}

function removeOthers(deployment: string, parties: readonly BrokerParty[]): void {
  const kept = new Set(parties.map(({ passwordFile }) => passwordFile));
  for (const name of readdirSync(deployment, { recursive: true, encoding: "utf8" })) {
    const file = name.replaceAll(sep, "/");
    if (PASSWORD_FILE.test(file) && !kept.has(file)) rmSync(join(deployment, name));
  }
}

function pem(certificate: Uint8Array): string {
  return new X509Certificate(certificate).toString();
}

/** Each party's config, by its path, with where the broker's authorities and the party's password lie. */
function configsWithBroker(
  deployment: string,
  { sharing }: KeyFile,
  { groups }: Roll,
): readonly (readonly [path: string, entries: ConfigEntries])[] {
  const authorities = deploymentFile(deployment, "brokerAuthorities");
  const besideIt = (path: string): string => relative(dirname(path), authorities);
  // a trustee puts all that it is handed beside its keys
  const inHand = (): string => basename(authorities);
  const trustees = sharing === undefined ? [] : trusteesOf(sharing);
  const files: readonly (readonly [config: string, brokerCa: (path: string) => string])[] = [
    [DEPLOYMENT_FILES.providerConfig, besideIt],
    ...groups.map(({ group }) => [aggregatorConfig(group), besideIt] as const),
    ...trustees.map(({ holder }) => [join(trusteeFolder(holder), TRUSTEE_FILES.config), inHand] as const),
  ];
  return files.map(([config, brokerCa]) => {
    const path = join(deployment, config);
    const entries = { brokerCa: brokerCa(path), brokerPasswordFile: "broker.password" };
    return [path, { ...readConfigFile(path), ...entries }];
  });
}

/** A testimony of the largest group, or the two signed files. */
function largestMessage(deployment: string, keyFile: KeyFile, roll: Roll): number {
  const membersOf = new Map(roll.blocks.map(({ block, seats }) => [block, seats.length]));
  const members = roll.groups.map(({ blocks }) => blocks.reduce((sum, block) => sum + (membersOf.get(block) ?? 0), 0));
  const testimony = Math.max(0, ...members) * (READING.residues * keyFile.key.bytes + READING.frameBytes);
  const files = ["keyFile", "roll"] as const;
  const signed = files.map((name) => readDeploymentFile(deployment, name, "choir authority").length);
  return FRAME_BYTES + Math.max(testimony, ...signed.map((bytes) => 2 * bytes));
}
