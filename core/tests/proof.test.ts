/** The proof of plaintext: bound to meter, interval and key, useless to whoever folds in other homes' ciphertexts, and checked alike alone and in batches. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bytesToInteger, integerToBytes, invert, power } from "../integers.ts";
import { batchHolds, failures } from "../paillier/batch.ts";
import { pack } from "../paillier/packing.ts";
import { entryShape, makeEntry } from "../paillier/pool-entry.ts";
import {
  holds,
  type ProofContext,
  type ProvenCiphertext,
  proofWidths,
  type Statement,
  statement,
} from "../paillier/proof.ts";
import { bigIntRing } from "../paillier/ring.ts";
import { seal } from "../paillier/seal.ts";
import { digest, powerOf, seededEntropy } from "./machine.ts";
import { testKey } from "./vectors.ts";

const { key, plan, keyId, table } = testKey(512);
const { n, nSquared } = key;
const ring = bigIntRing(n);
const powerMod = powerOf(nSquared);
const shape = entryShape(key.bits, plan.bits);
const bytes = (c: bigint) => integerToBytes(c, 2 * key.bytes);

const contextOf = (meter: string, interval = 9): ProofContext => ({ meter, interval, keyId });
const sealAs = (context: ProofContext, seed: number): ProvenCiphertext =>
  seal(
    ring,
    shape,
    digest,
    makeEntry(ring, table, shape, seededEntropy(seed)),
    pack(plan, [seed, 1]),
    plan.bits,
    context,
  );
const read = (context: ProofContext, proven: ProvenCiphertext) => statement(key, plan.bits, digest, context, proven);
const accepted = (context: ProofContext, proven: ProvenCiphertext) => holds(key, powerMod, read(context, proven));

const mine = contextOf("meter-1");
const proven = sealAs(mine, 100);

describe("a proof", () => {
  test("holds for its own meter, interval and key, and for no other", () => {
    const otherKey = keyId.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
    expect(accepted(mine, proven)).toBe(true);
    for (const other of [
      contextOf("meter-2"),
      contextOf("meter-10"),
      contextOf("meter-1", 10),
      { ...mine, keyId: otherKey },
    ]) {
      expect(accepted(other, proven)).toBe(false);
    }
  });

  test("holds no more when any bit of c, A, z1 or z2 is turned", () => {
    const parts = ["ciphertext", "commitment", "z1", "z2"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), (part, position) => {
        const changed = { ...proven, [part]: proven[part].slice() };
        const bit = position % (8 * changed[part].length);
        changed[part][bit >> 3] = (changed[part][bit >> 3] ?? 0) ^ (1 << (bit & 7));
        let verdict = false;
        try {
          verdict = accepted(mine, changed);
        } catch (error) {
          expect(error).toMatchObject({ code: "ciphertext_out_of_range" });
        }
        expect(verdict).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("is refused at any other width", () => {
    for (const part of ["ciphertext", "commitment", "z1", "z2"] as const) {
      for (const wrong of [proven[part].slice(1), new Uint8Array([0, ...proven[part]]), new Uint8Array(0)]) {
        const refused = expect.objectContaining({ code: "length_wrong", subject: expect.stringContaining(part) });
        expect(() => read(mine, { ...proven, [part]: wrong })).toThrow(refused);
      }
    }
    expect([proven.z1.length, proven.z2.length]).toEqual(Object.values(proofWidths(key.bits, plan.bits)));
  });

  test("is refused for c or A that is 0, a multiple of n, or n^2 and above", () => {
    const largest = (1n << BigInt(2 * key.bits)) - 1n;
    for (const part of ["ciphertext", "commitment"] as const) {
      for (const wrong of [0n, n, n * (n - 1n), nSquared, largest]) {
        const refused = expect.objectContaining({ code: "ciphertext_out_of_range" });
        expect(() => read(mine, { ...proven, [part]: bytes(wrong) })).toThrow(refused);
      }
    }
  });
});

describe("whoever folds another home's old ciphertext into his own reading", () => {
  const victim = sealAs(contextOf("victim", 3), 4711);
  const own = sealAs(mine, 5);
  const shift = 1n << 61n;
  const folded = power(bytesToInteger(victim.ciphertext), shift, nSquared);
  const together = (bytesToInteger(own.ciphertext) * folded) % nSquared;
  /** The width that z has on the wire cannot hold a z that was scaled with the ciphertext; he cuts it off. */
  const scaled = (z: Uint8Array) => integerToBytes((bytesToInteger(z) * shift) % 256n ** BigInt(z.length), z.length);
  const commitments = [
    own.commitment,
    victim.commitment,
    bytes((bytesToInteger(own.commitment) * power(bytesToInteger(victim.commitment), shift, nSquared)) % nSquared),
  ];

  test.each([
    ["the victim's ciphertext as it is", bytesToInteger(victim.ciphertext)],
    ["the victim's ciphertext shifted", folded],
    ["his own times the victim's shifted", together],
    [
      "the victim's under another randomiser",
      (bytesToInteger(victim.ciphertext) * power(key.base, 77n, nSquared)) % nSquared,
    ],
    ["the victim's plus one", (bytesToInteger(victim.ciphertext) * (1n + n)) % nSquared],
  ])("has no proof for %s", (_, c) => {
    const ciphertext = bytes(c);
    for (const commitment of commitments) {
      for (const z1 of [own.z1, victim.z1, scaled(victim.z1), new Uint8Array(own.z1.length)]) {
        for (const z2 of [own.z2, victim.z2, scaled(victim.z2), new Uint8Array(own.z2.length)]) {
          expect(accepted(mine, { ciphertext, commitment, z1, z2 })).toBe(false);
          // the A that fits these z1 and z2 under the challenge of another A; the challenge changes with it
          const { e } = read(mine, { ciphertext, commitment, z1, z2 });
          const maskPart = 1n + n * (bytesToInteger(z1) % n);
          const fitting =
            (((maskPart * power(key.base, bytesToInteger(z2), nSquared)) % nSquared) * power(c, e, nSquared)) %
            nSquared;
          expect(accepted(mine, { ciphertext, commitment: bytes(fitting), z1, z2 })).toBe(false);
        }
      }
    }
  });
});

describe("a batch", () => {
  const meters = Array.from({ length: 24 }, (_, i) => contextOf(`home-${i}`));
  const good = meters.map((context, i) => read(context, sealAs(context, 1000 + i)));
  const minusA = (one: Statement): Statement => ({ ...one, a: nSquared - one.a });
  const spoil: readonly ((one: Statement) => Statement)[] = [
    (one) => ({ ...one, z1: one.z1 + 1n }),
    (one) => ({ ...one, z2: one.z2 ^ 1n }),
    (one) => ({ ...one, e: one.e ^ 1n }),
    (one) => ({ ...one, c: (one.c * (1n + n)) % nSquared }),
    (one) => ({ ...one, a: (one.a * key.base) % nSquared }),
    (one) => ({ ...one, a: ((-one.a * key.base) % nSquared) + nSquared }),
  ];

  test("of good proofs has no failures, whatever its size", () => {
    for (let size = 0; size <= good.length; size++) {
      expect(failures(key, powerMod, seededEntropy(size), good.slice(0, size))).toEqual([]);
    }
  });

  test("names exactly those that fail alone", () => {
    const fate = fc.array(fc.integer({ min: -8, max: spoil.length }), { minLength: 1, maxLength: good.length });
    fc.assert(
      fc.property(fate, fc.nat(), (fates, seed) => {
        const statements = fates.map((kind, i) => {
          const one = good[i] as Statement;
          return kind === spoil.length ? minusA(one) : (spoil[kind]?.(one) ?? one);
        });
        const alone = statements.flatMap((one, i) => (holds(key, powerMod, one) ? [] : [i]));
        expect(alone).toEqual(fates.flatMap((kind, i) => (spoil[kind] === undefined ? [] : [i])));
        expect(failures(key, powerMod, seededEntropy(seed), statements)).toEqual(alone);
      }),
      { numRuns: 15 },
    );
  });

  test("takes -A for A as a single check does, so that none can split the two", () => {
    const flipped = good.slice(0, 3).map((one, i) => (i === 1 ? minusA(one) : one));
    expect(flipped.map((one) => holds(key, powerMod, one))).toEqual([true, true, true]);
    for (let seed = 0; seed < 8; seed++) {
      expect(batchHolds(key, powerMod, seededEntropy(seed), flipped)).toBe(true);
      expect(failures(key, powerMod, seededEntropy(seed), flipped)).toEqual([]);
    }
  });

  test("is not deceived by faults that cancel each other", () => {
    const [first, second, ...rest] = good as [Statement, Statement, ...Statement[]];
    const factor = power(key.base, 12_345n, nSquared);
    const pair = [
      { ...first, a: (first.a * factor) % nSquared },
      { ...second, a: (second.a * invert(factor, nSquared)) % nSquared },
    ];
    const shifted = [
      { ...first, z1: first.z1 + 5n },
      { ...second, z1: second.z1 - 5n },
    ];
    for (const cheats of [pair, shifted]) {
      expect(batchHolds(key, powerMod, seededEntropy(3), [...cheats, ...rest])).toBe(false);
      expect(failures(key, powerMod, seededEntropy(3), [...cheats, ...rest])).toEqual([0, 1]);
    }
  });

  test("draws its 128-bit weights anew for every check", () => {
    const drawn: number[] = [];
    const entropy = seededEntropy(1);
    const counting = {
      fill: (target: Uint8Array) => {
        drawn.push(target.length);
        entropy.fill(target);
      },
    };
    const bad = { ...(good[0] as Statement), z1: 0n };
    failures(key, powerMod, counting, [bad, ...good.slice(1, 4)]);
    expect(drawn).toEqual([4 * 16, 2 * 16, 2 * 16]);
  });
});
