/** prod b_i^e_i mod n^2 with buckets per window (Pippenger 1976): about bits/window products for each base, where a power alone takes 1.2 bits. */

import { bitLength } from "../integers.ts";
import { bigIntRing, fromResidue, type Residue, type Ring, toResidue } from "./ring.ts";

/** The product of the powers; 1 for none. Public values only: its time tells the exponents. */
export function multiPower(bases: readonly bigint[], exponents: readonly bigint[], n: bigint): bigint {
  const ring = bigIntRing(n);
  const residues = bases.map((base) => toResidue(base, n));
  const bits = exponents.reduce((most, exponent) => Math.max(most, bitLength(exponent)), 0);
  const width = windowBits(bases.length, bits);
  let result: Residue | undefined;
  for (let window = Math.ceil(bits / width) - 1; window >= 0; window--) {
    if (result !== undefined) for (let i = 0; i < width; i++) result = ring.square(result);
    const sum = windowProduct(ring, residues, exponents, window * width, width);
    if (sum !== undefined) result = result === undefined ? sum : ring.multiply(result, sum);
  }
  return result === undefined ? 1n : fromResidue(result, n);
}

/** prod b_i^(digit of e_i): digits sorted into buckets, then the buckets' running products multiplied up. */
function windowProduct(
  ring: Ring<Residue>,
  residues: readonly Residue[],
  exponents: readonly bigint[],
  offset: number,
  width: number,
): Residue | undefined {
  const buckets: (Residue | undefined)[] = new Array(2 ** width);
  const shift = BigInt(offset);
  residues.forEach((residue, i) => {
    const digit = Number(BigInt.asUintN(width, (exponents[i] ?? 0n) >> shift));
    if (digit === 0) return;
    const bucket = buckets[digit];
    buckets[digit] = bucket === undefined ? residue : ring.multiply(bucket, residue);
  });
  let running: Residue | undefined;
  let total: Residue | undefined;
  for (let digit = buckets.length - 1; digit > 0; digit--) {
    const bucket = buckets[digit];
    if (bucket !== undefined) running = running === undefined ? bucket : ring.multiply(running, bucket);
    if (running !== undefined) total = total === undefined ? running : ring.multiply(total, running);
  }
  return total;
}

/** The window of least work: windows * (bases + 2 buckets + squarings). */
function windowBits(bases: number, bits: number): number {
  let best = 1;
  let leastWork = Number.POSITIVE_INFINITY;
  for (let width = 1; width <= 12; width++) {
    const work = Math.ceil(bits / width) * (bases + 2 * 2 ** width + width);
    if (work < leastWork) [best, leastWork] = [width, work];
  }
  return best;
}
