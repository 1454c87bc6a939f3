/**
 * The dealer's part of threshold Paillier (Damgard, Jurik, PKC 2001, section 4.1, with s = 1): d = 0 mod p'q', d = 1 mod n, shared by Shamir
 * mod n p'q', and a verification value for each share (docs/PROTOCOL.md, Shared custody).
 */

import { ChoirError } from "../errors.ts";
import { bitLength, factorial, gcd, invert } from "../integers.ts";
import type { Entropy, Power, PowerOf } from "../ports.ts";
import { MOST_HOLDERS } from "../wire/sharing.ts";
import { KeyShare } from "./key-share.ts";
import type { SafePrimes } from "./safe-primes.ts";
import { uniformBelow } from "./uniform.ts";

/** Among whom a key is shared. */
export interface DealOptions {
  /** Shares that an opening needs, t: 2 to l. */
  readonly threshold: number;
  /** Shares in all, l: at most 32. */
  readonly holders: number;
  /** Whether one of the shares is the provider's own. */
  readonly providerHolds: boolean;
  /** Said by name: the provider and one trustee may open alone, which a threshold of 2 lets them. */
  readonly providerWithOneTrustee?: boolean;
}

/** What the dealer hands out; p, q and d are not among it. */
export interface Dealing {
  readonly n: bigint;
  /** Generates the squares mod n^2. */
  readonly v: bigint;
  /** v^(l! s_i) mod n^2, for i = 1 to l. */
  readonly verifications: readonly bigint[];
  readonly shares: readonly KeyShare[];
}

/**
 * Deals a key: l + 1 powers mod n^2 with exponents of 2|n| bits, some 60 ms each at 3072 bits.
 * @throws ChoirError value_out_of_range for t and l outside their bounds, and for a threshold under which the provider and one trustee
 *   could open alone, unless they may by name.
 */
export function deal(primes: SafePrimes, options: DealOptions, entropy: Entropy, powerOf: PowerOf): Dealing {
  checkDealing(options);
  const { threshold, holders } = options;
  const { n } = primes;
  return primes.use((p, q) => {
    const [halfP, halfQ] = [(p - 1n) / 2n, (q - 1n) / 2n];
    const least = halfP < halfQ ? halfP : halfQ;
    if (BigInt(holders) >= least) {
      throw new ChoirError("value_out_of_range", "share holders", "fewer than p' and q'", `${holders}`);
    }
    const order = n * halfP * halfQ;
    const d = halfP * halfQ * invert(halfP * halfQ, n);
    const polynomial = [d];
    while (polynomial.length < threshold) polynomial.push(uniformBelow(order, entropy));
    const powerMod = powerOf(n * n);
    const v = generator(n, order, [p, q, halfP, halfQ], entropy, powerMod);
    const delta = factorial(holders);
    const values = Array.from({ length: holders }, (_, i) => evaluate(polynomial, BigInt(i + 1), order));
    const bytes = Math.ceil(bitLength(n) / 8);
    return {
      n,
      v,
      verifications: values.map((value) => powerMod(v, delta * value)),
      shares: values.map((value, i) => KeyShare.of(i + 1, value, { bytes })),
    };
  });
}

/** Refuses a sharing that cannot be, or that protects from less than it seems to. @throws ChoirError value_out_of_range. */
export function checkDealing({ threshold, holders, providerHolds, providerWithOneTrustee }: DealOptions): void {
  if (!Number.isInteger(holders) || holders < 2 || holders > MOST_HOLDERS) {
    throw new ChoirError("value_out_of_range", "share holders", `2 to ${MOST_HOLDERS}`, `${holders}`);
  }
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > holders) {
    throw new ChoirError("value_out_of_range", "threshold", `2 to ${holders} shares`, `${threshold}`);
  }
  if (threshold === 2 && providerHolds && providerWithOneTrustee !== true) {
    const expected = "3 or more where the provider holds a share: with 2 it and one trustee open readings alone";
    throw new ChoirError("value_out_of_range", "threshold", expected, "2");
  }
}

/** A random square whose order is the whole group's: all but about one in p' of them. */
function generator(n: bigint, order: bigint, primes: readonly bigint[], entropy: Entropy, powerMod: Power): bigint {
  for (;;) {
    const x = uniformBelow(n * n, entropy);
    if (gcd(x % n, n) !== 1n) continue;
    const v = (x * x) % (n * n);
    if (primes.every((prime) => powerMod(v, order / prime) !== 1n)) return v;
  }
}

/** The polynomial's value at x mod `modulus`, constant first (Horner). */
function evaluate(coefficients: readonly bigint[], x: bigint, modulus: bigint): bigint {
  return coefficients.reduceRight((value, coefficient) => (value * x + coefficient) % modulus, 0n);
}
