/**
 * Arithmetic mod n^2 on residues lo + n*hi: three or four half-size products and two half-size reductions in place of one
 * full-size product and one full-size reduction, since division is the slow part of every BigInt (docs/BENCHMARKS.md).
 */

import { bytesToInteger, integerToBytes } from "../integers.ts";

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
  return {
    n,
    multiply(a, b) {
      const low = a.lo * b.lo;
      const carry = low / n;
      return { lo: low - carry * n, hi: (carry + a.lo * b.hi + a.hi * b.lo) % n };
    },
    square(a) {
      const low = a.lo * a.lo;
      const carry = low / n;
      return { lo: low - carry * n, hi: (carry + ((a.lo * a.hi) << 1n)) % n };
    },
    toBytes: conversion.toBytes,
    fromBytes: conversion.fromBytes,
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
