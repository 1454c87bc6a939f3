/** Paillier key pairs: probable primes p, q = 3 mod 4 of equal length from OpenSSL, as Damgard, Jurik and Nielsen's variant asks. */

import { generatePrimeSync } from "node:crypto";
import { ChoirError } from "../errors.ts";
import { bitLength, gcd } from "../integers.ts";
import { MODULUS_BITS } from "../paillier/public-key.ts";
import { Secret } from "./secret.ts";

/** The factors of n. Prints as nothing. */
export class SecretKey extends Secret {
  readonly #p: bigint;
  readonly #q: bigint;

  /** @throws ChoirError value_out_of_range unless p and q are distinct, of equal length and 3 mod 4. */
  constructor(p: bigint, q: bigint) {
    super();
    if (p === q || p % 4n !== 3n || q % 4n !== 3n || bitLength(p) !== bitLength(q)) {
      throw new ChoirError("value_out_of_range", "secret key", "distinct p, q = 3 mod 4 of equal length", "others");
    }
    this.#p = p;
    this.#q = q;
  }

  get n(): bigint {
    return this.#p * this.#q;
  }

  /** Hands the factors to the one who computes with them. */
  use<T>(compute: (p: bigint, q: bigint) => T): T {
    return compute(this.#p, this.#q);
  }
}

/**
 * A new key of exactly `bits` bits, with gcd(p-1, q-1) = 2. Below a second at 3072 bits as a rule.
 * @throws ChoirError key_too_short below what tests may use.
 */
export function generateSecretKey(bits: number = MODULUS_BITS.preferred): SecretKey {
  if (bits < MODULUS_BITS.tests || bits % 16 !== 0) {
    throw new ChoirError("key_too_short", "key bits", `a multiple of 16 from ${MODULUS_BITS.tests}`, `${bits}`);
  }
  for (;;) {
    const p = prime(bits / 2);
    const q = prime(bits / 2);
    // asked for a residue class, OpenSSL sets the top bit alone of each prime: four products in ten lack a bit
    if (bitLength(p * q) === bits && p !== q && gcd(p - 1n, q - 1n) === 2n) return new SecretKey(p, q);
  }
}

function prime(bits: number): bigint {
  return generatePrimeSync(bits, { bigint: true, add: 4n, rem: 3n });
}
