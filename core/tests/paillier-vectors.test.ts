/** Frozen: keys, tables, pool entries, ciphertexts and proofs of protocol version 1 are those of the reference in Python. */

import { describe, expect, test } from "@jest/globals";
import { asciiBytes, fromHex, toHex } from "../bytes.ts";
import { bytesToInteger, integerToBytes } from "../integers.ts";
import { failures } from "../paillier/batch.ts";
import { product } from "../paillier/ciphertext.ts";
import { buildTable, COMB_ENTRIES, combSpacing } from "../paillier/comb.ts";
import { EntryMaker, entryShape, makeEntry } from "../paillier/pool-entry.ts";
import { challenge, holds, type ProvenCiphertext, statement } from "../paillier/proof.ts";
import { deriveBase, hashToUnit } from "../paillier/public-key.ts";
import { bigIntRing } from "../paillier/ring.ts";
import { encryptOnline, seal } from "../paillier/seal.ts";
import type { Entropy } from "../ports.ts";
import { digest, powerOf, seededEntropy } from "./machine.ts";
import { integer, type SealedVector, TEST_BITS, testKey } from "./vectors.ts";

/** The one draw of an entry: alpha, s and r as the vector fixes them. */
function entropyOf(vector: SealedVector): Entropy {
  const drawn = fromHex(vector.alpha + vector.s + vector.r);
  return {
    fill: (bytes) => {
      expect(bytes.length).toBe(drawn.length);
      bytes.set(drawn);
    },
  };
}

const provenOf = (vector: SealedVector): ProvenCiphertext => ({
  ciphertext: fromHex(vector.ciphertext),
  commitment: fromHex(vector.commitment),
  z1: fromHex(vector.z1),
  z2: fromHex(vector.z2),
});

describe.each(TEST_BITS)("v1, a key of %i bits", (bits) => {
  const { vector, key, plan, keyId, table } = testKey(bits);
  const ring = bigIntRing(key.n);
  const shape = entryShape(bits, plan.bits);
  const context = (one: SealedVector) => ({ meter: one.meter, interval: one.interval, keyId });

  test("n and the seed determine x, h and h_s", () => {
    const seed = fromHex(vector.seed);
    expect(hashToUnit(digest, "choir/v1/h", key.n, seed).toString(16)).toBe(vector.x);
    const base = deriveBase(key.n, seed, digest, powerOf);
    expect(toHex(integerToBytes(base, 2 * key.bytes))).toBe(vector.base);
    expect(vector.h).toBe((key.n - ((integer(vector.x) * integer(vector.x)) % key.n)).toString(16));
  });

  test("the comb table has the reference's entries and hash", () => {
    const bytes = buildTable(key, fromHex(vector.seed), digest);
    expect(combSpacing(bits)).toBe(vector.comb.spacing);
    expect([COMB_ENTRIES * 2 * key.bytes, bytes.length]).toEqual([vector.comb.bytes, vector.comb.bytes]);
    for (const [index, entry] of Object.entries(vector.comb.entries))
      expect(toHex(table.entry(Number(index)))).toBe(entry);
    expect(toHex(digest.sha256(bytes))).toBe(vector.comb.sha256);
    expect(toHex(table.digest())).toBe(vector.comb.sha256);
  });

  test("the plaintext is as wide as the reference's", () => {
    expect(plan.bits).toBe(vector.plaintextBits);
  });

  test.each(vector.readings)("the entry, ciphertext and proof of $meter are the reference's", (one) => {
    const entry = makeEntry(ring, table, shape, entropyOf(one));
    expect(toHex(entry)).toBe(one.entry);
    expect(toHex(encryptOnline(ring, shape, entry, integer(one.plaintext)))).toBe(one.ciphertext);
    const proven = seal(ring, shape, digest, entry, integer(one.plaintext), plan.bits, context(one));
    expect(toHex(proven.ciphertext)).toBe(one.ciphertext);
    expect(toHex(proven.commitment)).toBe(one.commitment);
    expect(toHex(proven.z1)).toBe(one.z1);
    expect(toHex(proven.z2)).toBe(one.z2);
    const e = challenge(digest, context(one), proven.commitment, proven.ciphertext);
    expect(toHex(integerToBytes(e, 16))).toBe(one.challenge);
  });

  test("an entry made in slices of one step each is the same", () => {
    const [one] = vector.readings as [SealedVector];
    const maker = new EntryMaker(ring, table, shape, entropyOf(one));
    let slices = 1;
    let entry = maker.step(() => true);
    for (; entry === undefined; slices++) entry = maker.step(() => true);
    expect(toHex(entry)).toBe(one.entry);
    expect(slices).toBe(2 * (combSpacing(bits) + 1));
  });

  test("the reference's proofs hold, alone and in a batch", () => {
    const powerMod = powerOf(key.nSquared);
    const all = vector.readings.map((one) => statement(key, plan.bits, digest, context(one), provenOf(one)));
    expect(all.map((one) => holds(key, powerMod, one))).toEqual(vector.readings.map(() => true));
    expect(failures(key, powerMod, seededEntropy(bits), all)).toEqual([]);
  });

  test("the product is the reference's", () => {
    const ciphertexts = vector.readings.map((one) => bytesToInteger(fromHex(one.ciphertext)));
    expect(toHex(integerToBytes(product(ciphertexts, key), 2 * key.bytes))).toBe(vector.product);
  });

  test("the challenge hashes label, key id, the meter's length and name, interval, A and c in this order", () => {
    const [one] = vector.readings as [SealedVector];
    const hashed = Buffer.concat([
      asciiBytes("choir/v1/proof"),
      keyId,
      Uint8Array.of(one.meter.length),
      asciiBytes(one.meter),
      integerToBytes(BigInt(one.interval), 8),
      fromHex(one.commitment),
      fromHex(one.ciphertext),
    ]);
    expect(toHex(digest.sha256(hashed).subarray(0, 16))).toBe(one.challenge);
  });
});
