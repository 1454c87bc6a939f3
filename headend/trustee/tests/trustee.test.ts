/** A trustee's policy: a share for whole blocks with good evidence, again the same bytes, and for each rule that is broken its reason and no change. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bytesToInteger, integerToBytes, invert } from "../../../core/integers.ts";
import { entryShape } from "../../../core/paillier/pool-entry.ts";
import { challenge, proofWidths } from "../../../core/paillier/proof.ts";
import type { Verify } from "../../../core/ports.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { evidenceHash } from "../../../core/wire/evidence.ts";
import { decodeReading, type SealedReading } from "../../../core/wire/reading.ts";
import { topics } from "../../../core/wire/topics.ts";
import { nodeDigest, nodeVerifier } from "../../service/crypto.ts";
import { Identity, Town } from "../../service/tests/town.ts";
import { DAY_MS, KEPT_MS, RHO_KEPT_MS } from "../../service/windows.ts";
import { Chamber, type Draft } from "./chamber.ts";

const INTERVAL = 20_000;
const BLOCKS = ["g0-b0", "g0-b1"];
const town = new Town({
  groups: 2,
  trustees: ["t1", "t2", "t3"],
  unions: { tariff: ["g0-b0", "g1-b0"] },
  firstInterval: 10_000,
  lastInterval: 100_000,
});
let chamber: Chamber;

beforeEach(async () => {
  chamber = new Chamber(town);
  chamber.nowMs = town.after(INTERVAL, 15_000);
  await chamber.start();
});
afterEach(() => chamber.end());

/** The sound testimony of group g0, of which each test breaks one thing. */
function sound(): Draft {
  return chamber.draft("g0", INTERVAL, BLOCKS, chamber.readings(INTERVAL, BLOCKS).values());
}

/** The envelopes with one meter's replaced; `undefined` leaves it out. */
function replaced(meter: string, change: (reading: SealedReading) => Uint8Array | undefined): readonly Uint8Array[] {
  const { keyFile } = town;
  return [...chamber.readings(INTERVAL, BLOCKS)].flatMap(([name, bytes]) => {
    if (name !== meter) return [bytes];
    const reading = decodeReading(parseEnvelope("reading", bytes).payload, keyFile.key, keyFile.layout);
    return change(reading) ?? [];
  });
}

function drawn(envelopes: readonly Uint8Array[], change: Partial<Aggregate> = {}): Draft {
  return chamber.draft("g0", INTERVAL, BLOCKS, envelopes, change);
}

async function expectRefused(draft: Draft, reason: string, leaveOut: readonly string[]): Promise<void> {
  const before = await chamber.records();
  expect(await chamber.receive(draft)).toEqual({ kind: "refused", reason, leaveOut });
  expect(chamber.lastAnswer()).toMatchObject({ answer: { status: "refused", reason, leaveOut } });
  expect(await chamber.records()).toEqual(before);
}

describe("a sound testimony", () => {
  test("gets a share that the provider can check, of the right ciphertext", async () => {
    const draft = sound();
    expect(await chamber.receive(draft)).toEqual({ kind: "share", contributors: 6 });
    const { group, interval, part, rollVersion, trustee, keyId } = chamber.lastAnswer();
    expect({ group, interval, part, rollVersion, trustee }).toEqual({
      group: "g0",
      interval: INTERVAL,
      part: 0,
      rollVersion: 1,
      trustee: "t1",
    });
    expect(keyId).toEqual(town.keyFile.keyId);
    const meters = [...chamber.readings(INTERVAL, BLOCKS).keys()];
    const partial = await chamber.lastShare(draft, meters);
    expect(partial.value).toBeGreaterThan(0n);
    await expect(chamber.lastShare(draft, meters.slice(1))).rejects.toThrow("proof_wrong");
  });

  test("gets the same bytes again, after a restart and 7 days too", async () => {
    const message = chamber.encode(sound());
    await chamber.receive(message);
    const before = await chamber.records();
    await chamber.restart();
    chamber.nowMs = town.after(INTERVAL, KEPT_MS + 1);
    expect(await chamber.receive(message)).toEqual({ kind: "again" });
    expect(chamber.answers[1]).toEqual(chamber.answers[0]);
    expect(await chamber.records()).toEqual(before);
  });

  test("that comes many times at once gets one share", async () => {
    const message = chamber.encode(sound());
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => chamber.receive(message)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["share", "again", "again", "again", "again"]);
    expect(new Set(chamber.answers.map((answer) => Buffer.from(answer).toString("hex"))).size).toBe(1);
  });

  test("is taken in further parts and in other groups with the same envelopes of each block", async () => {
    const all = chamber.readings(INTERVAL, [...BLOCKS, "g1-b0"]);
    const of = (...blocks: readonly string[]): readonly Uint8Array[] =>
      [...all].filter(([meter]) => blocks.some((block) => meter.startsWith(block))).map(([, bytes]) => bytes);
    const drafts = [
      chamber.draft("g0", INTERVAL, BLOCKS, of(...BLOCKS)),
      chamber.draft("g0", INTERVAL, ["g0-b0"], of("g0-b0"), { part: 1 }),
      chamber.draft("tariff", INTERVAL, ["g0-b0", "g1-b0"], of("g0-b0", "g1-b0")),
    ];
    for (const draft of drafts) expect(await chamber.receive(draft)).toMatchObject({ kind: "share" });
  });

  test("has no signature checked again of a block that was co-opened for another group", async () => {
    const checked: Uint8Array[] = [];
    const verify: Verify = (key, message, signature) => {
      checked.push(message);
      return nodeVerifier()(key, message, signature);
    };
    const counting = new Chamber(town, "t1", { verify });
    counting.nowMs = chamber.nowMs;
    await counting.start();
    const all = [...counting.readings(INTERVAL, [...BLOCKS, "g1-b0"])];
    const of = (...blocks: readonly string[]): readonly Uint8Array[] =>
      all.filter(([meter]) => blocks.some((block) => meter.startsWith(block))).map(([, bytes]) => bytes);
    await counting.receive(counting.draft("g0", INTERVAL, BLOCKS, of(...BLOCKS)));
    checked.length = 0;
    const draft = counting.draft("tariff", INTERVAL, ["g0-b0", "g1-b0"], of("g0-b0", "g1-b0"));
    expect(await counting.receive(draft)).toMatchObject({ kind: "share" });
    // the aggregator's own, and those of the block that is new
    expect(checked).toHaveLength(1 + of("g1-b0").length);
    await counting.end();
  });

  test("is refused before its interval ends or when its roll is none yet, and taken once clock and roll are there", async () => {
    const draft = sound();
    chamber.nowMs = town.after(INTERVAL, -15_001);
    await expectRefused(draft, "interval_in_future", []);
    chamber.nowMs = town.after(INTERVAL, 1);
    const later = chamber.draft("g0", INTERVAL, BLOCKS, draft.envelopes, { rollVersion: 2 });
    await expectRefused(later, "roll_unknown", []);
    await chamber.restart({ ...town.roll, version: 2 });
    expect(await chamber.receive(later)).toMatchObject({ kind: "share" });
  });
});

describe("each rule, broken once, gives its reason and changes nothing:", () => {
  test.each<[string, Partial<Aggregate>, string, readonly string[]]>([
    ["a block of another group", { blocks: ["g0-b0", "g0-b1", "g1-b0"] }, "block_unknown", ["g1-b0"]],
    ["an interval of no key", { interval: 9_999 }, "key_unknown", []],
    ["another roll", { rollVersion: 2 }, "roll_unknown", []],
    ["more parts than there can be", { part: 24 }, "field_wrong", []],
    ["another product", { product: integerToBytes(4n, 2 * town.keyFile.key.bytes) }, "product_wrong", []],
    ["another interval than the readings'", { interval: INTERVAL - 1 }, "field_wrong", BLOCKS],
  ])("%s", async (_name, change, reason, leaveOut) => {
    await expectRefused(drawn(sound().envelopes, change), reason, leaveOut);
  });

  test("nothing to open", async () => {
    await expectRefused(chamber.draft("g0", INTERVAL, [], []), "nothing_to_open", []);
  });

  test("an interval more than 7 days ago", async () => {
    chamber.nowMs = town.after(INTERVAL, KEPT_MS);
    const draft = sound();
    chamber.nowMs++;
    await expectRefused(draft, "interval_closed", []);
    chamber.nowMs--;
    expect(await chamber.receive(draft)).toMatchObject({ kind: "share" });
  });

  test("a roll that was not in force yet", async () => {
    await chamber.beginWith({ ...town.roll, firstInterval: INTERVAL + 1 });
    expect(await chamber.receive(sound())).toMatchObject({ kind: "refused", reason: "roll_unknown" });
  });

  test("a second roll for an interval that was co-opened under a first", async () => {
    await chamber.receive(sound());
    await chamber.restart({ ...town.roll, version: 2 });
    const again = drawn(sound().envelopes, { rollVersion: 2, part: 1 });
    expect(await chamber.receive(again)).toMatchObject({ kind: "refused", reason: "roll_unknown" });
  });

  test("a block less one, and one less all", async () => {
    await expectRefused(drawn(replaced("g0-b1-m1", () => undefined)), "block_not_whole", ["g0-b1"]);
    const first = [...chamber.readings(INTERVAL, ["g0-b0"]).values()];
    await expectRefused(drawn(first), "block_not_whole", ["g0-b1"]);
  });

  test("a single reading as an aggregate", async () => {
    const [one] = chamber.readings(INTERVAL, ["g0-b0"]).values();
    // there is one
    const draft = chamber.draft("g0", INTERVAL, ["g0-b0"], [one as Uint8Array]);
    await expectRefused(draft, "block_not_whole", ["g0-b0"]);
  });

  test("a meter of another block, and one that the roll does not have", async () => {
    const [stray = new Uint8Array(0)] = chamber.readings(INTERVAL, ["g1-b0"]).values();
    await expectRefused(drawn([...sound().envelopes, stray]), "member_unknown", []);
    const alien = town.message(town.sealed("nobody", INTERVAL, [1, 1]), new Identity().signer);
    await expectRefused(drawn([...sound().envelopes, alien]), "member_unknown", []);
  });

  test("an empty seat's meter of before", async () => {
    const [b0, ...others] = town.roll.blocks;
    if (b0 === undefined) throw new Error("no block");
    const seats = b0.seats.map((seat, i) => (i === 0 ? { ...seat, occupant: undefined } : seat));
    await chamber.beginWith({ ...town.roll, blocks: [{ ...b0, seats }, ...others] });
    const draft = chamber.draft("g0", INTERVAL, ["g0-b0"], chamber.readings(INTERVAL, ["g0-b0"]).values());
    // it has no seat, and the two that are left are below k_min
    expect(await chamber.receive(draft)).toEqual({ kind: "refused", reason: "member_unknown", leaveOut: [] });
    const two = chamber.draft("g0", INTERVAL, ["g0-b0"], [...chamber.readings(INTERVAL, ["g0-b0"]).values()].slice(1));
    expect(await chamber.receive(two)).toEqual({ kind: "refused", reason: "group_too_small", leaveOut: [] });
  });

  test("two readings of one meter", async () => {
    await expectRefused(drawn([...sound().envelopes, town.reading("g0-b1-m0", INTERVAL, 1, 1)]), "sealed_twice", [
      "g0-b1",
    ]);
  });

  test("bytes that are no reading", async () => {
    await expectRefused(drawn(replaced("g0-b0-m0", () => Uint8Array.of(0xd2))), "field_wrong", ["g0-b0"]);
  });

  test("another key's reading, and another interval's", async () => {
    const other = (change: Partial<SealedReading>) => (reading: SealedReading) =>
      town.message({ ...reading, ...change });
    await expectRefused(drawn(replaced("g0-b0-m0", other({ keyId: new Uint8Array(16) }))), "key_unknown", ["g0-b0"]);
    await expectRefused(drawn(replaced("g0-b0-m0", other({ interval: INTERVAL - 1 }))), "field_wrong", ["g0-b0"]);
  });

  test("a signature that is not the meter's", async () => {
    const forged = replaced("g0-b1-m2", (reading) => town.message(reading, new Identity().signer));
    await expectRefused(drawn(forged), "signature_wrong", ["g0-b1"]);
  });

  test("a proof that does not hold, and another meter's ciphertext as one's own", async () => {
    const bent = replaced("g0-b0-m1", (reading) =>
      town.message({ ...reading, z1: reading.z1.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) }),
    );
    await expectRefused(drawn(bent), "proof_wrong", ["g0-b0"]);
    const stolen = town.sealed("g0-b0-m0", INTERVAL, [1, 1]);
    await expectRefused(
      drawn(replaced("g0-b0-m1", () => town.message({ ...stolen, meter: "g0-b0-m1" }))),
      "proof_wrong",
      ["g0-b0"],
    );
  });

  test("a ciphertext out of range", async () => {
    const { n, nSquared, bytes } = town.keyFile.key;
    for (const c of [0n, n, nSquared]) {
      const wild = replaced("g0-b0-m1", (reading) =>
        town.message({ ...reading, ciphertext: integerToBytes(c, 2 * bytes) }),
      );
      const product = integerToBytes(1n, 2 * bytes);
      await expectRefused(drawn(wild, { product }), "ciphertext_out_of_range", ["g0-b0"]);
    }
  });

  test("several blocks at fault: one refusal names them all", async () => {
    const bad = replaced("g0-b0-m0", (reading) => town.message(reading, new Identity().signer));
    const less = bad.filter((_, i) => i !== 5);
    await expectRefused(drawn(less), "block_not_whole", BLOCKS);
  });

  test("a block with other envelopes than before, whole too, in this group or another", async () => {
    await chamber.receive(sound());
    const resealed = chamber.readings(INTERVAL, ["g0-b0"]).values();
    await expectRefused(chamber.draft("g0", INTERVAL, ["g0-b0"], resealed, { part: 1 }), "sealed_twice", ["g0-b0"]);
    const union = chamber.readings(INTERVAL, ["g0-b0", "g1-b0"]).values();
    await expectRefused(chamber.draft("tariff", INTERVAL, ["g0-b0", "g1-b0"], union), "sealed_twice", ["g0-b0"]);
  });

  test("another aggregate for a part that was co-opened", async () => {
    const draft = sound();
    await chamber.receive(draft);
    await expectRefused(
      drawn(draft.envelopes, { leftOut: [{ block: "x", reason: "missing", meters: [] }] }),
      "sealed_twice",
      [],
    );
  });

  test("a randomiser of another reading, within a testimony and for 30 days", async () => {
    const repeating = (interval: number) => {
      const entry = town.entry();
      const [a, b] = [entry.slice(), entry];
      return [
        town.message(town.sealed("g0-b0-m0", interval, [5, 5], a)),
        town.message(town.sealed("g0-b1-m0", INTERVAL, [6, 6], b)),
      ] as const;
    };
    const [one, two] = repeating(INTERVAL);
    const both = replaced("g0-b0-m0", () => one).map((bytes, i) => (i === 3 ? two : bytes));
    await expectRefused(drawn(both), "rho_repeated", ["g0-b1"]);

    const [earlier, later] = repeating(INTERVAL - 1);
    const before = [...chamber.readings(INTERVAL - 1, ["g0-b0"]).values()].map((bytes, i) =>
      i === 0 ? earlier : bytes,
    );
    expect(await chamber.receive(chamber.draft("g0", INTERVAL - 1, ["g0-b0"], before))).toMatchObject({
      kind: "share",
    });
    const now = drawn(sound().envelopes.map((bytes, i) => (i === 3 ? later : bytes)));
    await expectRefused(now, "rho_repeated", ["g0-b1"]);
  });

  test("a product that shares a factor with n, though its proofs hold", async () => {
    // only who knows a factor can make one: c and A are 0 mod p^2, where the proof then says 0 = 0, and sealed mod q^2
    const { key } = town.keyFile;
    const [pp, qq] = town.secret.use((p, q) => [p * p, q * q]);
    const vanishing = (bytes: Uint8Array): Uint8Array =>
      integerToBytes((bytesToInteger(bytes) * pp * invert(pp, qq)) % key.nSquared, 2 * key.bytes);
    const entry = town.entry();
    const shape = entryShape(key.bits, town.keyFile.layout.bits);
    const [rho, commitment] = [entry.slice(0, shape.alpha), entry.slice(shape.commitment)];
    const c = vanishing(
      integerToBytes(
        bytesToInteger(rho.slice(0, key.bytes)) + key.n * bytesToInteger(rho.slice(key.bytes)),
        2 * key.bytes,
      ),
    );
    const a = vanishing(commitment);
    const context = { meter: "g0-b0-m1", interval: INTERVAL, keyId: town.keyFile.keyId };
    const e = challenge(nodeDigest, context, a, c);
    const nonce = (from: number, to: number): bigint => bytesToInteger(entry.slice(from, to));
    const widths = proofWidths(key.bits, town.keyFile.layout.bits);
    const reading = {
      ...context,
      ciphertext: c,
      commitment: a,
      // the plaintext is 0
      z1: integerToBytes(nonce(shape.r, shape.commitment), widths.z1),
      z2: integerToBytes(nonce(shape.s, shape.r) - e * nonce(shape.alpha, shape.s), widths.z2),
    };
    await expectRefused(drawn(replaced("g0-b0-m1", () => town.message(reading))), "ciphertext_out_of_range", []);
  });
});

describe("what is no aggregator's word", () => {
  test("is not answered, and changes nothing", async () => {
    const draft = sound();
    const good = chamber.encode(draft);
    const before = await chamber.records();
    const strangers: readonly (readonly [Uint8Array, string, string])[] = [
      [good, topics.evidence("g1"), "signature_wrong"],
      [good, topics.evidence("nowhere"), "field_wrong"],
      [good, topics.aggregate("g0"), "field_wrong"],
      [good.slice(0, -1), topics.evidence("g0"), "cbor_malformed"],
      [new Uint8Array(100_000), topics.evidence("g0"), "length_wrong"],
      [chamber.encode(draft, new Identity().signer), topics.evidence("g0"), "signature_wrong"],
      [
        chamber.encode(chamber.draft("g1", INTERVAL, BLOCKS, draft.envelopes), town.aggregator("g0")),
        topics.evidence("g0"),
        "field_wrong",
      ],
      [chamber.encode(drawn(draft.envelopes, { keyId: new Uint8Array(16) })), topics.evidence("g0"), "key_unknown"],
      [
        chamber.encode(drawn(draft.envelopes, { evidenceHash: evidenceHash([], nodeDigest) })),
        topics.evidence("g0"),
        "field_wrong",
      ],
    ];
    for (const [bytes, topic, code] of strangers) {
      expect([code, await chamber.receive(bytes, topic)]).toEqual([code, { kind: "ignored", code }]);
    }
    expect(chamber.answers).toEqual([]);
    expect(await chamber.records()).toEqual(before);
  });
});

describe("a ledger restored from an old backup", () => {
  test("opens nothing finer than a block: whole blocks again, and none less one", async () => {
    const draft = sound();
    await chamber.forgetting(async () => {
      expect(await chamber.receive(draft)).toMatchObject({ kind: "share" });
    });
    await expectRefused(drawn(draft.envelopes.slice(1)), "block_not_whole", ["g0-b0"]);
    // honest meters sealed once: the blocks are the same ciphertexts in whatever union
    const alone = chamber.draft("g0", INTERVAL, ["g0-b0"], draft.envelopes.slice(0, 3));
    expect(await chamber.receive(alone)).toMatchObject({ kind: "share" });
  });

  test("does forget that a false meter sealed twice: what differs between the two sums is that meter's own", async () => {
    const draft = sound();
    await chamber.forgetting(async () => {
      await chamber.receive(draft);
    });
    const second = town.reading("g0-b0-m0", INTERVAL, 7, 7);
    const resealed = drawn([second, ...draft.envelopes.slice(1)], { part: 1 });
    expect(await chamber.receive(resealed)).toMatchObject({ kind: "share" });
    expect(resealed.envelopes.slice(1)).toEqual(draft.envelopes.slice(1));
  });
});

describe("forgetting", () => {
  test("envelopes' records go after 7 days, randomisers after 30, the audit stays", async () => {
    await chamber.receive(sound());
    const kinds = async (): Promise<readonly string[]> =>
      [...new Set([...(await chamber.records()).keys()].map((key) => key.split("/")[0] ?? ""))].sort();
    const always = ["adopted roll", "audit", "begun", "format", "trust"];
    const sorted = (...kind: readonly string[]): readonly string[] => [...always, ...kind].sort();
    expect(await kinds()).toEqual(sorted("answer", "block", "rho", "rhos", "roll"));
    await chamber.ledger.prune(INTERVAL, INTERVAL);
    expect(await kinds()).toHaveLength(10);
    await chamber.ledger.prune(INTERVAL + 1, INTERVAL);
    expect(await kinds()).toEqual(sorted("rho", "rhos"));
    await chamber.ledger.prune(INTERVAL + 1, INTERVAL + 1);
    expect(await kinds()).toEqual(always);
    expect(RHO_KEPT_MS - KEPT_MS).toBe(30 * DAY_MS);
  });
});
