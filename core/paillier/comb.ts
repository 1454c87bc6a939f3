/**
 * Powers of the fixed base h_s by a comb (Lim and Lee, CRYPTO '94) with a blinded table: every entry carries the same factor B, so that
 * no step multiplies by one and time does not tell the exponent's weight; one last entry takes B^(2^spacing - 1) out again.
 */

import { ChoirError } from "../errors.ts";
import { invert, power } from "../integers.ts";
import type { Digest } from "../ports.ts";
import { hashToUnit, nonceBits, type PublicKey } from "./public-key.ts";
import { bigIntRing, fromResidue, integerOf, type Residue, type Ring, toResidue } from "./ring.ts";

/** Teeth of the comb: 2^8 entries and the correction, 192.75 KiB at 3072 bits. */
export const COMB_TEETH = 8;

/** The comb table as a host keeps it, in flash or memory. */
export interface Table {
  /** Entry `index` as lo then hi, each |n|/8 bytes big-endian; entry 2^teeth is the correction. */
  entry(index: number): Uint8Array;
  /** SHA-256 of all entries in order, taken once by the host's digest when the table was loaded. */
  digest(): Uint8Array;
}

/** Distance between the exponent bits of neighbouring teeth: exponents of up to nonceBits(bits) bits fit. */
export function combSpacing(bits: number): number {
  return Math.ceil(nonceBits(bits) / COMB_TEETH);
}

/** Number of entries in a table, the correction included. */
export const COMB_ENTRIES = 2 ** COMB_TEETH + 1;

/**
 * The table of a key, all entries in order: B * prod_{i in index} h_s^(2^(spacing*i)), then B^-(2^spacing - 1).
 * The factor B is hashed from (n, seed) like h, so the table has no freedom in it and anyone can make it again.
 */
export function buildTable(key: PublicKey, seed: Uint8Array, digest: Digest): Uint8Array {
  const { n, nSquared, bytes } = key;
  const ring = bigIntRing(n);
  const spacing = combSpacing(key.bits);
  const teeth: Residue[] = [];
  let tooth = toResidue(key.base, n);
  for (let i = 0; i < COMB_TEETH; i++) {
    teeth.push(tooth);
    for (let j = 0; j < spacing; j++) tooth = ring.square(tooth);
  }
  const unit = hashToUnit(digest, "choir/v1/comb", n, seed);
  // unit * (1 + n): with hi = 0, products with this entry would be the quick ones that tell of a column of zero bits
  const blind: Residue = { lo: unit, hi: unit };
  const entries: Residue[] = [blind];
  for (let index = 1; index < 2 ** COMB_TEETH; index++) {
    const top = 31 - Math.clz32(index);
    // both indices are below the lengths reached so far
    entries.push(ring.multiply(entries[index - 2 ** top] as Residue, teeth[top] as Residue));
  }
  const factor = power(fromResidue(blind, n), 2n ** BigInt(spacing) - 1n, nSquared);
  entries.push(toResidue(invert(factor, nSquared), n));
  const table = new Uint8Array(COMB_ENTRIES * 2 * bytes);
  entries.forEach((entry, index) => {
    table.set(ring.toHalves(entry), 2 * index * bytes);
  });
  return table;
}

/** A table over bytes in memory. @throws ChoirError table_wrong when the length is not that of the key's table. */
export function tableInMemory(table: Uint8Array, bytes: number, digest: Digest): Table {
  if (table.length !== COMB_ENTRIES * 2 * bytes) {
    throw new ChoirError("table_wrong", "comb table", `${COMB_ENTRIES * 2 * bytes} bytes`, `${table.length} bytes`);
  }
  const hash = digest.sha256(table);
  return { entry: (index) => table.subarray(2 * index * bytes, 2 * (index + 1) * bytes), digest: () => hash };
}

/** One power h_s^exponent under way, a square and a product at a time, so that a meter can make it in slices. */
export class CombPower<Element> {
  readonly #ring: Ring<Element>;
  readonly #table: Table;
  readonly #exponent: Uint8Array;
  readonly #spacing: number;
  #column: number;
  #result: Element | undefined;

  /** @param exponent big-endian, at most nonceBits(bits) bits. @throws ChoirError value_out_of_range. */
  constructor(ring: Ring<Element>, table: Table, exponent: Uint8Array, bits: number) {
    if (8 * exponent.length > nonceBits(bits)) {
      throw new ChoirError("value_out_of_range", "exponent", `${nonceBits(bits)} bits`, `${8 * exponent.length}`);
    }
    this.#ring = ring;
    this.#table = table;
    this.#exponent = exponent;
    this.#spacing = combSpacing(bits);
    this.#column = this.#spacing;
  }

  /** Works while `timeIsUp` says no, at least one step; returns the power once it is whole, else undefined. */
  step(timeIsUp: () => boolean): Element | undefined {
    do {
      const result = this.#result;
      if (this.#column === 0) {
        // the result is there once the first column is done
        return this.#ring.multiply(result as Element, this.#entry(2 ** COMB_TEETH));
      }
      this.#column--;
      const entry = this.#entry(this.#index(this.#column));
      this.#result = result === undefined ? entry : this.#ring.multiply(this.#ring.square(result), entry);
    } while (!timeIsUp());
    return undefined;
  }

  #index(column: number): number {
    const last = this.#exponent.length - 1;
    let index = 0;
    for (let tooth = 0; tooth < COMB_TEETH; tooth++) {
      const bit = tooth * this.#spacing + column;
      const byte = this.#exponent[last - (bit >> 3)] ?? 0;
      index |= ((byte >> (bit & 7)) & 1) << tooth;
    }
    return index;
  }

  #entry(index: number): Element {
    return this.#ring.fromHalves(this.#table.entry(index));
  }
}

/** h_s^exponent in one go. */
export function combPower(ring: Ring, table: Table, exponent: Uint8Array, bits: number): bigint {
  const power = new CombPower(ring, table, exponent, bits);
  for (;;) {
    const result = power.step(() => false);
    if (result !== undefined) return integerOf(ring, result);
  }
}
