/** A small deployment for tests of the head end: root, 512-bit key, meters with their signers, sealed readings, config files. */

import { generateKeyPairSync, generatePrimeSync, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../../core/bytes.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import { buildTable, type Table, tableInMemory } from "../../../core/paillier/comb.ts";
import { pack } from "../../../core/paillier/packing.ts";
import { type EntryShape, entryShape, makeEntry } from "../../../core/paillier/pool-entry.ts";
import { deriveBase } from "../../../core/paillier/public-key.ts";
import { bigIntRing, type Ring } from "../../../core/paillier/ring.ts";
import { seal } from "../../../core/paillier/seal.ts";
import type { Signer } from "../../../core/ports.ts";
import { type Dealing, deal } from "../../../core/secret/dealing.ts";
import { generateSecretKey, SecretKey } from "../../../core/secret/key-pair.ts";
import type { KeyShare } from "../../../core/secret/key-share.ts";
import { SafePrimes } from "../../../core/secret/safe-primes.ts";
import { countersign, encodeSignedFile } from "../../../core/wire/countersigned.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { encodeFeeder } from "../../../core/wire/feeder.ts";
import { type KeyFile, openKeyFile, signKeyFile } from "../../../core/wire/key-file.ts";
import { encodeKeyShareFile, keyShareAad, keyShareInfo } from "../../../core/wire/key-share-file.ts";
import { encodeReading, type SealedReading } from "../../../core/wire/reading.ts";
import { type Block, type Roll, signRoll } from "../../../core/wire/roll.ts";
import type { Sharing } from "../../../core/wire/sharing.ts";
import { nodeDigest, nodeEntropy, nodeSigner, nodeVerifier } from "../crypto.ts";
import { nodeSealingKey, type SealingKey, sealTo } from "../hpke.ts";
import { openSslPower } from "../power.ts";

/** Bits of the town's key. */
export const TOWN_BITS = 512;

/** How the town is laid out. */
export interface TownOptions {
  readonly groups: number;
  readonly blocksPerGroup: number;
  readonly seatsPerBlock: number;
  readonly kMin: number;
  readonly intervalMs: number;
  readonly firstInterval: number;
  readonly lastInterval: number;
  /** Ids, ascending: with some, the key is dealt to them and the provider, and three shares open. */
  readonly trustees: readonly string[];
  /** Further groups, by the blocks of the others that they are made of. */
  readonly unions: Readonly<Record<string, readonly string[]>>;
}

const DEFAULTS: TownOptions = {
  groups: 1,
  blocksPerGroup: 2,
  seatsPerBlock: 3,
  kMin: 3,
  intervalMs: 60_000,
  firstInterval: 1000,
  lastInterval: 100_000_000,
  trustees: [],
  unions: {},
};

export const TOWN_CHANNELS = [
  { obis: OBIS_IMPORT, maximumMilliwattHours: 25_000_000 },
  { obis: OBIS_EXPORT, maximumMilliwattHours: 25_000_000 },
] as const;

/** An Ed25519 identity and the PEM file that holds it. */
export class Identity {
  readonly pem: string;
  readonly signer: Signer;

  constructor() {
    const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync("ed25519");
    // a PEM export is text
    this.pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    this.signer = nodeSigner(this.pem, "a test's identity");
  }
}

/** An X25519 key and the PEM file that holds it. */
export class Sealing {
  readonly pem: string;
  readonly key: SealingKey;

  constructor() {
    const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync("x25519");
    // a PEM export is text
    this.pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    this.key = nodeSealingKey(this.pem, "a test's sealing key");
  }
}

/** A share holder: its keys, and what the dealer hands it. */
export interface Holder {
  readonly identity: Identity;
  readonly sealing: Sealing;
  readonly share: KeyShare;
}

/** The id of the provider among share holders. */
const PROVIDER = "provider";
const THRESHOLD = 3;

/** The deployment. Groups are g0, g1; their blocks g0-b0; their meters g0-b0-m0; their feeders f-g0. */
export class Town {
  readonly options: TownOptions;
  readonly root = new Identity();
  readonly provider = new Identity();
  readonly aggregators = new Map<string, Identity>();
  readonly feeders = new Map<string, Identity>();
  readonly meters = new Map<string, Identity>();
  readonly secret: SecretKey;
  /** Who holds shares of the key, by id. */
  readonly holders: ReadonlyMap<string, Holder>;
  readonly keyFileBytes: Uint8Array;
  readonly keyFile: KeyFile;
  readonly roll: Roll;
  readonly rollBytes: Uint8Array;
  readonly #ring: Ring;
  readonly #table: Table;
  readonly #shape: EntryShape;

  constructor(options: Partial<TownOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    const { groups, blocksPerGroup, seatsPerBlock, kMin, intervalMs, firstInterval, lastInterval } = this.options;
    const seed = new Uint8Array(32).fill(7);
    const { trustees, unions } = this.options;
    const primes = trustees.length === 0 ? undefined : safePrimes();
    this.secret = primes?.use((p, q) => new SecretKey(p, q)) ?? generateSecretKey(TOWN_BITS);
    const shared = primes && dealTo(primes, [...trustees, PROVIDER].sort(), this.provider);
    this.holders = shared?.holders ?? new Map();
    const { n } = this.secret;
    const base = deriveBase(n, seed, nodeDigest, openSslPower);
    const key = { n, nSquared: n * n, bits: TOWN_BITS, bytes: TOWN_BITS / 8, base };
    const table = buildTable(key, seed, nodeDigest);
    const signedKeyFile = signKeyFile(
      {
        version: 1,
        custody: shared === undefined ? "provider" : "shared",
        ...(shared && { sharing: shared.sharing }),
        n,
        seed,
        base,
        tableHash: nodeDigest.sha256(table),
        intervalMs,
        channels: TOWN_CHANNELS,
        largestGroup: Math.max(
          kMin,
          ...[blocksPerGroup, ...Object.values(unions).map(({ length }) => length)].map(
            (blocks) => blocks * seatsPerBlock,
          ),
        ),
        kMin,
        firstInterval,
        lastInterval,
        providerKey: this.provider.signer.publicKey,
      },
      this.root.signer,
    );
    this.keyFileBytes = this.#countersigned("key", signedKeyFile);
    const rootKey = this.root.signer.publicKey;
    this.keyFile = openKeyFile(this.keyFileBytes, rootKey, nodeVerifier(), nodeDigest, TOWN_BITS);
    this.#ring = bigIntRing(n);
    this.#table = tableInMemory(table, key.bytes, nodeDigest);
    this.#shape = entryShape(TOWN_BITS, this.keyFile.layout.bits);
    const names = Array.from({ length: groups }, (_, g) => `g${g}`);
    const blocks = names.flatMap((group) =>
      Array.from({ length: blocksPerGroup }, (_, b): Block => {
        const block = `${group}-b${b}`;
        const seats = Array.from({ length: seatsPerBlock }, (_unused, s) => {
          const meter = `${block}-m${s}`;
          const identity = new Identity();
          this.meters.set(meter, identity);
          return { seat: `${block}-s${s}`, occupant: { meter, key: identity.signer.publicKey } };
        });
        return { block, seats };
      }),
    );
    for (const group of [...names, ...Object.keys(unions)]) this.aggregators.set(group, new Identity());
    for (const group of names) this.feeders.set(`f-${group}`, new Identity());
    this.roll = {
      version: 1,
      firstInterval,
      groups: [
        ...names.map((group) => ({
          group,
          scheme: "paillier" as const,
          aggregatorKey: this.aggregator(group).publicKey,
          feeder: `f-${group}`,
          blocks: blocks.filter(({ block }) => block.startsWith(`${group}-`)).map(({ block }) => block),
        })),
        ...Object.entries(unions).map(([group, members]) => ({
          group,
          scheme: "paillier" as const,
          aggregatorKey: this.aggregator(group).publicKey,
          feeder: undefined,
          blocks: members,
        })),
      ],
      blocks,
      feeders: [...this.feeders].map(([feeder, { signer }]) => ({ feeder, key: signer.publicKey })),
    };
    this.rollBytes = this.signedRoll(this.roll);
  }

  /** A roll as the root signs it, countersigned where the key is shared. */
  signedRoll(roll: Roll): Uint8Array {
    return this.#countersigned("roll", signRoll(roll, this.root.signer));
  }

  #countersigned(type: "key" | "roll", envelope: Uint8Array): Uint8Array {
    const { trustees } = this.options;
    if (trustees.length === 0) return envelope;
    const sign = (file: Parameters<typeof countersign>[1], trustee: string) =>
      countersign(type, file, trustee, known(this.holders, trustee).identity.signer);
    return encodeSignedFile(trustees.reduce(sign, { envelope, countersignatures: [] }));
  }

  aggregator(group: string): Signer {
    return known(this.aggregators, group).signer;
  }

  /** A fresh pool entry. */
  entry(): Uint8Array {
    return makeEntry(this.#ring, this.#table, this.#shape, nodeEntropy);
  }

  /** A meter's sealed reading of import and export, in mWh; `packed` takes the place of a lawful plaintext. */
  sealed(
    meter: string,
    interval: number,
    values: readonly number[],
    entry = this.entry(),
    packed?: bigint,
  ): SealedReading {
    const { layout, keyId } = this.keyFile;
    const context = { meter, interval, keyId };
    const plaintext = packed ?? pack(layout, values);
    const proven = seal(this.#ring, this.#shape, nodeDigest, entry, plaintext, layout.bits, context);
    return { ...context, ...proven };
  }

  /** The signed message of a reading, by its own meter unless told otherwise. */
  message(reading: SealedReading, signer = known(this.meters, reading.meter).signer): Uint8Array {
    return sealEnvelope("reading", encodeReading(reading), signer);
  }

  /** Sealed and signed. */
  reading(meter: string, interval: number, ...values: readonly number[]): Uint8Array {
    return this.message(this.sealed(meter, interval, values));
  }

  /** A feeder's signed reading. */
  feederReading(feeder: string, interval: number, ...energies: readonly number[]): Uint8Array {
    const payload = encodeFeeder({ feeder, interval, keyId: this.keyFile.keyId, energyMilliwattHours: energies });
    return sealEnvelope("feeder", payload, known(this.feeders, feeder).signer);
  }

  /** The instant after an interval by so many ms. */
  after(interval: number, ms: number): number {
    return (interval + 1) * this.options.intervalMs + ms;
  }

  /** Writes key file, roll and identities; returns a writer of config files. */
  write(
    folder: string,
    broker: string,
  ): {
    aggregator: (group: string) => string;
    provider: () => string;
    trustee: (id: string) => Promise<string>;
  } {
    mkdirSync(folder, { recursive: true });
    const put = (name: string, content: string | Uint8Array, mode = 0o644): string => {
      const path = join(folder, name);
      writeFileSync(path, content, { mode });
      return path;
    };
    put("key.cose", this.keyFileBytes);
    put("roll.cose", this.rollBytes);
    const common = {
      broker,
      rootKey: toHex(this.root.signer.publicKey),
      keyFile: "key.cose",
      roll: "roll.cose",
      logLevel: "warn",
    };
    const config = (name: string, entries: object): string =>
      put(`${name}.json`, JSON.stringify({ ...common, ...entries }));
    return {
      aggregator: (group) => {
        const signingKey = `${group}.pem`;
        put(signingKey, known(this.aggregators, group).pem, 0o600);
        return config(group, { party: "aggregator", group, signingKey, store: `${group}-store`, connections: 3 });
      },
      provider: () => {
        put("provider.pem", this.provider.pem, 0o600);
        const secret = this.secret.use((p, q) => JSON.stringify({ p: p.toString(16), q: q.toString(16) }));
        put("secret.json", secret, 0o600);
        const entries = { signingKey: "provider.pem", secretKey: "secret.json", store: "provider-store" };
        return config("provider", { party: "provider", ...entries });
      },
      trustee: async (id) => {
        const { identity, sealing, share } = known(this.holders, id);
        put(`${id}.pem`, identity.pem, 0o600);
        put(`${id}-sealing.pem`, sealing.pem, 0o600);
        const name = { keyId: this.keyFile.keyId, holder: id };
        const sealed = await sealTo(
          sealing.key.publicKey,
          keyShareInfo(),
          keyShareAad(name),
          share.useBytes((bytes) => bytes),
        );
        put(`${id}.share`, encodeKeyShareFile({ ...name, sealed }));
        const own = { sealingKey: `${id}-sealing.pem`, keyShare: `${id}.share`, store: `${id}-store` };
        return config(id, { party: "trustee", trustee: id, signingKey: `${id}.pem`, ...own });
      },
    };
  }
}

/** The value of a key that is there. */
export function known<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the town has no ${key}`);
  return value;
}

function safePrimes(): SafePrimes {
  const prime = (): bigint => generatePrimeSync(TOWN_BITS / 2, { safe: true, bigint: true });
  for (;;) {
    const [p, q] = [prime(), prime()];
    if (p !== q) return new SafePrimes(p, q);
  }
}

/** The key of these primes among holders with new keys; the provider signs with the key that it has. */
function dealTo(
  primes: SafePrimes,
  names: readonly string[],
  provider: Identity,
): { readonly sharing: Sharing; readonly holders: ReadonlyMap<string, Holder> } {
  const options = { threshold: THRESHOLD, holders: names.length, providerHolds: true };
  const dealing = deal(primes, options, nodeEntropy, openSslPower);
  const holders = new Map(
    names.map((name, i) => [
      name,
      {
        identity: name === PROVIDER ? provider : new Identity(),
        sealing: new Sealing(),
        // one share was dealt for each
        share: dealing.shares[i] as Dealing["shares"][number],
      },
    ]),
  );
  const sharing = {
    providerSealingKey: known(holders, PROVIDER).sealing.key.publicKey,
    threshold: THRESHOLD,
    v: dealing.v,
    holders: [...holders].map(([holder, { identity, sealing }], i) => ({
      holder,
      signingKey: identity.signer.publicKey,
      sealingKey: sealing.key.publicKey,
      // one verification value was dealt for each
      verification: dealing.verifications[i] as bigint,
    })),
    providerHolder: PROVIDER,
  };
  return { sharing, holders };
}
