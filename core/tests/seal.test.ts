/** Pool entries and sealing: an entry serves once, whatever happens, and nothing of it is left. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ChoirError } from "../errors.ts";
import { bytesToInteger, power } from "../integers.ts";
import { pack } from "../paillier/packing.ts";
import { EntryMaker, entryShape, makeEntry, maskBytes } from "../paillier/pool-entry.ts";
import { holds, statement } from "../paillier/proof.ts";
import { bigIntRing } from "../paillier/ring.ts";
import { encryptOnline, seal } from "../paillier/seal.ts";
import { digest, powerOf, seededEntropy } from "./machine.ts";
import { testKey } from "./vectors.ts";

const { key, plan, keyId, table } = testKey(512);
const ring = bigIntRing(key.n);
const shape = entryShape(key.bits, plan.bits);
const context = { meter: "meter-1", interval: 7, keyId };
const plaintext = pack(plan, [12_345, 678]);
const freshEntry = (seed = 1) => makeEntry(ring, table, shape, seededEntropy(seed));
const sealWith = (entry: Uint8Array, m = plaintext) => seal(ring, shape, digest, entry, m, plan.bits, context);
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("an entry", () => {
  test("has its fields side by side, of the documented widths", () => {
    const { bytes, lo, hi, alpha, s, r, commitment, length } = shape;
    const ends = [lo, hi, alpha, s, r, commitment, length];
    const widths = ends.slice(1).map((end, i) => end - (ends[i] ?? 0));
    expect(lo).toBe(0);
    expect(widths).toEqual([bytes, bytes, key.bits / 16, key.bits / 16 + 32, maskBytes(plan.bits), 2 * bytes]);
    expect(maskBytes(plan.bits)).toBe(Math.ceil(plan.bits / 8) + 32);
  });

  test("is made of rho = h_s^alpha and A = (1+n)^r * h_s^s", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const entry = freshEntry(seed);
        const field = (from: number, to: number) => bytesToInteger(entry.subarray(from, to));
        const rho = power(key.base, field(shape.alpha, shape.s), key.nSquared);
        expect([field(shape.lo, shape.hi), field(shape.hi, shape.alpha)]).toEqual([rho % key.n, rho / key.n]);
        const mask = power(1n + key.n, field(shape.r, shape.commitment), key.nSquared);
        const nonce = power(key.base, field(shape.s, shape.r), key.nSquared);
        expect(field(shape.commitment, shape.length)).toBe((mask * nonce) % key.nSquared);
      }),
      { numRuns: 20 },
    );
  });

  test("is not begun while entropy is not seeded", () => {
    const unseeded = new ChoirError("entropy_unseeded", "entropy", "a seeded source", "none");
    const entropy = {
      fill: () => {
        throw unseeded;
      },
    };
    expect(() => new EntryMaker(ring, table, shape, entropy)).toThrow(unseeded);
  });
});

describe("sealing", () => {
  test("gives the plaintext's ciphertext with a proof that holds", () => {
    const proven = sealWith(freshEntry());
    const rho = power(key.base, bytesToInteger(freshEntry().subarray(shape.alpha, shape.s)), key.nSquared);
    expect(bytesToInteger(proven.ciphertext)).toBe((rho * power(1n + key.n, plaintext, key.nSquared)) % key.nSquared);
    const one = statement(key, plan.bits, digest, context, proven);
    expect(holds(key, powerOf(key.nSquared), one)).toBe(true);
  });

  test("zeroes the entry, and the same entry never seals again", () => {
    const entry = freshEntry();
    const { ciphertext } = sealWith(entry);
    expect(ciphertext.some((byte) => byte !== 0)).toBe(true);
    expect(entry).toEqual(new Uint8Array(shape.length));
    expect(() => sealWith(entry)).toThrow(code("pool_entry_spent"));
  });

  const spoilt: readonly (readonly [string, () => Uint8Array, bigint, string])[] = [
    ["the entry is cut short", () => freshEntry().slice(1), plaintext, "pool_entry_spent"],
    [
      "r does not hide the plaintext",
      () => freshEntry().fill(0, shape.r, shape.commitment),
      plaintext,
      "value_out_of_range",
    ],
    ["s does not hide alpha", () => freshEntry().fill(0, shape.s, shape.r), plaintext, "value_out_of_range"],
    ["the plaintext is wider than its slots", () => freshEntry(), 1n << 500n, "value_out_of_range"],
    ["the plaintext is negative", () => freshEntry(), -(1n << 90n), "value_out_of_range"],
  ];

  test.each(spoilt)("zeroes the entry when %s, and says so", (_, make, m, wanted) => {
    const entry = make();
    expect(() => sealWith(entry, m)).toThrow(code(wanted));
    expect(entry.every((byte) => byte === 0)).toBe(true);
  });

  test("zeroes the entry when the digest or the ring throws", () => {
    const fault = new Error("hardware");
    const fail = (): never => {
      throw fault;
    };
    const withDigest = freshEntry();
    expect(() => seal(ring, shape, { ...digest, sha256: fail }, withDigest, plaintext, plan.bits, context)).toThrow(
      fault,
    );
    const withRing = freshEntry();
    expect(() => seal({ ...ring, fromBytes: fail }, shape, digest, withRing, plaintext, plan.bits, context)).toThrow(
      fault,
    );
    for (const entry of [withDigest, withRing]) expect(entry).toEqual(new Uint8Array(shape.length));
  });

  test("makes a proof that is no copy of the entry's memory", () => {
    const entry = freshEntry();
    const commitment = entry.slice(shape.commitment);
    expect(sealWith(entry).commitment).toEqual(commitment);
  });

  test("adds plaintexts in products of ciphertexts: c * (1+n)^d seals m + d", () => {
    const entry = freshEntry();
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 90n }), fc.bigInt({ min: 0n, max: 2n ** 90n }), (m, d) => {
        const [c, shifted] = [m, m + d].map((one) => bytesToInteger(encryptOnline(ring, shape, entry, one)));
        expect(shifted).toBe(((c ?? 0n) * power(1n + key.n, d, key.nSquared)) % key.nSquared);
      }),
    );
  });
});
