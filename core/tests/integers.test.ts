/** Big integers against JavaScript's own BigInt text, `**` and `%`, and against laws that any implementation must keep. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bitLength, bytesToInteger, gcd, integerToBytes, invert, power, reduce } from "../integers.ts";

const natural = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const outOfRange = expect.objectContaining({ code: "value_out_of_range" });

describe("bytes", () => {
  test("go out and come back at every width that holds the value", () => {
    fc.assert(
      fc.property(natural(700), fc.nat(20), (value, spare) => {
        const width = Math.ceil(bitLength(value) / 8) + spare;
        const bytes = integerToBytes(value, width);
        expect(bytes.length).toBe(width);
        expect(bytesToInteger(bytes)).toBe(value);
        expect(Buffer.from(bytes).toString("hex")).toBe(width === 0 ? "" : value.toString(16).padStart(2 * width, "0"));
      }),
    );
  });

  test("come in from any part of a larger array", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(20), (bytes, offset) => {
        const text = Buffer.from(bytes).toString("hex");
        const larger = new Uint8Array(offset + bytes.length + 3).fill(0xff);
        larger.set(bytes, offset);
        const value = bytesToInteger(larger.subarray(offset, offset + bytes.length));
        expect(value).toBe(text === "" ? 0n : BigInt(`0x${text}`));
      }),
    );
  });

  test("are refused where the value is negative or one bit too long for the width", () => {
    for (const width of [0, 1, 7, 8, 9, 16, 63, 64, 65]) {
      const limit = 256n ** BigInt(width);
      expect(integerToBytes(limit - 1n, width)).toEqual(new Uint8Array(width).fill(0xff));
      expect(() => integerToBytes(limit, width)).toThrow(outOfRange);
      expect(() => integerToBytes(-1n, width)).toThrow(outOfRange);
      expect(() => integerToBytes(-limit, width)).toThrow(outOfRange);
    }
  });
});

test("bitLength is the length of the binary text, 0 for 0", () => {
  expect(bitLength(0n)).toBe(0);
  for (let bits = 0; bits < 300; bits++) {
    expect(bitLength(1n << BigInt(bits))).toBe(bits + 1);
    expect(bitLength((1n << BigInt(bits)) - 1n)).toBe(bits);
  }
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 6200n }), (value) => bitLength(value) === value.toString(2).length),
  );
});

test("reduce gives the residue in 0..m-1, of negative values too", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
      fc.bigInt({ min: 1n, max: 2n ** 90n }),
      (value, m) => {
        const rest = reduce(value, m);
        expect(rest >= 0n && rest < m && (value - rest) % m === 0n).toBe(true);
      },
    ),
  );
});

test("gcd divides both, and the quotients have no common divisor", () => {
  fc.assert(
    fc.property(natural(120), natural(120), natural(60), (a, b, c) => {
      fc.pre(a > 0n && b > 0n && c > 0n);
      const g = gcd(a * c, b * c);
      expect([(a * c) % g, (b * c) % g, g % c, gcd((a * c) / g, (b * c) / g)]).toEqual([0n, 0n, 0n, 1n]);
    }),
  );
  expect([gcd(0n, 5n), gcd(5n, 0n), gcd(0n, 0n)]).toEqual([5n, 5n, 0n]);
});

test("invert gives the inverse of units and refuses zero divisors", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }),
      fc.bigInt({ min: 2n, max: 2n ** 128n }),
      (value, m) => {
        if (gcd(reduce(value, m), m) === 1n) {
          const inverse = invert(value, m);
          expect(inverse >= 0n && inverse < m && reduce(value * inverse, m) === 1n).toBe(true);
        } else {
          expect(() => invert(value, m)).toThrow(outOfRange);
        }
      },
    ),
  );
});

describe("power", () => {
  test("equals BigInt's own ** and % for small exponents", () => {
    fc.assert(
      fc.property(
        natural(200),
        fc.bigInt({ min: 0n, max: 70n }),
        fc.bigInt({ min: 1n, max: 2n ** 128n }),
        (base, e, m) => {
          expect(power(base, e, m)).toBe(base ** e % m);
        },
      ),
    );
  });

  test("adds exponents, multiplies bases, and keeps Fermat's little theorem for long ones", () => {
    const prime = 2n ** 521n - 1n;
    fc.assert(
      fc.property(natural(520), natural(520), natural(300), natural(300), (a, b, e, f) => {
        expect(power(a, e + f, prime)).toBe((power(a, e, prime) * power(a, f, prime)) % prime);
        expect(power((a * b) % prime, e, prime)).toBe((power(a, e, prime) * power(b, e, prime)) % prime);
        expect(power(a, prime, prime)).toBe(a % prime);
      }),
      { numRuns: 20 },
    );
  });
});
