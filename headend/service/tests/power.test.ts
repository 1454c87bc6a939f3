/** OpenSSL's power agrees with core's everywhere, its traps included. */

import { generatePrimeSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { power } from "../../../core/integers.ts";
import { openSslPower } from "../power.ts";

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });

/** Squares, products, primes; at, below and just above the least that OpenSSL takes; an even one. */
const p = prime(256);
const q = prime(256);
const moduli: readonly (readonly [string, bigint])[] = [
  ["p^2 of 512 bits", p * p],
  ["n^2 of 1024 bits", (p * q) ** 2n],
  ["a prime of 600 bits", prime(600)],
  ["a prime of 1021 bits", prime(1021)],
  ["511 bits, below OpenSSL's least", prime(256) * prime(255)],
  ["64 bits", prime(64)],
  ["an even one", (1n << 600n) + 2n],
];

describe("openSslPower", () => {
  for (const [name, modulus] of moduli) {
    const powerMod = openSslPower(modulus);

    test(`agrees with core's power mod ${name}`, () => {
      const base = fc.bigInt({ min: 0n, max: modulus - 1n });
      const exponent = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: modulus * modulus }));
      fc.assert(
        fc.property(base, exponent, (b, e) => {
          expect(powerMod(b, e)).toBe(power(b, e, modulus));
        }),
        { numRuns: 60 },
      );
    });

    test(`keeps the corners mod ${name}`, () => {
      for (const base of [0n, 1n, 2n, modulus - 2n, modulus - 1n]) {
        for (const exponent of [0n, 1n, 2n, 3n, modulus - 1n, modulus + 5n]) {
          expect([base, exponent, powerMod(base, exponent)]).toEqual([base, exponent, power(base, exponent, modulus)]);
        }
      }
    });
  }

  test("gives 1 where the result is 1, which OpenSSL calls an invalid secret", () => {
    const modulus = p * p;
    const powerMod = openSslPower(modulus);
    // p-th powers have orders that divide p - 1
    const unit = power(12345n, p, modulus);
    expect(powerMod(unit, p - 1n)).toBe(1n);
    expect(powerMod(unit, 7n * (p - 1n))).toBe(1n);
  });
});
