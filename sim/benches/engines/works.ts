/** What a meter does, each part as a function without arguments: the same code is timed on Node and in the XS engine. */

import { bytesToInteger, invert } from "../../../core/integers.ts";
import { COMB_ENTRIES, combPower, tableInMemory } from "../../../core/paillier/comb.ts";
import { pack } from "../../../core/paillier/packing.ts";
import { entryShape, makeEntry } from "../../../core/paillier/pool-entry.ts";
import type { ProofContext } from "../../../core/paillier/proof.ts";
import { alphaBits, MODULUS_BITS, type PublicKey } from "../../../core/paillier/public-key.ts";
import { elementOf, integerOf, type Ring } from "../../../core/paillier/ring.ts";
import { encryptOnline, seal } from "../../../core/paillier/seal.ts";
import { type CborValue, Fields } from "../../../core/wire/cbor.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { decodeKeyFile } from "../../../core/wire/key-file.ts";
import { encodeReading } from "../../../core/wire/reading.ts";
import type { Host } from "../../../firmware/host.ts";
import { Textbook } from "./textbook.ts";

/** The ports of a meter's host that the works use. */
export type WorkHost = Pick<Host, "ring" | "digest" | "entropy" | "signer">;

/** What they work on; all public but the signing seed, which nobody else uses. */
export interface WorkMaterial {
  /** Payload of the key file. */
  readonly keyFile: Uint8Array;
  readonly table: Uint8Array;
  /** 32 bytes, the meter's Ed25519 seed. */
  readonly seed: Uint8Array;
  readonly meter: string;
  readonly interval: number;
  /** mWh by channel. */
  readonly energies: readonly number[];
}

/** Every work there is. */
export const WORK_NAMES = [
  "textbook encryption",
  "textbook r^n",
  "seal.online",
  "seal.prove",
  "close-to-publish",
  "signature",
  "pool.rho",
  "pool.entry",
  "comb, weight 2",
  "comb, full weight",
  "unblinded comb, weight 2",
  "unblinded comb, full weight",
  "product of residues",
  "(a*b) % n^2",
  "square of residues",
  "(a*a) % n^2",
] as const;
export type WorkName = (typeof WORK_NAMES)[number];

/** The works by name; what they share is made now, outside all timing. */
export function makeWorks(host: WorkHost, material: WorkMaterial): Readonly<Record<WorkName, () => unknown>> {
  const { meter, interval, energies, seed } = material;
  const { digest, entropy } = host;
  const { key, layout, keyId } = decodeKeyFile(material.keyFile, digest, MODULUS_BITS.tests);
  const ring = host.ring(key.n);
  const signer = host.signer(seed);
  const context: ProofContext = { meter, interval, keyId };
  const shape = entryShape(key.bits, layout.bits);

  const table = tableInMemory(material.table, key.bytes, digest);
  const unblinded = tableInMemory(withoutBlinding(material.table, key, ring), key.bytes, digest);
  const random = (bytes: number): Uint8Array => {
    const drawn = new Uint8Array(bytes);
    entropy.fill(drawn);
    return drawn;
  };
  const alphaBytes = alphaBits(key.bits) / 8;
  const alpha = random(alphaBytes);
  const weight2 = new Uint8Array(alphaBytes);
  weight2[0] = 0x80;
  weight2[alphaBytes - 1] = 1;
  const fullWeight = new Uint8Array(alphaBytes).fill(0xff);

  const textbook = new Textbook(key.n);
  const r = bytesToInteger(random(key.bytes)) % key.n;
  const a = bytesToInteger(random(2 * key.bytes)) % key.nSquared;
  const b = bytesToInteger(random(2 * key.bytes)) % key.nSquared;
  const [aElement, bElement] = [elementOf(ring, a), elementOf(ring, b)];

  const entry = makeEntry(ring, table, shape, entropy);
  const spent = new Uint8Array(entry.length);
  /** Seals with a copy of one entry, since an entry is zeroed on use; a meter never has two. */
  const prove = () => {
    spent.set(entry);
    return seal(ring, shape, digest, spent, pack(layout, energies), layout.bits, context);
  };
  const message = encodeReading({ ...context, ...prove() });

  return {
    "textbook encryption": () => textbook.encrypt(pack(layout, energies), r),
    "textbook r^n": () => textbook.power(r),
    "seal.online": () => encryptOnline(ring, shape, entry, pack(layout, energies)),
    "seal.prove": prove,
    "close-to-publish": () => sealEnvelope("reading", encodeReading({ ...context, ...prove() }), signer),
    signature: () => signer.sign(message),
    "pool.rho": () => combPower(ring, table, alpha, key.bits),
    "pool.entry": () => makeEntry(ring, table, shape, entropy),
    "comb, weight 2": () => combPower(ring, table, weight2, key.bits),
    "comb, full weight": () => combPower(ring, table, fullWeight, key.bits),
    "unblinded comb, weight 2": () => combPower(ring, unblinded, weight2, key.bits),
    "unblinded comb, full weight": () => combPower(ring, unblinded, fullWeight, key.bits),
    "product of residues": () => ring.multiply(aElement, bElement),
    "(a*b) % n^2": () => (a * b) % key.nSquared,
    "square of residues": () => ring.square(aElement),
    "(a*a) % n^2": () => (a * a) % key.nSquared,
  };
}

/** The table with the factor B taken out of every entry: entry 0 and the correction are then 1. */
function withoutBlinding(blinded: Uint8Array, key: PublicKey, ring: Ring): Uint8Array {
  const { nSquared, bytes } = key;
  const width = 2 * bytes;
  const read = (index: number): bigint =>
    integerOf(ring, ring.fromHalves(blinded.subarray(index * width, (index + 1) * width)));
  const factor = invert(read(0), nSquared);
  const table = new Uint8Array(blinded.length);
  for (let index = 0; index < COMB_ENTRIES; index++) {
    const value = index === COMB_ENTRIES - 1 ? 1n : (read(index) * factor) % nSquared;
    table.set(ring.toHalves(elementOf(ring, value)), index * width);
  }
  return table;
}

/** The material as one CBOR value, for the way into an engine. */
export function materialToCbor(material: WorkMaterial): CborValue {
  const { keyFile, table, seed, meter, interval, energies } = material;
  return [keyFile, table, seed, meter, interval, energies];
}

/** Reads it. @throws ChoirError field_wrong, length_wrong. */
export function materialFromCbor(value: CborValue | undefined): WorkMaterial {
  const fields = new Fields(value, "material", 6);
  return {
    keyFile: fields.bytes(0, "key file").slice(),
    table: fields.bytes(1, "table").slice(),
    seed: fields.bytes(2, "seed", 32).slice(),
    meter: fields.id(3, "meter"),
    interval: fields.uint(4, "interval"),
    energies: fields.list(5, "energies", (energy, name) => new Fields([energy], name, 1).uint(0, "mWh")),
  };
}
