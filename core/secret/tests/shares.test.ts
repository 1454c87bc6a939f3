/** Shares of an opening: the reference's, their proofs and what a proof does not pass for, and openings by every quorum. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex, toHex } from "../../bytes.ts";
import { bytesToInteger, factorial, integerToBytes, power } from "../../integers.ts";
import { pack, unpack } from "../../paillier/packing.ts";
import { digest, powerOf, seededEntropy } from "../../tests/machine.ts";
import { integer, testKey } from "../../tests/vectors.ts";
import type { ShareContext } from "../../wire/share.ts";
import { type CheckedShare, combine } from "../combining.ts";
import { SecretKey } from "../key-pair.ts";
import { lagrange } from "../lagrange.ts";
import { Opener } from "../opener.ts";
import { partialDecryption, shareFits } from "../partial-decryption.ts";
import { checkPartial, decodePartial, encodePartial, type Prover, shareChallenge } from "../share-proof.ts";
import { playedEntropy, sharedKey, subsets } from "./shared-key.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe.each([512, 2048] as const)("with a key of %i bits", (bits) => {
  const { vector, key, sharing, shares, context, c } = sharedKey(bits);
  const powerMod = powerOf(key.nSquared);
  const prover = (i: number): Prover => {
    const holder = sharing.holders[i];
    if (holder === undefined) throw new Error(`no holder ${i}`);
    return { key, sharing, holder };
  };

  test("v1: each holder makes the reference's share and proof from its nonce, and they check", () => {
    vector.partials.forEach((expected, i) => {
      const tools = { digest, powerMod, entropy: playedEntropy([fromHex(expected.nonce)]) };
      const share = shares[i];
      if (share === undefined) throw new Error("no share");
      const partial = partialDecryption(tools, prover(i), share, context, c);
      expect(toHex(encodePartial(partial, key, sharing.holders.length))).toBe(expected.bytes);
      const decoded = decodePartial(fromHex(expected.bytes), key, sharing.holders.length);
      expect(decoded).toEqual({
        value: integer(expected.value),
        e: integer(expected.e),
        z: integer(expected.z),
      });
      checkPartial(digest, powerMod, prover(i), context, c, decoded);
    });
  });

  test("v1: each three of the four open the reference's plaintext, in any order", () => {
    const checked = vector.partials.map(({ value }, i) => ({ index: i + 1, value: integer(value) }));
    const quorums = subsets(checked, vector.threshold);
    expect(quorums.length).toBe(4);
    for (const quorum of [...quorums, checked, [...checked].reverse()]) {
      expect(combine(key, sharing, quorum, powerMod).toString(16)).toBe(vector.opened);
    }
    const { plan } = testKey(bits);
    const { count, sums } = unpack(plan, integer(vector.opened), vector.context.contributors.length);
    expect([count, ...sums.map(Number)]).toEqual(vector.totals);
  });

  test("a share fits its own verification value and no other", () => {
    const fits = shares.map((share) => sharing.holders.map((_, i) => shareFits(powerMod, prover(i), share)));
    expect(fits).toEqual(shares.map((_, i) => shares.map((__, j) => i === j)));
  });
});

const { key, sharing, shares, context, c, vector } = sharedKey(512);
const { nSquared } = key;
const powerMod = powerOf(nSquared);
const l = sharing.holders.length;
const proverOf = (i: number): Prover => ({ key, sharing, holder: sharing.holders[i] as Prover["holder"] });
const shareOf = (i: number) => shares[i] as (typeof shares)[number];
const make = (i: number, ciphertext: bigint, seed: number, about: ShareContext = context) =>
  partialDecryption({ digest, powerMod, entropy: seededEntropy(seed) }, proverOf(i), shareOf(i), about, ciphertext);

describe("a proof of a share", () => {
  const partial = make(1, c, 5);
  const check = (change: Partial<typeof partial>, about: Partial<ShareContext> = {}, i = 1, ciphertext = c) =>
    checkPartial(digest, powerMod, proverOf(i), { ...context, ...about }, ciphertext, { ...partial, ...change });

  test("holds for the opening that it was made for", () => {
    check({});
  });

  test("does not hold for another group, interval, part, key, roll, set of contributors, holder or ciphertext", () => {
    const wrong = code("proof_wrong");
    const others: readonly Partial<ShareContext>[] = [
      { group: "west" },
      { interval: context.interval + 1 },
      { part: 0 },
      { keyId: context.keyId.map((byte) => byte ^ 1) },
      { rollVersion: 4 },
      { contributorsHash: context.contributorsHash.map((byte) => byte ^ 1) },
    ];
    for (const other of others) expect(() => check({}, other)).toThrow(wrong);
    for (const i of [0, 2, 3]) expect(() => check({}, {}, i)).toThrow(wrong);
    expect(() => check({}, {}, 1, (c * c) % nSquared)).toThrow(wrong);
    expect(() => check({}, {}, 1, (c * (1n + key.n)) % nSquared)).toThrow(wrong);
  });

  test("does not hold for another value, challenge or answer", () => {
    const { value, e, z } = partial;
    const order = integer(vector.p) - 1n;
    for (const change of [
      { value: (value * value) % nSquared },
      { value: (value * 4n) % nSquared },
      { value: make(2, c, 5).value },
      { value: 1n },
      { e: e ^ 1n },
      { e: 0n, z: 0n },
      { z: z + 1n },
      { z: z - order },
      { z: 0n },
    ]) {
      expect(() => check(change)).toThrow(code("proof_wrong"));
    }
  });

  test("holds for -c_i no more than for c_i's own hash; what it says is of squares, which openings use alone", () => {
    expect(() => check({ value: nSquared - partial.value })).toThrow(code("proof_wrong"));
    const [, second, third] = [0, 1, 2].map((i) => ({ index: i + 1, value: make(i, c, i).value }));
    const fourth = { index: 4, value: make(3, c, 1).value };
    const quorum = [second, third, fourth] as CheckedShare[];
    const negated = quorum.map(({ index, value }) => ({ index, value: nSquared - value }));
    expect(combine(key, sharing, negated, powerMod)).toBe(combine(key, sharing, quorum, powerMod));
  });

  test("is refused with a ciphertext or value outside the units mod n^2, and in another width", () => {
    const range = code("ciphertext_out_of_range");
    const p = integer(vector.p);
    for (const value of [0n, -1n, key.n, 5n * key.n, nSquared, nSquared + 1n, p, p * p]) {
      expect(() => check({ value })).toThrow(range);
      expect(() => check({}, {}, 1, value)).toThrow(range);
      expect(() => make(1, value, 1)).toThrow(range);
    }
    const bytes = encodePartial(partial, key, l);
    for (const other of [bytes.slice(1), new Uint8Array([...bytes, 0]), new Uint8Array(0)]) {
      expect(() => decodePartial(other, key, l)).toThrow(code("length_wrong"));
    }
  });

  test("cannot be made without the share, by choosing the answer first", () => {
    // for a fixed e and z there are a and b that fit; their hash is another e
    const forged = { value: power(c, 2n * 24n * 12345n, nSquared), e: 7n, z: 99n };
    expect(() => check(forged)).toThrow(code("proof_wrong"));
    const honest = shareChallenge(digest, proverOf(1), context, c, forged.value, power(c, 4n, nSquared), sharing.v);
    expect(honest).not.toBe(forged.e);
  });

  test("hides the share: z over e tells no bit of l! s_i, and no two proofs have one nonce", () => {
    // the nonce has 128 bits more than e * l! * s_i; one of |n^2| bits would give the share's top bits away
    const secret = shareOf(1).use((s) => factorial(l) * s);
    const guesses = [1, 2, 3, 4].map((seed) => {
      const { e, z } = make(1, c, seed);
      return z / e;
    });
    for (const guess of guesses) expect(guess >> 100n > secret).toBe(true);
    expect(new Set(guesses).size).toBe(4);
    const bits = vector.nonceBits;
    expect(bits).toBeGreaterThanOrEqual(2 * key.bits + factorial(l).toString(2).length + 384);
  });

  test("draws its nonce again where the answer would be too wide", () => {
    const widest = new Uint8Array(vector.nonceBits / 8).fill(0xff);
    const fine = new Uint8Array(vector.nonceBits / 8).fill(0x55);
    const entropy = playedEntropy([widest, widest, fine]);
    const made = partialDecryption({ digest, powerMod, entropy }, proverOf(1), shareOf(1), context, c);
    check(made);
    expect(encodePartial(made, key, l).length).toBe(128 + 32 + vector.nonceBits / 8);
  });
});

describe("an opening with shares", () => {
  const whole = new Opener(new SecretKey(integer(vector.p), integer(vector.q)), powerOf);
  const { plan } = testKey(512);
  const rho = power(key.base, 987_654_321n, nSquared);
  const valuesOf = (ciphertext: bigint) =>
    shares.map((share) => ({
      index: share.index,
      value: share.use((s) => power(ciphertext, 2n * factorial(l) * s, nSquared)),
    }));

  test("opens what the whole key opens, whichever quorum does", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: key.n - 1n }), fc.subarray([0, 1, 2, 3], { minLength: 3 }), (m, chosen) => {
        const ciphertext = ((1n + m * key.n) * rho) % nSquared;
        const values = valuesOf(ciphertext);
        const quorum = chosen.map((i) => values[i] as CheckedShare);
        expect(combine(key, sharing, quorum, powerMod)).toBe(m);
        expect(whole.open(ciphertext)).toBe(m);
      }),
      { numRuns: 25 },
    );
  });

  test("opens nothing at all, the sum of zero, and the edges", () => {
    for (const m of [0n, 1n, key.n - 1n, pack(plan, [25_000_000, 0])]) {
      expect(combine(key, sharing, valuesOf(1n + m * key.n), powerMod)).toBe(m);
    }
    expect(combine(key, sharing, valuesOf(1n), powerMod)).toBe(0n);
  });

  test("needs t shares: with fewer there is none, and they are no basis for one", () => {
    const values = valuesOf(c);
    for (const few of [[], values.slice(0, 1), values.slice(1, 3)]) {
      expect(() => combine(key, sharing, few, powerMod)).toThrow(code("shares_missing"));
    }
    // two of three, combined as if two were enough
    const two = () => combine(key, { ...sharing, threshold: 2 }, values.slice(0, 2), powerMod);
    expect(two).toThrow(code("proof_wrong"));
  });

  test("is refused with a holder twice, a holder that is not there, and a value outside the units", () => {
    const [one, two, three] = valuesOf(c) as [CheckedShare, CheckedShare, CheckedShare];
    for (const index of [0, 5, -1, 1, 2.5]) {
      const wrong = () => combine(key, sharing, [one, two, { ...three, index }], powerMod);
      expect(wrong).toThrow(code("field_wrong"));
    }
    for (const value of [0n, key.n, nSquared, integer(vector.q)]) {
      const wrong = () => combine(key, sharing, [one, two, { index: 3, value }], powerMod);
      expect(wrong).toThrow(code("ciphertext_out_of_range"));
    }
  });

  test("is refused with shares of two ciphertexts, or with holders' numbers exchanged", () => {
    const [one, two, three] = valuesOf(c) as [CheckedShare, CheckedShare, CheckedShare];
    const other = valuesOf((c * rho) % nSquared)[2] as CheckedShare;
    expect(() => combine(key, sharing, [one, two, other], powerMod)).toThrow(code("proof_wrong"));
    const exchanged = [one, { ...two, index: 3 }, { ...three, index: 2 }];
    expect(() => combine(key, sharing, exchanged, powerMod)).toThrow(code("proof_wrong"));
  });
});

test("Lagrange's coefficients are whole, and give a polynomial's value at 0 for each set of points", () => {
  const whole = fc.integer({ min: 2, max: 32 });
  const sets = whole.chain((holders) =>
    fc.tuple(
      fc.constant(holders),
      fc.subarray(
        Array.from({ length: holders }, (_, i) => i + 1),
        { minLength: 1 },
      ),
    ),
  );
  fc.assert(
    fc.property(sets, fc.infiniteStream(fc.bigInt({ min: -1000n, max: 1000n })), ([holders, indices], stream) => {
      const coefficients = [...stream.take(indices.length)];
      const value = (x: bigint) => coefficients.reduceRight((sum, one) => sum * x + one, 0n);
      const sum = indices.reduce(
        (total, index) => total + lagrange(index, indices, holders) * value(BigInt(index)),
        0n,
      );
      expect(sum).toBe(factorial(holders) * (coefficients[0] ?? 0n));
    }),
  );
});

test("bytes of a share keep its numbers", () => {
  const bytes = fromHex(vector.partials[0]?.bytes ?? "");
  const { value, e, z } = decodePartial(bytes, key, l);
  expect(bytesToInteger(bytes.subarray(0, 128))).toBe(value);
  expect(encodePartial({ value, e, z }, key, l)).toEqual(bytes);
  expect(() => encodePartial({ value, e, z: 1n << BigInt(vector.nonceBits) }, key, l)).toThrow(
    code("value_out_of_range"),
  );
  expect(integerToBytes(e, 32)).toEqual(bytes.slice(128, 160));
});
