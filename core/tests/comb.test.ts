/** The fixed-base comb: right for every exponent, and the same work for every exponent. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex } from "../bytes.ts";
import { bitLength, bytesToInteger, integerToBytes, power } from "../integers.ts";
import { buildTable, COMB_ENTRIES, CombPower, combPower, combSpacing, tableInMemory } from "../paillier/comb.ts";
import { nonceBits } from "../paillier/public-key.ts";
import { bigIntRing, type Residue, type Ring } from "../paillier/ring.ts";
import { digest } from "./machine.ts";
import { TEST_BITS, testKey } from "./vectors.ts";

const small = testKey(512);
const { key, table } = small;
const ring = bigIntRing(key.n);
const most = nonceBits(key.bits);

describe("a comb's power", () => {
  const exponents = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** BigInt(most) - 1n }),
    fc.nat(most - 1).map((bit) => 1n << BigInt(bit)),
    fc.nat(most).map((bits) => (1n << BigInt(bits)) - 1n),
  );

  test("equals h_s^e mod n^2 for any exponent, of one bit, of ones alone and of any width up to the most", () => {
    fc.assert(
      fc.property(exponents, fc.nat(8), (e, spare) => {
        const width = Math.min(Math.ceil(bitLength(e) / 8) + spare, most / 8);
        expect(combPower(ring, table, integerToBytes(e, width), key.bits)).toBe(power(key.base, e, key.nSquared));
      }),
    );
  });

  test.each(TEST_BITS)("is right at the edges of a key of %i bits: 0, 1, all ones, the top bit alone", (bits) => {
    const one = bits === 512 ? small : testKey(bits);
    const top = BigInt(nonceBits(bits));
    for (const e of [0n, 1n, (1n << top) - 1n, 1n << (top - 1n)]) {
      const bytes = integerToBytes(e, nonceBits(bits) / 8);
      expect(combPower(bigIntRing(one.key.n), one.table, bytes, bits)).toBe(power(one.key.base, e, one.key.nSquared));
    }
    expect(combPower(bigIntRing(one.key.n), one.table, new Uint8Array(0), bits)).toBe(1n);
  });

  test("is refused for an exponent wider than the table serves", () => {
    const tooWide = new Uint8Array(most / 8 + 1);
    expect(() => combPower(ring, table, tooWide, key.bits)).toThrow(
      expect.objectContaining({ code: "value_out_of_range" }),
    );
  });

  test("is the same in slices as in one go", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: most / 8, maxLength: most / 8 }), fc.nat(40), (exponent, stepsASlice) => {
        const sliced = new CombPower(ring, table, exponent, key.bits);
        let result: Residue | undefined;
        while (result === undefined) {
          let steps = 0;
          result = sliced.step(() => steps++ >= stepsASlice);
        }
        expect(result.lo + key.n * result.hi).toBe(combPower(ring, table, exponent, key.bits));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the blinded table", () => {
  /** A ring that writes down what it is asked for: a square, or a product and the table's entry in it. */
  function watched(): { readonly ring: Ring<Residue>; readonly work: string[] } {
    const work: string[] = [];
    return {
      work,
      ring: {
        ...ring,
        multiply: (a, b) => {
          work.push("multiply");
          return ring.multiply(a, b);
        },
        square: (a) => {
          work.push("square");
          return ring.square(a);
        },
      },
    };
  }

  test("makes the same squares and products in the same order for every exponent", () => {
    const spacing = combSpacing(key.bits);
    const expected = [
      ...Array(spacing - 1)
        .fill(["square", "multiply"])
        .flat(),
      "multiply",
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(0, 1, 0x80, 0xff).map((byte) => new Uint8Array(most / 8).fill(byte)),
          fc.uint8Array({ minLength: most / 8, maxLength: most / 8 }),
        ),
        (exponent) => {
          const { ring: counting, work } = watched();
          combPower(counting, table, exponent, key.bits);
          expect(work).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each(TEST_BITS)("of %i bits has no entry that is 1, repeated, or quick to multiply by", (bits) => {
    const one = bits === 512 ? small : testKey(bits);
    const seen = new Set<string>();
    for (let index = 0; index < COMB_ENTRIES; index++) {
      const entry = one.table.entry(index);
      const lo = bytesToInteger(entry.subarray(0, one.key.bytes));
      const hi = bytesToInteger(entry.subarray(one.key.bytes));
      // a half that is 64 bits short happens to an honest entry with probability 2^-64
      expect(Math.min(bitLength(lo), bitLength(hi))).toBeGreaterThan(bits - 64);
      seen.add(Buffer.from(entry).toString("hex"));
    }
    expect(seen.size).toBe(COMB_ENTRIES);
  });

  test("has no freedom in it: the same key and seed give the same bytes, another seed others", () => {
    const seed = fromHex(small.vector.seed);
    const again = buildTable(key, seed, digest);
    expect(digest.sha256(again)).toEqual(table.digest());
    seed[0] = (seed[0] ?? 0) ^ 1;
    expect(digest.sha256(buildTable(key, seed, digest))).not.toEqual(table.digest());
  });

  test("of another length is refused", () => {
    const bytes = buildTable(key, fromHex(small.vector.seed), digest);
    for (const wrong of [bytes.subarray(1), new Uint8Array(bytes.length + 1), new Uint8Array(0)]) {
      expect(() => tableInMemory(wrong, key.bytes, digest)).toThrow(expect.objectContaining({ code: "table_wrong" }));
    }
  });
});
