/** The known answers of protocol version 1 as data, and the test keys that they fix (docs/PROTOCOL.md, Vectors). */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "../bytes.ts";
import { buildTable, type Table, tableInMemory } from "../paillier/comb.ts";
import { type Layout, layout } from "../paillier/packing.ts";
import { type PublicKey, publicKey } from "../paillier/public-key.ts";
import { digest } from "./machine.ts";

/** One reading of paillier-<bits>.json; bytes and integers in hex. */
export type SealedVector = {
  readonly meter: string;
  readonly interval: number;
  readonly values: readonly number[];
  readonly plaintext: string;
  readonly alpha: string;
  readonly s: string;
  readonly r: string;
  readonly entry: string;
  readonly ciphertext: string;
  readonly challenge: string;
  readonly commitment: string;
  readonly z1: string;
  readonly z2: string;
};

export type PaillierVector = {
  readonly bits: number;
  readonly p: string;
  readonly q: string;
  readonly n: string;
  readonly seed: string;
  readonly x: string;
  readonly h: string;
  readonly base: string;
  readonly comb: {
    readonly spacing: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly entries: Readonly<Record<string, string>>;
  };
  readonly channels: readonly (readonly [string, number])[];
  readonly largestGroup: number;
  readonly plaintextBits: number;
  readonly keyId: string;
  readonly readings: readonly SealedVector[];
  readonly product: string;
  readonly opened: string;
  readonly totals: readonly number[];
};

/** One dealing of shared-<bits>.json, and the shares of one opening that its holders made from fixed nonces. */
export type SharedVector = {
  readonly bits: number;
  readonly p: string;
  readonly q: string;
  readonly n: string;
  readonly base: string;
  readonly threshold: number;
  readonly coefficients: readonly string[];
  readonly x: string;
  readonly v: string;
  readonly holders: readonly { readonly holder: string; readonly share: string; readonly verification: string }[];
  readonly context: {
    readonly group: string;
    readonly interval: number;
    readonly keyId: string;
    readonly rollVersion: number;
    readonly part: number;
    readonly contributors: readonly string[];
    readonly contributorsHash: string;
  };
  readonly product: string;
  readonly opened: string;
  readonly totals: readonly number[];
  readonly nonceBits: number;
  readonly partials: readonly {
    readonly nonce: string;
    readonly value: string;
    readonly e: string;
    readonly z: string;
    readonly bytes: string;
  }[];
};

export type PackingVector = {
  readonly channels: readonly (readonly [string, number])[];
  readonly largestGroup: number;
  readonly bits: number;
  readonly slotBits: readonly number[];
  readonly readings: readonly { readonly values: readonly number[]; readonly plaintext: string }[];
  readonly fullest: { readonly plaintext: string; readonly sums: readonly string[] };
  readonly refused: readonly { readonly plaintext: string; readonly code: string }[];
};

/** A JSON field: bytes are hex, an absent value is null. */
export type Json = string | number | null | readonly Json[] | { readonly [name: string]: Json };

/** A message of wire.json; `bits` names the test key where decoding needs one. */
export type WireVector = {
  readonly type: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly payload: string;
  readonly bits?: number;
  readonly signer?: string;
  readonly envelope?: string;
};

export type WireFile = {
  readonly seeds: Readonly<Record<string, { readonly seed: string; readonly public: string }>>;
  readonly messages: readonly WireVector[];
};

export const TEST_BITS = [512, 2048, 3072] as const;
export type TestBits = (typeof TEST_BITS)[number];

function readVectors(name: string): unknown {
  // compiled tests run from dist/core/tests, their data stay in the source tree
  return JSON.parse(
    readFileSync(fileURLToPath(new URL(`../../../core/tests/vectors/v1/${name}`, import.meta.url)), "utf8"),
  );
}

// the shapes below are those that make_reference.py writes; another shape fails the tests that read it
export const paillierVector = (bits: TestBits): PaillierVector =>
  readVectors(`paillier-${bits}.json`) as PaillierVector;
export const sharedVector = (bits: 512 | 2048): SharedVector => readVectors(`shared-${bits}.json`) as SharedVector;
export const packingVectors = (): readonly PackingVector[] => readVectors("packing.json") as readonly PackingVector[];
export const wireFile = (): WireFile => readVectors("wire.json") as WireFile;
/** wire.json's shape, and the X25519 keys that shares are sealed to. */
export type SharedWireFile = WireFile & {
  readonly sealing: Readonly<Record<string, { readonly secret: string; readonly public: string }>>;
};
export const sharedWireFile = (): SharedWireFile => readVectors("shared-wire.json") as SharedWireFile;

export const integer = (hex: string): bigint => BigInt(`0x${hex}`);

export function layoutOf(vector: Pick<PaillierVector, "channels" | "largestGroup">): Layout {
  const channels = vector.channels.map(([obis, maximumMilliwattHours]) => ({ obis, maximumMilliwattHours }));
  return layout(channels, vector.largestGroup);
}

/** A test key with all that goes with it. */
export type TestKey = {
  readonly vector: PaillierVector;
  readonly key: PublicKey;
  readonly plan: Layout;
  readonly keyId: Uint8Array;
  readonly table: Table;
};

/** Makes the key of a vector file and its comb table anew. */
export function testKey(bits: TestBits): TestKey {
  const vector = paillierVector(bits);
  const key = publicKey(integer(vector.n), integer(vector.base), bits);
  const table = tableInMemory(buildTable(key, fromHex(vector.seed), digest), key.bytes, digest);
  return { vector, key, plan: layoutOf(vector), keyId: fromHex(vector.keyId), table };
}
