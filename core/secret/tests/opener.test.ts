/** Opening: the reference's sums, any group's sum, the edges, and paillier-bigint as a second witness in both directions. */

import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PublicKey as OtherPublicKey, PrivateKey } from "paillier-bigint";
import { fromHex } from "../../bytes.ts";
import { bytesToInteger, invert, power } from "../../integers.ts";
import { product } from "../../paillier/ciphertext.ts";
import { pack, unpack } from "../../paillier/packing.ts";
import { entryShape, makeEntry } from "../../paillier/pool-entry.ts";
import { bigIntRing } from "../../paillier/ring.ts";
import { seal } from "../../paillier/seal.ts";
import { digest, powerOf, seededEntropy } from "../../tests/machine.ts";
import { integer, TEST_BITS, testKey } from "../../tests/vectors.ts";
import { SecretKey } from "../key-pair.ts";
import { Opener } from "../opener.ts";

describe.each(TEST_BITS)("with a key of %i bits", (bits) => {
  const { vector, key, plan, keyId, table } = testKey(bits);
  const { n, nSquared } = key;
  const [p, q] = [integer(vector.p), integer(vector.q)];
  const opener = new Opener(new SecretKey(p, q), powerOf);
  const ring = bigIntRing(n);
  const shape = entryShape(bits, plan.bits);
  const sealed = (plaintext: bigint, seed: number): bigint => {
    const entry = makeEntry(ring, table, shape, seededEntropy(seed));
    const context = { meter: "meter-1", interval: seed, keyId };
    return bytesToInteger(seal(ring, shape, digest, entry, plaintext, plan.bits, context).ciphertext);
  };

  test("v1: the reference's ciphertexts and their product open to its plaintexts and totals", () => {
    for (const { ciphertext, plaintext } of vector.readings) {
      expect(opener.open(bytesToInteger(fromHex(ciphertext))).toString(16)).toBe(plaintext);
    }
    const opened = opener.open(bytesToInteger(fromHex(vector.product)));
    expect(opened.toString(16)).toBe(vector.opened);
    const { count, sums } = unpack(plan, opened, vector.readings.length);
    expect([count, ...sums.map(Number)]).toEqual(vector.totals);
  });

  test("1 opens to 0, and so does every other ciphertext of nothing", () => {
    expect(opener.open(1n)).toBe(0n);
    expect(opener.open(power(key.base, 12_345n, nSquared))).toBe(0n);
    expect(opener.open(nSquared - 1n)).toBe(0n);
    const c = sealed(pack(plan, [7, 9]), 3);
    expect(opener.open((c * invert(c, nSquared)) % nSquared)).toBe(0n);
  });

  test("every plaintext from 0 to n - 1 opens, the edges of p, q and n too", () => {
    const rho = power(key.base, 99n, nSquared);
    for (const m of [0n, 1n, p - 1n, p, p + 1n, q, n / 2n, n - p, n - 2n, n - 1n]) {
      expect(opener.open(((1n + m * n) * rho) % nSquared)).toBe(m);
    }
  });

  test("what is not in 0 < c < n^2 is refused", () => {
    for (const c of [0n, -1n, nSquared, nSquared + 1n]) {
      expect(() => opener.open(c)).toThrow(expect.objectContaining({ code: "ciphertext_out_of_range" }));
    }
  });

  test("paillier-bigint decrypts what is sealed here, and its ciphertexts open here", () => {
    const publicKey = new OtherPublicKey(n, n + 1n);
    const lambda = (p - 1n) * (q - 1n);
    const privateKey = new PrivateKey(lambda, invert(lambda, n), publicKey);
    const plaintexts = [pack(plan, [0, 0]), pack(plan, [25_000_000, 1])] as const;
    const ours = plaintexts.map(sealed);
    expect(ours.map((c) => privateKey.decrypt(c))).toEqual(plaintexts);
    const theirs = [...plaintexts, n - 1n].map((m) => publicKey.encrypt(m));
    expect(theirs.map((c) => opener.open(c))).toEqual([...plaintexts, n - 1n]);
    const mixed = product([...ours, ...theirs.slice(0, 2)], key);
    expect([opener.open(mixed), privateKey.decrypt(mixed)]).toEqual(
      [2n, 2n].map((k) => k * (plaintexts[0] + plaintexts[1])),
    );
  });
});

describe("the product of any group's ciphertexts", () => {
  const { vector, key, plan, keyId, table } = testKey(512);
  const opener = new Opener(new SecretKey(integer(vector.p), integer(vector.q)), powerOf);
  const ring = bigIntRing(key.n);
  const shape = entryShape(key.bits, plan.bits);
  const values = fc.tuple(fc.integer({ min: 0, max: 25_000_000 }), fc.integer({ min: 0, max: 25_000_000 }));

  test("opens to the count and the sums of the group's readings, in whatever order they came", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: vector.largestGroup }), fc.nat(), (readings, seed) => {
        const entropy = seededEntropy(seed);
        const ciphertexts = readings.map((reading, i) => {
          const context = { meter: `home-${i}`, interval: 1, keyId };
          const entry = makeEntry(ring, table, shape, entropy);
          return bytesToInteger(seal(ring, shape, digest, entry, pack(plan, reading), plan.bits, context).ciphertext);
        });
        const sums = [0, 1].map((i) => readings.reduce((sum, reading) => sum + BigInt(reading[i] ?? 0), 0n));
        for (const order of [ciphertexts, [...ciphertexts].reverse()]) {
          expect(unpack(plan, opener.open(product(order, key)), readings.length)).toEqual({
            count: readings.length,
            sums,
          });
        }
      }),
      { numRuns: 15 },
    );
  });

  test("tells of a reading that is missing or counted twice by its count", () => {
    const context = { meter: "m", interval: 1, keyId };
    const ciphertexts = [1, 2, 3].map((i) => {
      const entry = makeEntry(ring, table, shape, seededEntropy(i));
      return bytesToInteger(seal(ring, shape, digest, entry, pack(plan, [i, 0]), plan.bits, context).ciphertext);
    });
    const wrong = expect.objectContaining({ code: "count_wrong" });
    expect(() => unpack(plan, opener.open(product(ciphertexts.slice(1), key)), 3)).toThrow(wrong);
    expect(() => unpack(plan, opener.open(product([...ciphertexts, ...ciphertexts.slice(1, 2)], key)), 3)).toThrow(
      wrong,
    );
  });

  test("an opener prints nothing of its key", () => {
    const printed = inspect(opener, { showHidden: true, depth: null }) + JSON.stringify(opener) + String(opener);
    for (const factor of [vector.p, vector.q]) {
      for (const text of [factor, integer(factor).toString()]) expect(printed).not.toContain(text.slice(0, 12));
    }
  });
});
