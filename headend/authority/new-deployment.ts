/** `choir authority new`: the root key, the Paillier key and the signed key file of a deployment; here all that any has, and `custody: provider`. */

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { checkIntervalLength, intervalAt } from "../../core/interval.ts";
import { buildTable } from "../../core/paillier/comb.ts";
import { deriveBase, MODULUS_BITS, publicKey } from "../../core/paillier/public-key.ts";
import { generateSecretKey } from "../../core/secret/key-pair.ts";
import { type KeyFile, type KeyFileContent, openKeyFile, signKeyFile } from "../../core/wire/key-file.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { openSslPower } from "../service/power.ts";
import { DEPLOYMENT_FILES, deploymentFile, writeWhole } from "./deployment.ts";
import { freshIdentity, type Identity } from "./identity.ts";
import type { Predecessor } from "./predecessor.ts";

/** 100 kW, the largest connection that a household slot is cut for. */
export const MOST_WATTS = 100_000;
const MS_PER_HOUR = 3_600_000;
const QUARTER_HOUR_MS = 900_000;
/** The least k_min of a deployment, at 15 minutes and above, and below. */
const LEAST_K_MIN = { long: 20, short: 100 } as const;

/** What a new key fixes. */
export interface NewDeployment {
  readonly keyBits: number;
  readonly intervalMs: number;
  /** OBIS codes. */
  readonly channels: readonly string[];
  readonly largestGroup: number;
  readonly kMin: number;
  /** First instant that the key is for, in ms of UTC; rounded down to its interval. */
  readonly firstUtcMs: number;
  readonly lastUtcMs: number;
  readonly broker: string;
  /** Allows a k_min below the floor, and keys below 2048 bits in tests. */
  readonly demonstration: boolean;
  /** The largest power that a household slot is cut for; `MOST_WATTS` where it is absent. */
  readonly mostWatts?: number;
  /** The deployment whose key this one follows, under the same root; none for a first one. */
  readonly successorOf?: Predecessor;
}

/** The largest reading of one interval in mWh: 25 kWh in a quarter hour, scaled with the interval. */
export function maximumMilliwattHours(intervalMs: number): number {
  return milliwattHours(MOST_WATTS, intervalMs);
}

function milliwattHours(watts: number, intervalMs: number): number {
  return Math.ceil((watts * 1000 * intervalMs) / MS_PER_HOUR);
}

/** The floor of k_min for an interval length. */
export function leastKMin(intervalMs: number): number {
  return intervalMs >= QUARTER_HOUR_MS ? LEAST_K_MIN.long : LEAST_K_MIN.short;
}

/**
 * Refuses what no deployment may be.
 * @throws ChoirError input_invalid when the folder already holds a root key, group_too_small below the floor of k_min, value_out_of_range, and as `Predecessor.check`.
 */
export function checkNew(folder: string, options: NewDeployment, custody: KeyFile["custody"]): void {
  if (existsSync(deploymentFile(folder, "rootSigningKey"))) {
    throw new ChoirError(
      "input_invalid",
      folder,
      "a folder without a deployment",
      `${DEPLOYMENT_FILES.rootSigningKey}`,
    );
  }
  checkIntervalLength(options.intervalMs, "interval");
  options.successorOf?.check(options, custody);
  const floor = leastKMin(options.intervalMs);
  if (options.kMin < floor && !options.demonstration) {
    throw new ChoirError("group_too_small", "k_min", `at least ${floor} at this interval`, `${options.kMin}`);
  }
}

/** The least bits of n that the deployment's key file may have. */
export function leastBitsOf({ demonstration }: NewDeployment): number {
  return demonstration ? MODULUS_BITS.tests : MODULUS_BITS.least;
}

/** A comb table, and what a key file says whatever its custody. */
export interface PublicParts {
  readonly table: Uint8Array;
  readonly content: Omit<KeyFileContent, "custody" | "sharing">;
}

/** What follows from n and the options. @throws ChoirError key_too_short. */
export function publicParts(n: bigint, options: NewDeployment, providerKey: Uint8Array): PublicParts {
  const seed = new Uint8Array(randomBytes(32));
  const base = deriveBase(n, seed, nodeDigest, openSslPower);
  const table = buildTable(publicKey(n, base, leastBitsOf(options)), seed, nodeDigest);
  const content = {
    version: (options.successorOf?.keyFile.version ?? 0) + 1,
    n,
    seed,
    base,
    tableHash: nodeDigest.sha256(table),
    intervalMs: options.intervalMs,
    channels: options.channels.map((obis) => ({
      obis,
      maximumMilliwattHours: milliwattHours(options.mostWatts ?? MOST_WATTS, options.intervalMs),
    })),
    largestGroup: options.largestGroup,
    kMin: options.kMin,
    firstInterval: intervalAt(options.firstUtcMs, options.intervalMs),
    lastInterval: intervalAt(options.lastUtcMs, options.intervalMs),
    providerKey,
  };
  return { table, content };
}

/** What is written with any custody, the root key last: a folder in which this was cut short is none that holds a deployment. */
export interface DeploymentContent {
  readonly root: Identity;
  readonly provider: Identity;
  readonly table: Uint8Array;
  readonly keyFile: Uint8Array;
  /** Entries of the provider's config that its custody has. */
  readonly custodyEntries: Readonly<Record<string, string>>;
}

/** Writes it. */
export function writeDeployment(folder: string, broker: string, content: DeploymentContent): void {
  const { root, provider, table, keyFile, custodyEntries } = content;
  const rootKey = toHex(root.signer.publicKey);
  writeWhole(deploymentFile(folder, "rootKey"), `${rootKey}\n`);
  writeWhole(deploymentFile(folder, "table"), table);
  writeWhole(deploymentFile(folder, "providerSigningKey"), provider.pem, true);
  const config = {
    party: "provider",
    broker,
    rootKey,
    keyFile: join("..", DEPLOYMENT_FILES.keyFile),
    roll: join("..", DEPLOYMENT_FILES.roll),
    signingKey: "signing.pem",
    ...custodyEntries,
    store: "store",
  };
  // the broker's URL may hold a password
  writeWhole(deploymentFile(folder, "providerConfig"), `${JSON.stringify(config, undefined, 2)}\n`, true);
  writeWhole(deploymentFile(folder, "keyFile"), keyFile);
  writeWhole(deploymentFile(folder, "rootSigningKey"), root.pem, true);
}

/**
 * Makes the files of a deployment in `folder` whose provider holds the whole key; no roll yet. About 1 s at 3072 bits.
 * @throws ChoirError as `checkNew`, and as `decodeKeyFile` for what no meter would take; then nothing is written.
 */
export function newDeployment(folder: string, options: NewDeployment): void {
  checkNew(folder, options, "provider");
  const secret = generateSecretKey(options.keyBits);
  const [root, provider] = [options.successorOf?.root ?? freshIdentity(), freshIdentity()];
  const { table, content } = publicParts(secret.n, options, provider.signer.publicKey);
  const keyFile = signKeyFile({ ...content, custody: "provider" }, root.signer);
  // what a meter would refuse is refused here
  openKeyFile(keyFile, root.signer.publicKey, nodeVerifier(), nodeDigest, leastBitsOf(options));
  secret.use((p, q) => {
    const factors = { p: p.toString(16), q: q.toString(16) };
    writeWhole(deploymentFile(folder, "providerSecretKey"), `${JSON.stringify(factors)}\n`, true);
  });
  const custodyEntries = { secretKey: "secret.json" };
  options.successorOf?.handOver(folder);
  writeDeployment(folder, options.broker, { root, provider, table, keyFile, custodyEntries });
}
