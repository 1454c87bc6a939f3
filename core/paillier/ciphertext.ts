/** Ciphertexts: the range every decoder asks for, the product that adds, and the one gcd taken of each product. */

import { ChoirError } from "../errors.ts";
import { gcd } from "../integers.ts";
import type { PublicKey } from "./public-key.ts";

/** Refuses a number outside 0 < c < n^2 or divisible by n. @throws ChoirError ciphertext_out_of_range. */
export function checkCiphertext(c: bigint, key: PublicKey, name: string): bigint {
  if (c <= 0n || c >= key.nSquared || c % key.n === 0n) {
    throw new ChoirError("ciphertext_out_of_range", name, "0 < c < n^2, not divisible by n", "a value outside");
  }
  return c;
}

/** The product of ciphertexts mod n^2, which encrypts the sum of their plaintexts; 1 for none. */
export function product(ciphertexts: Iterable<bigint>, key: PublicKey): bigint {
  let result = 1n;
  for (const c of ciphertexts) result = (result * c) % key.nSquared;
  return result;
}

/** Refuses a product that shares a factor with n. @throws ChoirError ciphertext_out_of_range. */
export function checkProduct(c: bigint, key: PublicKey, name: string): bigint {
  checkCiphertext(c, key, name);
  if (gcd(c % key.n, key.n) !== 1n) {
    throw new ChoirError("ciphertext_out_of_range", name, "a unit mod n", "a multiple of a factor of n");
  }
  return c;
}
