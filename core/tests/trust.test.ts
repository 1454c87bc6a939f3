/** The two signed files, and what is checked against them: root, base, key id, plan; and the topics. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex } from "../bytes.ts";
import { deriveBase, MODULUS_BITS, publicKey } from "../paillier/public-key.ts";
import { checkBase, checkKeyId, type KeyFile, openKeyFile, signKeyFile } from "../wire/key-file.ts";
import { type Block, checkRoll, openRoll, type Roll, signRoll } from "../wire/roll.ts";
import { parseTopic, type Topic, topics } from "../wire/topics.ts";
import { digest, powerOf, signerOf, verifySignature } from "./machine.ts";
import { testKey, type WireVector, wireFile } from "./vectors.ts";

const code = (wanted: string) => expect.objectContaining({ name: "ChoirError", code: wanted });
const wire = wireFile();
const envelopeOf = (wanted: (one: WireVector) => boolean) => fromHex(wire.messages.find(wanted)?.envelope ?? "");
const seedOf = (name: string) => fromHex(wire.seeds[name]?.seed ?? "");
const root = signerOf(seedOf("root"));
const impostor = signerOf(seedOf("provider"));
const keyFileBytes = (bits: number) => envelopeOf(({ type, bits: found }) => type === "key" && found === bits);
const openTestFile = (bytes: Uint8Array): KeyFile =>
  openKeyFile(bytes, root.publicKey, verifySignature, digest, MODULUS_BITS.tests);
const file = openTestFile(keyFileBytes(512));
const roll = openRoll(
  envelopeOf(({ type }) => type === "roll"),
  root.publicKey,
  verifySignature,
  file,
);

describe("the key file", () => {
  test("counts only when the pinned root signed it", () => {
    expect(openTestFile(signKeyFile(file, root))).toEqual(file);
    expect(() => openTestFile(signKeyFile(file, impostor))).toThrow(code("signature_wrong"));
  });

  test("is refused below 2048 bits unless a test asks for less", () => {
    expect(() => openKeyFile(keyFileBytes(512), root.publicKey, verifySignature, digest)).toThrow(
      code("key_too_short"),
    );
    expect(openKeyFile(keyFileBytes(2048), root.publicKey, verifySignature, digest).key.bits).toBe(2048);
  });

  test("has its signature checked before its payload is read", () => {
    const broken = keyFileBytes(512).slice();
    broken[60] = (broken[60] ?? 0) ^ 1;
    expect(() => openTestFile(broken)).toThrow(code("signature_wrong"));
  });

  test("gets another key id for another interval length, k_min or slot layout", () => {
    const changes: readonly Partial<KeyFile>[] = [
      { intervalMs: 60_000 },
      { kMin: 3 },
      { largestGroup: 100 },
      { version: 9 },
    ];
    const ids = changes.map((change) => openTestFile(signKeyFile({ ...file, ...change }, root)).keyId);
    for (const id of ids) expect(() => checkKeyId(id, file, "reading")).toThrow(code("key_unknown"));
    expect(new Set(ids.map(String)).size).toBe(changes.length);
    checkKeyId(file.keyId.slice(), file, "reading");
  });

  test("is refused when whoever made it picked the base", () => {
    checkBase(file, digest, powerOf);
    const picked = (file.base * file.base) % file.key.nSquared;
    const other = openTestFile(signKeyFile({ ...file, base: picked }, root));
    expect(() => checkBase(other, digest, powerOf)).toThrow(code("base_wrong"));
  });
});

describe("a public key", () => {
  test("has a base that is refused where h would be trivial", () => {
    // for n = 3 the units give -x^2 = -1, and x = 0 is none
    for (let seed = 0; seed < 40; seed++) {
      expect(() => deriveBase(3n, new Uint8Array(32).fill(seed), digest, powerOf)).toThrow(code("base_wrong"));
    }
  });

  test("is odd, of a whole number of 16 bits, 512 to 8192 of them", () => {
    const { key } = testKey(512);
    expect(publicKey(key.n, key.base, 512)).toEqual(key);
    expect(() => publicKey(key.n, key.base)).toThrow(code("key_too_short"));
    expect(() => publicKey(key.n - 1n, key.base, 512)).toThrow(code("value_out_of_range"));
    expect(() => publicKey((1n << 512n) + 1n, key.base, 512)).toThrow(code("value_out_of_range"));
    expect(() => publicKey((1n << 8207n) + 1n, key.base, 512)).toThrow(code("value_out_of_range"));
    for (const base of [0n, 1n, key.n, key.nSquared, -1n]) {
      expect(() => publicKey(key.n, base, 512)).toThrow(code("value_out_of_range"));
    }
  });
});

describe("the roll", () => {
  const blockOf = (block: string, meters: number, empty = 0): Block => ({
    block,
    seats: Array.from({ length: meters + empty }, (_, i) => ({
      seat: `${block}-${i}`,
      occupant: i < meters ? { meter: `${block}-m${i}`, key: new Uint8Array(32) } : undefined,
    })),
  });
  const planOf = (blocks: readonly Block[], members: readonly string[]): Roll => ({
    version: 1,
    firstInterval: 0,
    groups: [{ group: "g", scheme: "paillier", aggregatorKey: new Uint8Array(32), feeder: undefined, blocks: members }],
    blocks,
    feeders: [],
  });

  test("counts only when the pinned root signed it", () => {
    expect(openRoll(signRoll(roll, root), root.publicKey, verifySignature, file)).toEqual(roll);
    expect(() => openRoll(signRoll(roll, impostor), root.publicKey, verifySignature, file)).toThrow(
      code("signature_wrong"),
    );
  });

  test("may have blocks of k_min meters and more, empty seats beside", () => {
    checkRoll(roll, file);
    checkRoll(planOf([blockOf("a", file.kMin, 3), blockOf("b", file.kMin + 1)], ["a", "b"]), file);
  });

  test("is refused with a block that empty seats leave below k_min, in a group or not", () => {
    const short = blockOf("b", file.kMin - 1, 5);
    for (const members of [["a", "b"], ["a"]]) {
      expect(() => checkRoll(planOf([blockOf("a", file.kMin), short], members), file)).toThrow(code("group_too_small"));
    }
  });

  test("is refused with a group without a block", () => {
    expect(() => checkRoll(planOf([blockOf("a", file.kMin)], []), file)).toThrow(code("group_too_small"));
  });

  test("is refused with a group larger than the slots were cut for", () => {
    const half = file.largestGroup / 2;
    checkRoll(planOf([blockOf("a", half), blockOf("b", half)], ["a", "b"]), file);
    const tooMany = planOf([blockOf("a", half), blockOf("b", half + 1)], ["a", "b"]);
    expect(() => checkRoll(tooMany, file)).toThrow(code("value_out_of_range"));
  });
});

test("every topic is taken apart to what it was built from", () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
  fc.assert(
    fc.property(id, id, (group, meter) => {
      const built: readonly (readonly [string, Topic])[] = [
        [topics.reading(group, meter), { kind: "reading", group, meter }],
        [topics.share(group, meter), { kind: "share", group, trustee: meter }],
        ...(["aggregate", "evidence", "feeder", "receipt", "beacon"] as const).map(
          (kind) => [topics[kind](group), { kind, group }] as const,
        ),
        ...(["status", "event", "config", "update"] as const).map(
          (kind) => [topics[kind](meter), { kind, meter }] as const,
        ),
      ];
      expect(built.length).toBe(Object.keys(topics).length);
      for (const [text, topic] of built) expect(parseTopic(text)).toEqual(topic);
    }),
  );
  expect(topics.reading("east", "m1")).toBe("choir/v1/g/east/reading/m1");
  expect(topics.status("m1")).toBe("choir/v1/m/m1/status");
});
