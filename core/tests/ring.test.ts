/** Arithmetic on residues lo + n*hi, and products of powers, against plain BigInt mod n^2. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { power } from "../integers.ts";
import { checkCiphertext, checkProduct, product } from "../paillier/ciphertext.ts";
import { multiPower } from "../paillier/multi-power.ts";
import { bigIntRing, divider, fromResidue, type Residue, toResidue } from "../paillier/ring.ts";
import { integer, testKey } from "./vectors.ts";

const { key, vector } = testKey(512);
const { n, nSquared } = key;
const ring = bigIntRing(n);

/** Residues, the edges of both halves among them. */
const half = fc.oneof(fc.constantFrom(0n, 1n, n - 1n), fc.bigInt({ min: 0n, max: n - 1n }));
const element = fc.record({ lo: half, hi: half });
const value = (residue: Residue) => fromResidue(residue, n);

describe("the ring", () => {
  test("splits any value below n^2 into halves below n, and joins them again", () => {
    fc.assert(
      fc.property(element, (a) => {
        expect(toResidue(value(a), n)).toEqual(a);
      }),
    );
    expect(toResidue(nSquared - 1n, n)).toEqual({ lo: n - 1n, hi: n - 1n });
  });

  test("multiplies and squares as BigInt does mod n^2", () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const reduced = [ring.multiply(a, b), ring.square(a)];
        expect(reduced.map(value)).toEqual([(value(a) * value(b)) % nSquared, value(a) ** 2n % nSquared]);
        for (const { lo, hi } of reduced) expect(lo >= 0n && lo < n && hi >= 0n && hi < n).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("divides exactly where its reciprocal is coarsest: small moduli, and those next to a power of two", () => {
    const moduli = [2, 5, 64, 511, 512].flatMap((bits) => [2n ** BigInt(bits) - 1n, 2n ** BigInt(bits) + 1n]);
    for (const modulus of moduli) {
      const small = bigIntRing(modulus);
      const halves = [...new Set([0n, 1n, 2n, modulus >> 1n, modulus - 2n, modulus - 1n])];
      const elements = halves.flatMap((lo) => halves.map((hi): Residue => ({ lo, hi })));
      for (const a of elements) {
        for (const b of elements) {
          const expected = (fromResidue(a, modulus) * fromResidue(b, modulus)) % modulus ** 2n;
          expect(small.multiply(a, b)).toEqual(toResidue(expected, modulus));
        }
        expect(small.square(a)).toEqual(small.multiply(a, a));
      }
    }
  });

  test("divides as BigInt does, up to 4n^2", () => {
    const divide = divider(n);
    const edges = fc.constantFrom(0n, n - 1n, n, nSquared - 1n, nSquared, 4n * nSquared - 1n);
    fc.assert(
      fc.property(fc.oneof(edges, fc.bigInt({ min: 0n, max: 4n * nSquared - 1n })), (dividend) => {
        expect(divide(dividend)).toEqual({ quotient: dividend / n, rest: dividend % n });
      }),
    );
  });

  test("hands conversion to the host's own where it is given one", () => {
    const calls: string[] = [];
    const native = bigIntRing(n, {
      toBytes: (_, width) => {
        calls.push(`to ${width}`);
        return new Uint8Array(width);
      },
      fromBytes: () => {
        calls.push("from");
        return 7n;
      },
    });
    expect([native.toBytes(1n, 3), native.fromBytes(new Uint8Array(1))]).toEqual([new Uint8Array(3), 7n]);
    expect(calls).toEqual(["to 3", "from"]);
  });
});

describe("a product of powers", () => {
  const powers = fc.array(
    fc.tuple(element, fc.oneof(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }))),
    { maxLength: 40 },
  );

  test("equals the product of the powers, for any number of bases and any exponents", () => {
    fc.assert(
      fc.property(powers, (pairs) => {
        const bases = pairs.map(([base]) => value(base));
        const exponents = pairs.map(([, exponent]) => exponent);
        const expected = pairs.reduce((sum, [base, e]) => (sum * power(value(base), e, nSquared)) % nSquared, 1n);
        expect(multiPower(bases, exponents, n)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("is 1 for none, and for exponents that are all 0", () => {
    expect([multiPower([], [], n), multiPower([5n, 7n], [0n, 0n], n)]).toEqual([1n, 1n]);
  });
});

describe("ciphertexts", () => {
  const refused = expect.objectContaining({ code: "ciphertext_out_of_range" });

  test("lie in 0 < c < n^2 and are no multiple of n", () => {
    for (const c of [1n, n - 1n, n + 1n, nSquared - 1n]) expect(checkCiphertext(c, key, "c")).toBe(c);
    for (const c of [-1n, 0n, n, n * (n - 1n), nSquared, nSquared + 1n]) {
      expect(() => checkCiphertext(c, key, "c")).toThrow(refused);
    }
  });

  test("as a product share no factor with n", () => {
    const p = integer(vector.p);
    expect(checkCiphertext(p * 3n, key, "c")).toBe(p * 3n);
    expect(() => checkProduct(p * 3n, key, "product")).toThrow(refused);
    expect(() => checkProduct(0n, key, "product")).toThrow(refused);
    expect(checkProduct(1n, key, "product")).toBe(1n);
  });

  test("multiply to 1 for none, and to the same in any order", () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 8 }), (elements) => {
        const values = elements.map(value);
        expect(product(values, key)).toBe(values.reduce((a, b) => a * b, 1n) % nSquared);
        expect(product(values.reverse(), key)).toBe(product(values, key));
      }),
    );
  });
});
