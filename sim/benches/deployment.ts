/** A deployment in memory for the benches: a real key with its table, signed key file and roll, and meters that can sign. */

import { randomBytes } from "node:crypto";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { buildTable } from "../../core/paillier/comb.ts";
import { deriveBase, MODULUS_BITS, publicKey } from "../../core/paillier/public-key.ts";
import type { Signer } from "../../core/ports.ts";
import { generateSecretKey, type SecretKey } from "../../core/secret/key-pair.ts";
import { parseEnvelope } from "../../core/wire/envelope.ts";
import { type KeyFile, openKeyFile, signKeyFile } from "../../core/wire/key-file.ts";
import { checkRoll, openRoll, type Roll, signRoll } from "../../core/wire/roll.ts";
import { openSslPower } from "../../headend/service/power.ts";
import { nodeDigest, nodeSigner, nodeVerify } from "../../hosts/node/primitives.ts";
import { padded } from "../street/plan.ts";
import type { WorkMaterial } from "./engines/works.ts";

/** A quarter hour, and what 100 kW use in one. */
export const INTERVAL_MS = 900_000;
const MAXIMUM_MWH = 25_000_000;
/** The product's least block. */
const BLOCK_SEATS = 20;
/** Any interval will do; its messages are as long as those of our years. */
export const INTERVAL = 2_000_000;
export const GROUP = "group-1";

/** A meter of the roll. */
export interface BenchMeter {
  readonly meter: string;
  readonly signer: Signer;
}

/** All that the benches work on. */
export interface BenchDeployment {
  readonly secret: SecretKey;
  readonly keyFile: KeyFile;
  readonly roll: Roll;
  /** Of the one group. */
  readonly aggregator: Signer;
  readonly meters: readonly BenchMeter[];
  readonly material: WorkMaterial;
}

/** A new deployment with a new key and one group of `meterCount` meters. */
export function benchDeployment(keyBits: number, meterCount: number): BenchDeployment {
  const root = nodeSigner(randomBytes(32));
  const secret = generateSecretKey(keyBits);
  const seed = new Uint8Array(randomBytes(32));
  const base = deriveBase(secret.n, seed, nodeDigest, openSslPower);
  const table = buildTable(publicKey(secret.n, base, MODULUS_BITS.tests), seed, nodeDigest);
  const signedKeyFile = signKeyFile(
    {
      version: 1,
      custody: "provider",
      n: secret.n,
      seed,
      base,
      tableHash: nodeDigest.sha256(table),
      intervalMs: INTERVAL_MS,
      channels: [OBIS_IMPORT, OBIS_EXPORT].map((obis) => ({ obis, maximumMilliwattHours: MAXIMUM_MWH })),
      largestGroup: meterCount,
      kMin: Math.min(BLOCK_SEATS, meterCount),
      firstInterval: 0,
      lastInterval: 2 * INTERVAL,
      providerKey: nodeSigner(randomBytes(32)).publicKey,
    },
    root,
  );
  const keyFile = openKeyFile(signedKeyFile, root.publicKey, nodeVerify, nodeDigest, MODULUS_BITS.tests);
  const meters = Array.from({ length: meterCount }, (_, i) => ({
    meter: `meter-${padded(i + 1, meterCount)}`,
    signer: nodeSigner(randomBytes(32)),
  }));
  const aggregator = nodeSigner(randomBytes(32));
  const roll = openRoll(signRoll(benchRoll(meters, aggregator), root), root.publicKey, nodeVerify, keyFile);
  checkRoll(roll, keyFile);
  const material: WorkMaterial = {
    keyFile: parseEnvelope("key", signedKeyFile).payload,
    table,
    seed: new Uint8Array(randomBytes(32)),
    meter: meters[0]?.meter ?? "",
    interval: INTERVAL,
    energies: [123_456, 7890],
  };
  return { secret, keyFile, roll, aggregator, meters, material };
}

/** Blocks of 20 seats in order; the rest joins the last. */
function benchRoll(meters: readonly BenchMeter[], aggregator: Signer): Roll {
  const count = Math.max(1, Math.floor(meters.length / BLOCK_SEATS));
  const blocks = Array.from({ length: count }, (_, i) => ({
    block: `block-${padded(i + 1, count)}`,
    seats: meters
      .slice(i * BLOCK_SEATS, i === count - 1 ? undefined : (i + 1) * BLOCK_SEATS)
      .map(({ meter, signer }) => ({ seat: `seat-of-${meter}`, occupant: { meter, key: signer.publicKey } })),
  }));
  return {
    version: 1,
    firstInterval: 0,
    groups: [
      {
        group: GROUP,
        scheme: "paillier",
        aggregatorKey: aggregator.publicKey,
        feeder: undefined,
        blocks: blocks.map(({ block }) => block),
      },
    ],
    blocks,
    feeders: [],
  };
}
