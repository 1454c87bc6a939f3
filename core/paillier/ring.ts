/**
 * Arithmetic mod n^2 on residues lo + n*hi, in half-size products alone: division, the slow part of every BigInt, is replaced by
 * products with the reciprocal of n (Barrett, CRYPTO '86; docs/BENCHMARKS.md has what each step saves).
 */

import { concatBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bitLength, bytesToInteger, integerToBytes } from "../integers.ts";

/**
 * Modular arithmetic mod n^2: in BigInt here, native where a host has it. An element has the form of the ring that made it, and no other
 * ring, and nothing but a ring, looks into it; whoever only hands elements on knows a `Ring`, without a form.
 */
export interface Ring<Element = unknown> {
  readonly n: bigint;
  multiply(a: Element, b: Element): Element;
  square(a: Element): Element;
  /** a * (1+n)^exponent, exponent >= 0: what puts a plaintext on a randomiser. */
  timesPower(a: Element, exponent: bigint): Element;
  /**
   * The element lo + n*hi from lo, then hi, big-endian, each as many bytes as n: how tables and pool entries keep elements.
   * @throws ChoirError length_wrong, value_out_of_range unless both are below n.
   */
  fromHalves(halves: Uint8Array): Element;
  /** Inverse of `fromHalves`. */
  toHalves(a: Element): Uint8Array;
  /** The value in 0..n^2-1, big-endian, twice as many bytes as n. */
  valueBytes(a: Element): Uint8Array;
  /** An integer's big-endian bytes, `width` long. @throws ChoirError value_out_of_range. */
  toBytes(value: bigint, width: number): Uint8Array;
  fromBytes(bytes: Uint8Array): bigint;
}

/** The element lo + n*hi of Z mod n^2, with 0 <= lo, hi < n: the form of the ring in BigInt. */
export interface Residue {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** How bytes become integers; hosts with a native conversion hand in theirs. */
export type Conversion = Pick<Ring, "toBytes" | "fromBytes">;

const LIMBS: Conversion = { toBytes: integerToBytes, fromBytes: bytesToInteger };

/** The ring in BigInt arithmetic. */
export function bigIntRing(n: bigint, conversion: Conversion = LIMBS): Ring<Residue> {
  const divide = divider(n);
  const width = Math.ceil(bitLength(n) / 8);
  const { toBytes, fromBytes } = conversion;
  return {
    n,
    multiply(a, b) {
      const low = divide(a.lo * b.lo);
      return { lo: low.rest, hi: divide(low.quotient + a.lo * b.hi + a.hi * b.lo).rest };
    },
    square(a) {
      const low = divide(a.lo * a.lo);
      return { lo: low.rest, hi: divide(low.quotient + ((a.lo * a.hi) << 1n)).rest };
    },
    // (1+n)^e = 1 + e*n mod n^2, so lo stays
    timesPower: ({ lo, hi }, exponent) => ({ lo, hi: (hi + lo * exponent) % n }),
    fromHalves(halves) {
      checkHalves(halves, width);
      const [lo, hi] = [fromBytes(halves.subarray(0, width)), fromBytes(halves.subarray(width))];
      if (lo >= n || hi >= n) throw halvesOutOfRange();
      return { lo, hi };
    },
    toHalves: ({ lo, hi }) => concatBytes(toBytes(lo, width), toBytes(hi, width)),
    valueBytes: (a) => toBytes(fromResidue(a, n), 2 * width),
    toBytes,
    fromBytes,
  };
}

/** Refuses halves of another length than two of `width` bytes. @throws ChoirError length_wrong. */
export function checkHalves(halves: Uint8Array, width: number): void {
  if (halves.length !== 2 * width) {
    throw new ChoirError("length_wrong", "ring element", `${2 * width} bytes`, `${halves.length}`);
  }
}

/** What a ring throws for halves that are no residues mod n. */
export function halvesOutOfRange(): ChoirError {
  return new ChoirError("value_out_of_range", "ring element", "lo and hi below n", "one that is not");
}

/** Divides 0 <= value < 4n^2 by n, for many values of one n. The quotient guessed is at most a few too small, whatever the value; it is never too large. */
export function divider(n: bigint): (value: bigint) => { readonly quotient: bigint; readonly rest: bigint } {
  const bits = bitLength(n);
  const reciprocal = (1n << BigInt(2 * bits)) / n;
  const dropped = BigInt(bits - 1);
  const scale = BigInt(bits + 1);
  return (value) => {
    let quotient = ((value >> dropped) * reciprocal) >> scale;
    let rest = value - quotient * n;
    while (rest >= n) {
      rest -= n;
      quotient += 1n;
    }
    return { quotient, rest };
  };
}

/** The element of 0 <= value < n^2 in a ring of any form. */
export function elementOf<Element>(ring: Ring<Element>, value: bigint): Element {
  const { n } = ring;
  const width = Math.ceil(bitLength(n) / 8);
  const { lo, hi } = toResidue(value, n);
  return ring.fromHalves(concatBytes(ring.toBytes(lo, width), ring.toBytes(hi, width)));
}

/** The value of an element, 0 to n^2-1. */
export function integerOf<Element>(ring: Ring<Element>, element: Element): bigint {
  return ring.fromBytes(ring.valueBytes(element));
}

/** The residue of 0 <= value < n^2. */
export function toResidue(value: bigint, n: bigint): Residue {
  const hi = value / n;
  return { lo: value - hi * n, hi };
}

/** The value lo + n*hi of a residue. */
export function fromResidue(residue: Residue, n: bigint): bigint {
  return residue.lo + n * residue.hi;
}
