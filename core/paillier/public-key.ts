/**
 * The public key of Damgard, Jurik and Nielsen's Paillier variant: n, and the base h_s = h^n mod n^2 with h = -x^2 mod n,
 * where x is hashed from a seed, so that whoever delivers a key cannot pick h (Damgard, Jurik, Nielsen 2010; docs/PROTOCOL.md, Key).
 */

import { asciiBytes, concatBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bitLength, bytesToInteger, gcd, integerToBytes, reduce } from "../integers.ts";
import type { Digest, PowerOf } from "../ports.ts";

/** Bits of n: the default, the least a deployment may use, the least that tests may, and the most that anyone may. */
export const MODULUS_BITS = { preferred: 3072, least: 2048, tests: 512, most: 8192 } as const;

/** Bits that statistical hiding adds to a nonce: 128 of the challenge and 128 of distance. */
export const HIDING_BITS = 256;

/** Bits of the challenge of a proof of plaintext. */
export const CHALLENGE_BITS = 128;

/** What everyone may know of a key. */
export interface PublicKey {
  readonly n: bigint;
  readonly nSquared: bigint;
  /** Bits of n, a multiple of 16. */
  readonly bits: number;
  /** Bytes of a residue mod n; a ciphertext has twice as many. */
  readonly bytes: number;
  /** h_s, the base of the randomness, in 1..n^2-1. */
  readonly base: bigint;
}

/** Bits of the exponent alpha of one randomiser: half of |n|, a constant of the protocol. */
export function alphaBits(bits: number): number {
  return bits / 2;
}

/** Bits of the nonce s that hides alpha in a proof of plaintext. */
export function nonceBits(bits: number): number {
  return alphaBits(bits) + HIDING_BITS;
}

/**
 * A public key from its parts.
 * @throws ChoirError key_too_short below `leastBits`, value_out_of_range for an even n, more than 8192 bits, a width that is no multiple of 16 or a base outside 1..n^2-1.
 */
export function publicKey(n: bigint, base: bigint, leastBits: number = MODULUS_BITS.least): PublicKey {
  const bits = bitLength(n);
  if (bits < leastBits)
    throw new ChoirError("key_too_short", "modulus n", `at least ${leastBits} bits`, `${bits} bits`);
  if (bits > MODULUS_BITS.most || bits % 16 !== 0 || n % 2n === 0n) {
    const expected = `an odd number of a multiple of 16 bits, ${MODULUS_BITS.most} at most`;
    throw new ChoirError("value_out_of_range", "modulus n", expected, `${bits} bits`);
  }
  const nSquared = n * n;
  if (base <= 1n || base >= nSquared || base % n === 0n) {
    throw new ChoirError("value_out_of_range", "base h_s", "a unit between 1 and n^2", "a value outside");
  }
  return { n, nSquared, bits, bytes: bits / 8, base };
}

/** `bits` bits, uniform for whoever cannot invert the hash: SHA-512 of (label, counter, parts) for counter = 0, 1, ..., cut to length. */
function expand(digest: Digest, label: string, parts: readonly Uint8Array[], bits: number): bigint {
  const bytes = Math.ceil(bits / 8);
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * 64 < bytes; counter++) {
    blocks.push(digest.sha512(concatBytes(asciiBytes(label), Uint8Array.of(counter), ...parts)));
  }
  return bytesToInteger(concatBytes(...blocks).slice(0, bytes));
}

/** A unit mod n that nobody chose: |n|+128 bits of the label's hash, mod n. */
export function hashToUnit(digest: Digest, label: string, n: bigint, seed: Uint8Array): bigint {
  const bits = bitLength(n);
  const x = expand(digest, label, [integerToBytes(n, Math.ceil(bits / 8)), seed], bits + 128) % n;
  if (gcd(x, n) !== 1n) throw new ChoirError("base_wrong", label, "a unit mod n", "a zero divisor");
  return x;
}

/**
 * The base h_s that (n, seed) determines. One power mod n^2: milliseconds natively, a second on XS.
 * @throws ChoirError base_wrong where h would be trivial.
 */
export function deriveBase(n: bigint, seed: Uint8Array, digest: Digest, powerOf: PowerOf): bigint {
  const x = hashToUnit(digest, "choir/v1/h", n, seed);
  const h = reduce(-x * x, n);
  if (h === 1n || h === n - 1n) throw new ChoirError("base_wrong", "h", "neither 1 nor -1", "a trivial base");
  return powerOf(n * n)(h, n);
}
