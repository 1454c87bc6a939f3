/** Uniform whole numbers: bytes from the entropy port, cut to the bits of the limit, drawn again while they are too large. */

import { bitLength, bytesToInteger } from "../integers.ts";
import type { Entropy } from "../ports.ts";

/** A number of at most `bits` bits, uniform. @throws ChoirError entropy_unseeded. */
export function uniformBits(bits: number, entropy: Entropy): bigint {
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  entropy.fill(bytes);
  const value = BigInt.asUintN(bits, bytesToInteger(bytes));
  bytes.fill(0);
  return value;
}

/** 0 <= number < limit, uniform; below two draws on average. @throws ChoirError entropy_unseeded. */
export function uniformBelow(limit: bigint, entropy: Entropy): bigint {
  for (;;) {
    const value = uniformBits(bitLength(limit), entropy);
    if (value < limit) return value;
  }
}
