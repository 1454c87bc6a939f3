/** Safe primes: each is one, their product has the length asked for, other numbers are no key, and none of it is printed. */

import { checkPrimeSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { bitLength, gcd } from "../../integers.ts";
import { generateSafePrimes, SafePrimes } from "../safe-primes.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("generated safe primes", () => {
  test("are distinct, 3 mod 4, twice a prime and one, and their product has exactly the bits asked for", async () => {
    for (const bits of [512, 528, 544]) {
      const primes = await generateSafePrimes(bits);
      expect(bitLength(primes.n)).toBe(bits);
      primes.use((p, q) => {
        const halves = [(p - 1n) / 2n, (q - 1n) / 2n] as const;
        expect([p, q, ...halves].map((prime) => checkPrimeSync(prime))).toEqual([true, true, true, true]);
        expect([p % 4n, q % 4n, p * q === primes.n, p === q]).toEqual([3n, 3n, true, false]);
        expect([gcd(p - 1n, q - 1n), gcd(p * q, (p - 1n) * (q - 1n))]).toEqual([2n, 1n]);
      });
    }
  });

  test("are counted as they are found, while this thread is free", async () => {
    const seen: (number | string)[] = [];
    let pending = true;
    const search = generateSafePrimes(512, (primes) => seen.push(primes)).then(() => {
      pending = false;
    });
    await Promise.resolve();
    expect([pending, seen]).toEqual([true, []]);
    await search;
    expect(seen.slice(-2)).toEqual([1, 2]);
  });

  test("are refused below 512 bits and at widths that are no multiple of 16", async () => {
    for (const bits of [0, 496, 511, 520, Number.NaN]) {
      await expect(generateSafePrimes(bits)).rejects.toThrow(code("key_too_short"));
    }
  });
});

describe("given numbers", () => {
  test("are no safe primes unless both are, distinct, and of one length; the refusal names none of them", () => {
    // 23 = 2*11 + 1 and 47 = 2*23 + 1 are safe; 29 and 31 are primes whose halves are none; 59 = 2*29 + 1
    new SafePrimes(47n, 59n);
    for (const [p, q] of [
      [47n, 47n],
      [47n, 61n],
      [43n, 59n],
      [59n, 23n],
      [35n, 47n],
      [5n, 7n],
    ] as const) {
      expect(() => new SafePrimes(p, q)).toThrow(code("value_out_of_range"));
      expect(() => new SafePrimes(p, q)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/\d/) }));
    }
  });
});

test("safe primes print as nothing", async () => {
  const primes = await generateSafePrimes(512);
  const printed = [inspect(primes, { showHidden: true, depth: null }), JSON.stringify({ primes }), `${primes}`].join();
  primes.use((p, q) => {
    for (const radix of [10, 16]) {
      for (const prime of [p, q]) expect(printed).not.toContain(prime.toString(radix).slice(0, 12));
    }
  });
  expect(inspect(primes)).toBe("SafePrimes(hidden)");
});
