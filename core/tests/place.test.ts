/** A meter's place in a roll, found without the roll in memory, against the roll as it is decoded; and items that stand twice. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { asciiBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { encodeCbor } from "../wire/cbor.ts";
import { parseEnvelope } from "../wire/envelope.ts";
import { type KeyFile, openKeyFile } from "../wire/key-file.ts";
import { placeInRoll, placeOf } from "../wire/place.ts";
import { ItemPlaces } from "../wire/repeated.ts";
import { checkRoll, decodeRoll, type Roll, signRoll } from "../wire/roll.ts";
import { decoderOf } from "./decoders.ts";
import { digest, signerOf, verifySignature } from "./machine.ts";
import { messageCases } from "./message-cases.ts";
import { wireFile } from "./vectors.ts";

const root = signerOf(digest.sha256(asciiBytes("root")));
const seedRoot = wireFile().seeds["root"];
const file = openTestFile();

function openTestFile(): KeyFile {
  const message = wireFile().messages.find(({ type, bits }) => type === "key" && bits === 512);
  const bytes = Uint8Array.from(Buffer.from(message?.envelope ?? "", "hex"));
  const key = Uint8Array.from(Buffer.from(seedRoot?.public ?? "", "hex"));
  return openKeyFile(bytes, key, verifySignature, digest, 512);
}

const payloadOf = (roll: Roll): Uint8Array => parseEnvelope("roll", signRoll(roll, root)).payload;

/** The code of a refusal; what was returned where there is none. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof ChoirError) return error.code;
    throw error;
  }
}

/** Rolls of all shapes, some against the rules: blocks too small, groups too large or without blocks, meters without a group. */
const roll: fc.Arbitrary<Roll> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
    groups: fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }), { maxLength: 4 }),
    feeders: fc.integer({ min: 0, max: 3 }),
    empty: fc.integer({ min: 2, max: 9 }),
  })
  .map(({ sizes, groups, feeders, empty }) => {
    const key = (name: string): Uint8Array => digest.sha256(asciiBytes(name));
    const blocks = sizes.map((size, b) => ({
      block: `b${b}`,
      seats: Array.from({ length: size }, (_, s) => ({
        seat: `s-${b}-${s}`,
        occupant: (b + s) % empty === 0 ? undefined : { meter: `m-${b}-${s}`, key: key(`${b}-${s}`) },
      })),
    }));
    return {
      version: 3,
      firstInterval: 7,
      blocks,
      groups: groups.map((members, g) => ({
        group: `g${g}`,
        scheme: "paillier",
        aggregatorKey: key(`g${g}`),
        feeder: g < feeders ? `f${g}` : undefined,
        blocks: [...new Set(members.map((b) => `b${b}`))]
          .filter((one) => blocks.some(({ block }) => block === one))
          .sort(),
      })),
      feeders: Array.from({ length: feeders }, (_, f) => ({ feeder: `f${f}`, key: key(`f${f}`) })),
    };
  });

describe("a meter's place in a roll's payload", () => {
  test("is that in the decoded roll, or refused with the same code, for every meter and feeder and for a stranger", () => {
    // small blocks pass, so that both outcomes are frequent
    const rules = { ...file, kMin: 2, largestGroup: 12 };
    fc.assert(
      fc.property(roll, (one) => {
        const payload = payloadOf(one);
        const meters = one.blocks.flatMap(({ seats }) => seats.flatMap(({ occupant }) => occupant?.meter ?? []));
        for (const role of ["home", "feeder"] as const) {
          for (const meter of [...meters, ...one.feeders.map(({ feeder }) => feeder), "stranger"]) {
            const expected = outcome(() => {
              const decoded = decodeRoll(payload);
              checkRoll(decoded, rules);
              const { version, firstInterval } = decoded;
              return { roll: { version, firstInterval }, place: placeOf(decoded, role, meter) };
            });
            expect(outcome(() => placeInRoll(payload, rules, role, meter))).toEqual(expected);
          }
        }
      }),
    );
  });

  test("is refused for every fault of a roll with that fault's code", () => {
    const faults = messageCases.filter(([decoder]) => decoder === "roll");
    expect(faults.length).toBeGreaterThan(20);
    for (const [, code, , bytes] of faults) {
      expect(outcome(() => placeInRoll(bytes, file, "home", "m"))).toBe(code);
      expect(outcome(() => decoderOf("roll").again(bytes))).toBe(code);
    }
  });

  test("is not looked for in a roll that is nested too deep, however deep", () => {
    for (const depth of [9, 100_000]) {
      const nested = new Uint8Array(depth + 1).fill(0x81);
      nested[depth] = 0x80;
      expect(outcome(() => placeInRoll(nested, file, "home", "m"))).toBe("cbor_malformed");
    }
  });
});

describe("items that stand twice", () => {
  const item = fc.oneof(
    fc.stringMatching(/^[a-z]{0,40}$/),
    fc.constantFrom("a", "b", "ab"),
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(new Uint8Array(32), new Uint8Array(33)),
  );

  test("are found wherever they stand, and nothing else is", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        const message = encodeCbor(items);
        const places = new ItemPlaces(message);
        let at = items.length < 24 ? 1 : 2;
        for (const one of items) {
          places.add(at);
          at += encodeCbor(one).length;
        }
        const different = new Set(items.map((one) => Buffer.from(encodeCbor(one)).toString("hex"))).size;
        expect(places.haveEqualItems()).toBe(different < items.length);
      }),
      { numRuns: 500 },
    );
  });
});
