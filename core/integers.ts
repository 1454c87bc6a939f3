/** Big integers: bytes in and out in 64-bit limbs (hex text costs 300 times as much on XS 13), bit length, gcd, inverse, power. */

import { ChoirError } from "./errors.ts";

// 64n stands as a literal below: the linker of XS 17.7 writes BigInt constants of preloaded modules past the end of their table
const LIMB_BYTES = 8;

/** Big-endian bytes of `value`, exactly `width` long. @throws ChoirError value_out_of_range unless 0 <= value < 256^width. */
export function integerToBytes(value: bigint, width: number): Uint8Array {
  const limbs = Math.ceil(width / LIMB_BYTES);
  const padded = new Uint8Array(limbs * LIMB_BYTES);
  const view = new DataView(padded.buffer);
  let rest = value;
  for (let i = limbs - 1; i >= 0; i--) {
    view.setBigUint64(i * LIMB_BYTES, BigInt.asUintN(64, rest));
    rest >>= 64n;
  }
  const excess = padded.length - width;
  let fits = rest === 0n;
  for (let i = 0; i < excess; i++) if (padded[i] !== 0) fits = false;
  if (!fits) throw new ChoirError("value_out_of_range", "integer", `0 to 256^${width} - 1`, "a value outside");
  return excess === 0 ? padded : padded.slice(excess);
}

/** The non-negative integer in big-endian bytes. */
export function bytesToInteger(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = bytes.length % LIMB_BYTES;
  let value = 0n;
  for (let i = 0; i < head; i++) value = (value << 8n) | BigInt(view.getUint8(i));
  for (let i = head; i < bytes.length; i += LIMB_BYTES) value = (value << 64n) | view.getBigUint64(i);
  return value;
}

/** Bits needed to write `value` >= 0; 0 for 0. */
export function bitLength(value: bigint): number {
  let bits = 0;
  let step = 1;
  while (value >> BigInt(step) > 0n) step *= 2;
  let rest = value;
  for (; step >= 1; step = step / 2) {
    const upper = rest >> BigInt(step);
    if (upper > 0n) {
      bits += step;
      rest = upper;
    }
  }
  return rest > 0n ? bits + 1 : bits;
}

/** The residue of `value` in 0..modulus-1, also for negative values. */
export function reduce(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** The greatest common divisor of two non-negative integers. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The inverse of `value` mod `modulus`. @throws ChoirError value_out_of_range where there is none. */
export function invert(value: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, reduce(value, modulus)];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  if (r0 !== 1n) throw new ChoirError("value_out_of_range", "inverse", "a unit of the ring", "a zero divisor");
  return reduce(t0, modulus);
}

/** base^exponent mod modulus, exponent >= 0, by squaring from the top bit. For public values only: its time tells the exponent. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const factor = reduce(base, modulus);
  let result = 1n % modulus;
  for (let bit = bitLength(exponent) - 1; bit >= 0; bit--) {
    result = (result * result) % modulus;
    if ((exponent >> BigInt(bit)) & 1n) result = (result * factor) % modulus;
  }
  return result;
}

/** n! for a whole number n >= 0. */
export function factorial(n: number): bigint {
  let product = 1n;
  for (let factor = 2; factor <= n; factor++) product *= BigInt(factor);
  return product;
}
