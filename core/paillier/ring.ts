/**
 * Arithmetic mod n^2 on residues lo + n*hi, in half-size products alone: division, the slow part of every BigInt, is replaced by
 * products with the reciprocal of n (Barrett, CRYPTO '86; docs/BENCHMARKS.md has what each step saves).
 */

import { bitLength, bytesToInteger, integerToBytes } from "../integers.ts";

/** The element lo + n*hi of Z mod n^2, with 0 <= lo, hi < n. */
export interface Residue {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** Modular arithmetic mod n^2: in BigInt here, native where a host has it. */
export interface Ring {
  readonly n: bigint;
  multiply(a: Residue, b: Residue): Residue;
  square(a: Residue): Residue;
  /** Big-endian bytes, `width` long. @throws ChoirError value_out_of_range. */
  toBytes(value: bigint, width: number): Uint8Array;
  fromBytes(bytes: Uint8Array): bigint;
}

/** How bytes become integers; hosts with a native conversion hand in theirs. */
export type Conversion = Pick<Ring, "toBytes" | "fromBytes">;

const LIMBS: Conversion = { toBytes: integerToBytes, fromBytes: bytesToInteger };

/** The ring in BigInt arithmetic. */
export function bigIntRing(n: bigint, conversion: Conversion = LIMBS): Ring {
  const divide = divider(n);
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
    toBytes: conversion.toBytes,
    fromBytes: conversion.fromBytes,
  };
}

/** Divides 0 <= value < 4n^2 by n. The quotient guessed is at most a few too small, whatever the value; it is never too large. */
function divider(n: bigint): (value: bigint) => { readonly quotient: bigint; readonly rest: bigint } {
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

/** The residue of 0 <= value < n^2. */
export function toResidue(value: bigint, n: bigint): Residue {
  const hi = value / n;
  return { lo: value - hi * n, hi };
}

/** The value lo + n*hi of a residue. */
export function fromResidue(residue: Residue, n: bigint): bigint {
  return residue.lo + n * residue.hi;
}
