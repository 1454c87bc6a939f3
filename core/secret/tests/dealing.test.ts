/** Dealing: the reference's shares from its numbers, every quorum's openings, bounds, and a dealing that shows no secret. */

import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { toHex } from "../../bytes.ts";
import { factorial, gcd, integerToBytes, invert, power } from "../../integers.ts";
import { powerOf, seededEntropy } from "../../tests/machine.ts";
import { integer, sharedVector } from "../../tests/vectors.ts";
import { type DealOptions, deal } from "../dealing.ts";
import { lagrange } from "../lagrange.ts";
import { SafePrimes } from "../safe-primes.ts";
import { playedEntropy, subsets } from "./shared-key.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe.each([512, 2048] as const)("with a key of %i bits", (bits) => {
  const vector = sharedVector(bits);
  const primes = new SafePrimes(integer(vector.p), integer(vector.q));
  const options: DealOptions = { threshold: vector.threshold, holders: vector.holders.length, providerHolds: true };
  const order = primes.use((p, q) => (p * q * (p - 1n) * (q - 1n)) / 4n);
  const draw = (value: bigint, limit: bigint) => integerToBytes(value, Math.ceil(limit.toString(2).length / 8));

  test("v1: the reference's coefficients and x give its shares, v and verification values", () => {
    const draws = vector.coefficients.map((hex) => draw(integer(hex), order));
    const entropy = playedEntropy([...draws, draw(integer(vector.x), primes.n * primes.n)]);
    const dealing = deal(primes, options, entropy, powerOf);
    expect(dealing.n).toBe(integer(vector.n));
    expect(dealing.v).toBe(integer(vector.v));
    const holders = dealing.shares.map((share, i) => ({
      holder: vector.holders[i]?.holder,
      share: share.useBytes(toHex),
      verification: toHex(integerToBytes(dealing.verifications[i] ?? 0n, bits / 4)),
    }));
    expect(holders).toEqual(vector.holders);
    expect(dealing.shares.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  });
});

describe("a dealing", () => {
  const vector = sharedVector(512);
  const primes = new SafePrimes(integer(vector.p), integer(vector.q));
  const n = integer(vector.n);
  const [order, m] = primes.use((p, q) => [(n * (p - 1n) * (q - 1n)) / 4n, ((p - 1n) * (q - 1n)) / 4n] as const);
  const dealt = (threshold: number, holders: number, seed: number) =>
    deal(primes, { threshold, holders, providerHolds: false }, seededEntropy(seed), powerOf);

  test("has d = 0 mod p'q' and 1 mod n behind each t of its shares, and nothing of the kind behind fewer", () => {
    for (const [threshold, holders] of [
      [2, 2],
      [2, 3],
      [3, 5],
      [5, 5],
    ] as const) {
      const { shares } = dealt(threshold, holders, threshold * holders);
      const delta = factorial(holders);
      const interpolated = (indices: readonly number[]): bigint => {
        const sum = indices.reduce((total, index) => {
          const value = shares[index - 1]?.use((share) => share) ?? 0n;
          return total + lagrange(index, indices, holders) * value;
        }, 0n);
        return ((sum % order) + order) % order;
      };
      const everyone = shares.map(({ index }) => index);
      for (const indices of subsets(everyone, threshold)) {
        expect(interpolated(indices) % m).toBe(0n);
        expect(interpolated(indices) % n).toBe(delta % n);
      }
      for (const indices of subsets(everyone, threshold - 1)) {
        expect(interpolated(indices) % m).not.toBe(0n);
        expect(interpolated(indices) % n).not.toBe(delta % n);
      }
    }
  });

  test("has a v that generates the squares mod n^2, and verification values that are powers of it by the shares", () => {
    const { v, verifications, shares } = dealt(3, 4, 1);
    const nSquared = n * n;
    primes.use((p, q) => {
      for (const prime of [p, q, (p - 1n) / 2n, (q - 1n) / 2n]) expect(power(v, order / prime, nSquared)).not.toBe(1n);
    });
    expect([power(v, order, nSquared), gcd(v, n)]).toEqual([1n, 1n]);
    shares.forEach((share, i) => {
      share.use((s) => expect(power(v, 24n * s, nSquared)).toBe(verifications[i]));
    });
  });

  test("draws v again where it would generate less than the squares", () => {
    const bytes = Math.ceil((n * n).toString(2).length / 8);
    // 1 generates nothing, p is no unit, n - 1 has order 2
    const poor = [1n, primes.use((p) => p), n * n - 1n, n + 1n].map((x) => integerToBytes(x, bytes));
    const first = integerToBytes(7n, Math.ceil(order.toString(2).length / 8));
    const played = playedEntropy([first, ...poor, integerToBytes(5n, bytes)]);
    const { v } = deal(primes, { threshold: 2, holders: 2, providerHolds: false }, played, powerOf);
    expect(v).toBe(25n);
  });

  test("shares differ from one dealing to the next", () => {
    const shares = [1, 2].map((seed) => dealt(2, 3, seed).shares.map((share) => share.useBytes(toHex)));
    expect(new Set(shares.flat()).size).toBe(6);
  });

  test("is refused for a threshold below 2 or above the shares, and for more than 32 shares", () => {
    for (const [threshold, holders] of [
      [1, 3],
      [0, 3],
      [4, 3],
      [2.5, 3],
      [2, 1],
      [2, 33],
      [2, Number.NaN],
    ] as const) {
      expect(() => dealt(threshold, holders, 1)).toThrow(code("value_out_of_range"));
    }
  });

  test("is refused where there are as many holders as p' or q', whose numbers would be no units", () => {
    // 47 = 2*23 + 1: holder 23 would get the secret itself
    const tiny = new SafePrimes(47n, 59n);
    const among = (holders: number) => () =>
      deal(tiny, { threshold: 2, holders, providerHolds: false }, seededEntropy(1), powerOf);
    expect(among(23)).toThrow(code("value_out_of_range"));
    expect(among(22)().shares.length).toBe(22);
  });

  test("is refused where the provider and one trustee could open alone, unless it is told so by name", () => {
    const among = (options: Partial<DealOptions>) => () =>
      deal(primes, { threshold: 2, holders: 3, providerHolds: true, ...options }, seededEntropy(1), powerOf);
    expect(among({})).toThrow("with 2 it and one trustee open readings alone");
    expect(among({ providerWithOneTrustee: false })).toThrow(code("value_out_of_range"));
    for (const lawful of [{ providerWithOneTrustee: true }, { providerHolds: false }, { threshold: 3 }]) {
      expect(among(lawful)().shares.length).toBe(3);
    }
  });

  test("shows neither p, q nor d, and no share, however it is printed", () => {
    const dealing = dealt(3, 4, 9);
    const printed = [
      inspect(dealing, { showHidden: true, depth: null }),
      inspect(dealing, { customInspect: false, showHidden: true, depth: null }),
      JSON.stringify({ shares: dealing.shares }),
      dealing.shares.join(),
    ].join("\n");
    const secrets = dealing.shares.map((share) => share.use((s) => s));
    primes.use((p, q) => secrets.push(p, q, m, order));
    secrets.push(m * invert(m, n));
    for (const secret of secrets) {
      for (const radix of [10, 16]) expect(printed).not.toContain(secret.toString(radix).slice(0, 12));
    }
    expect(inspect(dealing.shares[0])).toBe("KeyShare(hidden)");
  });
});

describe("a key share", () => {
  test("is given to who computes with it until it is erased, and its bytes are a copy", () => {
    const [share] = deal(
      new SafePrimes(47n, 59n),
      { threshold: 2, holders: 2, providerHolds: false },
      seededEntropy(1),
      powerOf,
    ).shares;
    const before = share?.useBytes((bytes) => bytes.fill(0xff));
    expect(before?.length).toBe(4);
    expect(share?.use((value) => value > 0n && value < 2773n * 2773n)).toBe(true);
    share?.erase();
    expect(() => share?.use(() => 0)).toThrow(code("key_unknown"));
    expect(() => share?.useBytes(() => 0)).toThrow(code("key_unknown"));
  });
});
