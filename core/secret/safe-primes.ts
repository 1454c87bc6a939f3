/** Safe primes p = 2p' + 1, q = 2q' + 1 from OpenSSL: what a key that is shared needs, for its squares form a cyclic group (Damgard, Jurik, PKC 2001, section 4.1). */

import { checkPrimeSync, generatePrime } from "node:crypto";
import { ChoirError } from "../errors.ts";
import { bitLength } from "../integers.ts";
import { MODULUS_BITS } from "../paillier/public-key.ts";
import { Secret } from "./secret.ts";

/** The factors of n = pq, both safe primes. Prints as nothing. */
export class SafePrimes extends Secret {
  readonly #p: bigint;
  readonly #q: bigint;

  /** @throws ChoirError value_out_of_range unless p and q are distinct safe primes of equal length; some 100 ms at 1536 bits each. */
  constructor(p: bigint, q: bigint) {
    super();
    if (p === q || bitLength(p) !== bitLength(q) || ![p, q].every(isSafePrime)) {
      throw new ChoirError("value_out_of_range", "safe primes", "distinct safe primes of equal length", "others");
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
 * Two safe primes whose product has exactly `bits` bits, searched on two threads of Node's pool while this one goes on. A prime of 1536 bits
 * takes 2 to 20 s, one of 1024 bits a second or two. p = q = 3 mod 4 since p' and q' are odd; gcd(p-1, q-1) = 2 and gcd(n, phi(n)) = 1 since
 * p, q, p' and q' are four different primes.
 * @param found is told each time a prime is found, with how many there are
 * @throws ChoirError key_too_short below what tests may use.
 */
export async function generateSafePrimes(
  bits: number = MODULUS_BITS.preferred,
  found: (primes: number) => void = () => {},
): Promise<SafePrimes> {
  if (bits < MODULUS_BITS.tests || bits % 16 !== 0) {
    throw new ChoirError("key_too_short", "key bits", `a multiple of 16 from ${MODULUS_BITS.tests}`, `${bits}`);
  }
  for (;;) {
    let primes = 0;
    const search = async (): Promise<bigint> => {
      const prime = await safePrime(bits / 2);
      primes += 1;
      found(primes);
      return prime;
    };
    const [p, q] = await Promise.all([search(), search()]);
    // OpenSSL sets the two top bits of each, which gives the product its length; neither is promised
    if (p !== q && bitLength(p * q) === bits) return new SafePrimes(p, q);
  }
}

function safePrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(bits, { safe: true, bigint: true }, (error, prime) => {
      if (error) reject(error);
      else resolve(prime);
    });
  });
}

function isSafePrime(p: bigint): boolean {
  return p % 4n === 3n && checkPrimeSync(p) && checkPrimeSync((p - 1n) / 2n);
}
