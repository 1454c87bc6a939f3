/**
 * What one sealing uses up: rho = h_s^alpha as lo and hi, and the proof's alpha, s, r and A = (1+n)^r * h_s^s mod n^2, in one byte array
 * that is zeroed on use (docs/PROTOCOL.md, Pool).
 */

import type { Entropy } from "../ports.ts";
import { CombPower, type Table } from "./comb.ts";
import { alphaBits, HIDING_BITS, nonceBits } from "./public-key.ts";
import type { Ring } from "./ring.ts";

/** Byte offsets of the fields of an entry, and its length. */
export interface EntryShape {
  /** Bits of n and of the plaintext that the entry is for. */
  readonly bits: number;
  readonly bytes: number;
  readonly lo: number;
  readonly hi: number;
  readonly alpha: number;
  readonly s: number;
  readonly r: number;
  readonly commitment: number;
  readonly length: number;
}

/** The shape of entries for a key of `bits` bits and plaintexts of `plaintextBits`. */
export function entryShape(bits: number, plaintextBits: number): EntryShape {
  const bytes = bits / 8;
  const alpha = 2 * bytes;
  const s = alpha + alphaBits(bits) / 8;
  const r = s + nonceBits(bits) / 8;
  const commitment = r + maskBytes(plaintextBits);
  return { bits, bytes, lo: 0, hi: bytes, alpha, s, r, commitment, length: commitment + 2 * bytes };
}

/** Bytes of r: the plaintext's bits, rounded up to bytes, and the hiding bits. */
export function maskBytes(plaintextBits: number): number {
  return Math.ceil(plaintextBits / 8) + HIDING_BITS / 8;
}

/** One entry in the making: two powers of h_s in steps, then the commitment. */
export class EntryMaker<Element> {
  readonly #ring: Ring<Element>;
  readonly #shape: EntryShape;
  readonly #entry: Uint8Array;
  readonly #nonce: CombPower<Element>;
  readonly #randomiser: CombPower<Element>;
  #rho: Element | undefined;

  /** Draws alpha, s and r. @throws ChoirError entropy_unseeded. */
  constructor(ring: Ring<Element>, table: Table, shape: EntryShape, entropy: Entropy) {
    this.#ring = ring;
    this.#shape = shape;
    this.#entry = new Uint8Array(shape.length);
    entropy.fill(this.#entry.subarray(shape.alpha, shape.commitment));
    this.#randomiser = new CombPower(ring, table, this.#entry.subarray(shape.alpha, shape.s), shape.bits);
    this.#nonce = new CombPower(ring, table, this.#entry.subarray(shape.s, shape.r), shape.bits);
  }

  /** Works while `timeIsUp` says no, at least one step; returns the entry once it is whole, else undefined. */
  step(timeIsUp: () => boolean): Uint8Array | undefined {
    const ring = this.#ring;
    const shape = this.#shape;
    if (this.#rho === undefined) {
      this.#rho = this.#randomiser.step(timeIsUp);
      if (this.#rho === undefined || timeIsUp()) return undefined;
    }
    const nonce = this.#nonce.step(timeIsUp);
    if (nonce === undefined) return undefined;
    const entry = this.#entry;
    const r = ring.fromBytes(entry.subarray(shape.r, shape.commitment));
    // lo and hi are the first two fields, in the order in which a ring writes them
    entry.set(ring.toHalves(this.#rho), shape.lo);
    entry.set(ring.valueBytes(ring.timesPower(nonce, r)), shape.commitment);
    return entry;
  }
}

/** A whole entry in one go, for a meter whose pool ran dry. */
export function makeEntry(ring: Ring, table: Table, shape: EntryShape, entropy: Entropy): Uint8Array {
  const maker = new EntryMaker(ring, table, shape, entropy);
  for (;;) {
    const entry = maker.step(() => false);
    if (entry !== undefined) return entry;
  }
}
