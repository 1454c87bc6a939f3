/**
 * Powers mod a fixed modulus by OpenSSL's constant-time exponentiation, which node:crypto lends out as a Diffie-Hellman exchange:
 * the shared secret of public value b and private value e is b^e mod the "prime".
 */

import { createDiffieHellman } from "node:crypto";
import { bitLength, bytesToInteger, integerToBytes, invert, power, reduce } from "../../core/integers.ts";
import type { Power, PowerOf } from "../../core/ports.ts";

/** Below this OpenSSL refuses to compute and Node hands out bytes that nobody wrote. */
const LEAST_MODULUS_BITS = 512;
/** OPENSSL_DH_MAX_MODULUS_BITS. */
const MOST_MODULUS_BITS = 10_000;

/** Factors that move a base whose power is 1 to one whose power is not. */
const DETOURS = [2n, 3n, 5n, 7n] as const;

/**
 * The power function of one modulus. Making one takes OpenSSL some 50 ms at 6144 bits (it tests the modulus for primality), so keep it;
 * moduli that OpenSSL does not take (even ones, below 512 or above 10,000 bits) go through core's own power, exactly but slowly.
 */
export const openSslPower: PowerOf = (modulus) => {
  const bits = bitLength(modulus);
  const general: Power = (base, exponent) => power(base, exponent, modulus);
  if (bits < LEAST_MODULUS_BITS || bits > MOST_MODULUS_BITS || modulus % 2n === 0n) return general;
  const width = Math.ceil(bits / 8);
  const exchange = createDiffieHellman(integerToBytes(modulus, width), Uint8Array.of(2));

  /** OpenSSL's power, or none where it refuses: bases 0, 1 and -1, and results of 1. */
  const attempt = (base: bigint, exponent: Uint8Array): bigint | undefined => {
    if (base <= 1n || base >= modulus - 1n) return undefined;
    exchange.setPrivateKey(exponent);
    try {
      return bytesToInteger(exchange.computeSecret(integerToBytes(base, width)));
    } catch {
      return undefined;
    }
  };

  return (base, exponent) => {
    const factor = reduce(base, modulus);
    if (exponent === 0n) return 1n;
    if (factor <= 1n) return factor;
    if (factor === modulus - 1n) return exponent % 2n === 0n ? 1n : factor;
    const bytes = integerToBytes(exponent, Math.ceil(bitLength(exponent) / 8));
    const direct = attempt(factor, bytes);
    if (direct !== undefined) return direct;
    // a result of 1, as every zero sum gives: (b*d)^e / d^e keeps a secret exponent inside OpenSSL
    for (const detour of DETOURS) {
      const moved = attempt((factor * detour) % modulus, bytes);
      const apart = attempt(detour, bytes);
      if (moved !== undefined && apart !== undefined) return (moved * invert(apart, modulus)) % modulus;
    }
    return general(factor, exponent);
  };
};
