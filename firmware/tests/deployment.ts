/** A small deployment of 512-bit keys for tests: root, key file, roll, the provider's opener and its receipts. */

import { concatBytes } from "../../core/bytes.ts";
import { bytesToInteger, power } from "../../core/integers.ts";
import { intervalAt } from "../../core/interval.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { product } from "../../core/paillier/ciphertext.ts";
import { buildTable, type Table, tableInMemory } from "../../core/paillier/comb.ts";
import { unpack } from "../../core/paillier/packing.ts";
import { holds, statement } from "../../core/paillier/proof.ts";
import { deriveBase, MODULUS_BITS, publicKey } from "../../core/paillier/public-key.ts";
import { Password } from "../../core/password.ts";
import type { PowerOf } from "../../core/ports.ts";
import { generateSecretKey } from "../../core/secret/key-pair.ts";
import { Opener } from "../../core/secret/opener.ts";
import { type Beacon, encodeBeacon } from "../../core/wire/beacon.ts";
import { type Configuration, signConfiguration } from "../../core/wire/configuration.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../core/wire/envelope.ts";
import { type KeyFile, type KeyFileContent, openKeyFile, signKeyFile } from "../../core/wire/key-file.ts";
import { decodeReading, type SealedReading } from "../../core/wire/reading.ts";
import { encodeReceipt, type Receipt } from "../../core/wire/receipt.ts";
import { type Roll, signRoll } from "../../core/wire/roll.ts";
import { nodeDigest, nodeSigner, nodeVerify } from "./doubles.ts";

export const LENGTH_MS = 900_000;
/** A midnight; the first interval of the tests' day. */
export const DAY_MS = 1_700_006_400_000;
export const FIRST = DAY_MS / LENGTH_MS;
export const MAXIMUM_MWH = 25_000_000;

const powerOf: PowerOf = (modulus) => (base, exponent) => power(base, exponent, modulus);
const seedOf = (name: string): Uint8Array => nodeDigest.sha256(Buffer.from(name));
const root = nodeSigner(seedOf("root"));
const provider = nodeSigner(seedOf("provider"));
const aggregators = { g1: nodeSigner(seedOf("a1")), g2: nodeSigner(seedOf("a2")) } as const;
const impostor = nodeSigner(seedOf("impostor"));

/** Passwords of every configuration made here. */
export const PASSWORDS = { broker: "broker-password", wifi: "wifi-password" } as const;

/** A reading as the one who holds the whole key sees it. */
export interface Opened {
  readonly interval: number;
  readonly energies: readonly number[];
}

export interface Deployment {
  readonly rootKey: Uint8Array;
  readonly table: Table;
  readonly keyFile: (changes?: Partial<KeyFileContent>) => Uint8Array;
  /** The roll with `meter` (block b1, groups g1 and g2) and the feeder f1 of g1. */
  readonly roll: (keys: Keys, changes?: Partial<Roll>) => Uint8Array;
  /** A home's configuration with this roll, signed by the root or by an impostor. */
  readonly configuration: (roll: Uint8Array, changes?: Partial<Configuration>, signer?: "impostor") => Uint8Array;
  readonly receipt: (receipt: Omit<Receipt, "keyId">, changes?: Partial<Receipt>) => Uint8Array;
  /** What the group's aggregator says the time is. */
  readonly beacon: (group: "g1" | "g2", utcMs: number, changes?: Partial<Beacon>) => Uint8Array;
  /** Signature, proof and ranges checked, then opened. */
  readonly open: (message: Uint8Array, meterKey: Uint8Array) => Opened;
  /** The sums of up to 128 ciphertexts, in mWh by channel; their number is checked by the count slot. */
  readonly sum: (ciphertexts: readonly bigint[]) => readonly number[];
  readonly opened: KeyFile;
}

export interface Keys {
  readonly home?: Uint8Array;
  readonly feeder?: Uint8Array;
}

export function makeDeployment(): Deployment {
  const secret = generateSecretKey(MODULUS_BITS.tests);
  const seed = seedOf("h");
  const base = deriveBase(secret.n, seed, nodeDigest, powerOf);
  const table = buildTable(publicKey(secret.n, base, MODULUS_BITS.tests), seed, nodeDigest);
  const content: KeyFileContent = {
    version: 1,
    custody: "provider",
    n: secret.n,
    seed,
    base,
    tableHash: nodeDigest.sha256(table),
    intervalMs: LENGTH_MS,
    channels: [OBIS_IMPORT, OBIS_EXPORT].map((obis) => ({ obis, maximumMilliwattHours: MAXIMUM_MWH })),
    largestGroup: 128,
    kMin: 2,
    firstInterval: FIRST - 1000,
    lastInterval: FIRST + 1000,
    providerKey: provider.publicKey,
  };
  const keyFile = (changes: Partial<KeyFileContent> = {}): Uint8Array => signKeyFile({ ...content, ...changes }, root);
  const opened = openKeyFile(keyFile(), root.publicKey, nodeVerify, nodeDigest, MODULUS_BITS.tests);
  const opener = new Opener(secret, powerOf);
  const stranger = (name: string) => ({ seat: `s-${name}`, occupant: { meter: name, key: seedOf(name) } });
  return {
    rootKey: root.publicKey,
    table: tableInMemory(table, opened.key.bytes, nodeDigest),
    keyFile,
    opened,
    roll: (keys, changes = {}) =>
      signRoll(
        {
          version: 1,
          firstInterval: FIRST - 1000,
          groups: [
            { group: "g1", scheme: "paillier", aggregatorKey: aggregators.g1.publicKey, feeder: "f1", blocks: ["b1"] },
            {
              group: "g2",
              scheme: "paillier",
              aggregatorKey: aggregators.g2.publicKey,
              feeder: undefined,
              blocks: ["b1", "b2"],
            },
          ],
          blocks: [
            {
              block: "b1",
              seats: [{ seat: "s1", occupant: { meter: "h1", key: keys.home ?? seedOf("h1") } }, stranger("h2")],
            },
            { block: "b2", seats: [stranger("h3"), stranger("h4")] },
          ],
          feeders: [{ feeder: "f1", key: keys.feeder ?? seedOf("f1") }],
          ...changes,
        },
        root,
      ),
    configuration: (roll, changes = {}, signer) =>
      signConfiguration(
        {
          version: 1,
          meter: "h1",
          role: "home",
          rootKey: root.publicKey,
          keyFile: keyFile(),
          roll,
          metering: {
            checkpointMs: 60_000,
            checkpointPulses: 1_000_000,
            poolTarget: 2,
            outboxCapacity: 200,
            boundaryToleranceMs: 5000,
            statusMs: 3_600_000,
          },
          broker: {
            host: "broker.example",
            port: 8883,
            authorities: [concatBytes(Uint8Array.of(0x30, 0x82, 0x01, 0x00), new Uint8Array(256))],
            user: "h1",
            password: new Password(PASSWORDS.broker),
          },
          wifi: { ssid: "home", password: new Password(PASSWORDS.wifi) },
          timeServers: [],
          sensors: [
            {
              kind: "pulse",
              obis: OBIS_IMPORT,
              input: 0,
              pulsesPerKilowattHour: 1000,
              minHighMicros: 10_000,
              minLowMicros: 10_000,
            },
            {
              kind: "clamp",
              obis: OBIS_EXPORT,
              input: 0,
              microAmperesPerCount: 50_000,
              nominalMilliVolts: 230_000,
              noiseFloorMilliAmperes: 50,
              powerFactorPerMille: 1000,
              samplesPerSecond: 4000,
            },
          ],
          ...changes,
        },
        signer === "impostor" ? impostor : root,
      ),
    receipt: (receipt, changes = {}) =>
      sealEnvelope("receipt", encodeReceipt({ keyId: opened.keyId, ...receipt, ...changes }), provider),
    beacon: (group, utcMs, changes = {}) => {
      const beacon = { group, interval: intervalAt(utcMs, LENGTH_MS), keyId: opened.keyId, utcMs, ...changes };
      return sealEnvelope("beacon", encodeBeacon(beacon), aggregators[group]);
    },
    open: (message, meterKey) => {
      const reading = readingOf(message, meterKey, opened);
      const { key, layout } = opened;
      const proof = statement(key, layout.bits, nodeDigest, reading, reading);
      if (!holds(key, powerOf(key.nSquared), proof)) throw new Error("the proof does not hold");
      const { sums } = unpack(layout, opener.open(bytesToInteger(reading.ciphertext)), 1);
      return { interval: reading.interval, energies: sums.map(Number) };
    },
    sum: (ciphertexts) => {
      const { key, layout } = opened;
      return unpack(layout, opener.open(product(ciphertexts, key)), ciphertexts.length).sums.map(Number);
    },
  };
}

/** A reading whose signature was checked. */
export function readingOf(message: Uint8Array, meterKey: Uint8Array, file: KeyFile): SealedReading {
  const envelope = parseEnvelope("reading", message);
  checkSignature(envelope, meterKey, nodeVerify, "reading");
  return decodeReading(envelope.payload, file.key, file.layout);
}
