/** Closing intervals: whole blocks only, late ones later, each once, whatever restarts; bad proofs found and named. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bytesToInteger, integerToBytes } from "../../../core/integers.ts";
import { product } from "../../../core/paillier/ciphertext.ts";
import { unpack } from "../../../core/paillier/packing.ts";
import { Opener } from "../../../core/secret/opener.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { evidenceHash } from "../../../core/wire/evidence.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import { nodeDigest } from "../../service/crypto.ts";
import { openSslPower } from "../../service/power.ts";
import { Town } from "../../service/tests/town.ts";
import { KEPT_MS } from "../../service/windows.ts";
import { Workshop } from "./workshop.ts";

const INTERVAL = 20_000;
const town = new Town({ blocksPerGroup: 3, intervalMs: 900_000 });
const opener = new Opener(town.secret, openSslPower);
let shop: Workshop;

/** The instant of the first aggregate, and of a part for a block that became whole at `ms` after it. */
const CLOSE_MS = 225_000;
const LATE_MS = 112_500;

beforeEach(async () => {
  shop = new Workshop(town);
  await shop.start(town.after(INTERVAL - 1, 2 * CLOSE_MS));
});

afterEach(() => shop.end());

/** The import sum of a part. */
function sum(aggregate: Aggregate | undefined): bigint {
  if (aggregate?.product === undefined) return 0n;
  const contributors = 3 * aggregate.blocks.length;
  return unpack(town.keyFile.layout, opener.open(bytesToInteger(aggregate.product)), contributors).sums[0] as bigint;
}

const summary = ({ interval, part, blocks, leftOut }: Aggregate): object => ({ interval, part, blocks, leftOut });

describe("closing", () => {
  test("sends the product of all whole blocks, with the hash of their envelopes, at end + grace and not before", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    const messages = [...(await shop.report(INTERVAL, 7)).values()];
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS - 1));
    expect(shop.aggregates()).toEqual([]);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    const [aggregate, ...more] = shop.aggregates();
    expect(more).toEqual([]);
    const { key, layout, keyId } = town.keyFile;
    const ciphertexts = messages.map((message) =>
      bytesToInteger(decodeReading(parseEnvelope("reading", message).payload, key, layout).ciphertext),
    );
    expect(bytesToInteger(aggregate?.product ?? new Uint8Array(0))).toBe(product(ciphertexts, key));
    expect(aggregate).toMatchObject({
      group: "g0",
      interval: INTERVAL,
      part: 0,
      rollVersion: 1,
      keyId,
      blocks: ["g0-b0", "g0-b1", "g0-b2"],
      leftOut: [],
      evidenceHash: evidenceHash(messages, nodeDigest),
    });
    expect(sum(aggregate)).toBe(63n);
  });

  test("sends a first aggregate for every interval, also where no block is whole", async () => {
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS));
    const all = (block: string): object => ({
      block,
      reason: "missing",
      meters: [`${block}-m0`, `${block}-m1`, `${block}-m2`],
    });
    const leftOut = ["g0-b0", "g0-b1", "g0-b2"].map(all);
    expect(shop.aggregates().map(summary)).toEqual([
      { interval: INTERVAL, part: 0, blocks: [], leftOut },
      { interval: INTERVAL + 1, part: 0, blocks: [], leftOut },
    ]);
    expect(shop.aggregates()[0]?.product).toBeUndefined();
  });

  test("sums blocks that become whole later in one later part, each block once", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7, ["g0-b0-m0", "g0-b1-m0"]);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    const skip = shop.published.length;
    await shop.send("g0-b0-m0", town.reading("g0-b0-m0", INTERVAL, 100, 0));
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS + LATE_MS - 1));
    await shop.send("g0-b1-m0", town.reading("g0-b1-m0", INTERVAL, 1000, 0));
    expect(shop.published).toHaveLength(skip);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS + LATE_MS));
    const late = shop.aggregates().slice(skip);
    expect(late.map(summary)).toEqual([{ interval: INTERVAL, part: 1, blocks: ["g0-b0", "g0-b1"], leftOut: [] }]);
    expect(sum(late[0])).toBe(1128n);
  });

  test("leaves a block with a bad proof out, names the meter among many, and discards the reading for good", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    const liar = "g0-b1-m1";
    await shop.report(INTERVAL, 7, [liar]);
    // another home's old ciphertext under the liar's own name and signature
    const stolen = town.sealed("g0-b0-m0", INTERVAL - 5, [4242, 0]);
    const lie = town.message({ ...stolen, meter: liar, interval: INTERVAL });
    await shop.send(liar, lie);
    expect(await shop.judged("accepted")).toBe(9);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    const aggregate = shop.aggregates().at(-1);
    expect(aggregate).toMatchObject({
      blocks: ["g0-b0", "g0-b2"],
      leftOut: [{ block: "g0-b1", reason: "proof", meters: [liar] }],
    });
    expect(sum(aggregate)).toBe(42n);
    expect(await shop.alarms("proof_wrong")).toBe(1);
    expect(shop.ledger.reading(INTERVAL, "g0-b1-s1")).toHaveProperty("id");
    const sent = shop.published.length;
    await shop.send(liar, lie);
    expect(await shop.judged("proof_wrong")).toBe(1);
    await shop.send(liar, town.reading(liar, INTERVAL, 7, 0));
    expect(await shop.judged("sealed_twice")).toBe(1);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS + 3 * LATE_MS));
    const later = shop.aggregates().slice(sent);
    expect(later.filter(({ interval, part }) => interval === INTERVAL && part > 0)).toEqual([]);
  });

  test("leaves a block out whose meter's proof is out of range, and sums the others", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    const liar = "g0-b0-m2";
    await shop.report(INTERVAL, 7, [liar]);
    const { n, bytes } = town.keyFile.key;
    const sealed = town.sealed(liar, INTERVAL, [7, 0]);
    await shop.send(liar, town.message({ ...sealed, commitment: integerToBytes(5n * n, 2 * bytes) }));
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    expect(shop.aggregates().at(-1)).toMatchObject({
      blocks: ["g0-b1", "g0-b2"],
      leftOut: [{ block: "g0-b0", reason: "proof", meters: [liar] }],
    });
  });

  test("leaves a block out whose meter sealed twice; once counted, a second sealing is an alarm alone", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7);
    await shop.send("g0-b2-m0", town.reading("g0-b2-m0", INTERVAL, 8, 0));
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    const twice = [{ block: "g0-b2", reason: "sealed_twice", meters: ["g0-b2-m0"] }];
    expect(shop.aggregates().at(-1)).toMatchObject({ blocks: ["g0-b0", "g0-b1"], leftOut: twice });
    await shop.send("g0-b0-m0", town.reading("g0-b0-m0", INTERVAL, 8, 0));
    expect(await shop.alarms("sealed_twice")).toBe(2);
    expect(shop.ledger.block(INTERVAL, "g0-b0").marks).toEqual([]);
  });

  test("makes what is overdue at once after a restart, late blocks too, and sends again what has no receipt", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7, ["g0-b0-m0"]);
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.send("g0-b0-m0", town.reading("g0-b0-m0", INTERVAL, 100, 0));
    await shop.report(INTERVAL + 1, 9);
    await shop.stop();
    const before = shop.published.splice(0);
    await shop.start(town.after(INTERVAL + 2, 1));
    expect(shop.published[0]).toEqual(before[0]);
    expect(shop.aggregates().map(summary)).toEqual([
      { interval: INTERVAL, part: 0, blocks: ["g0-b1", "g0-b2"], leftOut: expect.anything() },
      { interval: INTERVAL + 1, part: 0, blocks: ["g0-b0", "g0-b1", "g0-b2"], leftOut: [] },
      { interval: INTERVAL, part: 1, blocks: ["g0-b0"], leftOut: [] },
    ]);
    expect(shop.aggregates().map(sum)).toEqual([42n, 81n, 114n]);
  });

  test("sends again without a receipt, in the same bytes, and no more after one", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    shop.published.splice(0, shop.published.length - 1);
    await shop.clock.stepTo(town.after(INTERVAL, 2 * CLOSE_MS));
    expect(shop.published).toHaveLength(2);
    expect(shop.published[1]).toEqual(shop.published[0]);
    await shop.receipt(INTERVAL, 0, "opened", ["g0-b0", "g0-b1", "g0-b2"]);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS - 1));
    expect(shop.published).toHaveLength(2);
  });

  test("shows a counted part once more when a meter that missed the receipt sends again", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    const messages = await shop.report(INTERVAL, 7);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    await shop.receipt(INTERVAL, 0, "opened", ["g0-b0", "g0-b1", "g0-b2"]);
    const sealed = shop.published.at(-1);
    shop.published.splice(0);
    for (const meter of ["g0-b0-m0", "g0-b1-m0"]) await shop.send(meter, messages.get(meter) ?? new Uint8Array(0));
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS + LATE_MS));
    expect(shop.published).toEqual([sealed]);
    expect(await shop.judged("duplicate")).toBe(2);
  });

  test("erases envelopes once their block is opened, and everything but randomisers after 7 days", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7, ["g0-b2-m0"]);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    await shop.receipt(INTERVAL, 0, "refused", []);
    expect(shop.ledger.reading(INTERVAL, "g0-b0-s0")).toHaveProperty("envelope");
    await shop.stop();
    await shop.start(town.after(INTERVAL, CLOSE_MS + 1));
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL + 1, 7, ["g0-b2-m0"]);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS));
    await shop.receipt(INTERVAL + 1, 0, "opened", ["g0-b0", "g0-b1"]);
    for (const seat of ["g0-b0-s0", "g0-b1-s2"]) expect(shop.ledger.reading(INTERVAL + 1, seat)).toHaveProperty("id");
    expect(shop.ledger.reading(INTERVAL + 1, "g0-b2-s1")).toHaveProperty("envelope");
    await shop.stop();
    await shop.start(town.after(INTERVAL + 1, KEPT_MS + CLOSE_MS + town.options.intervalMs));
    expect(shop.ledger.reading(INTERVAL, "g0-b0-s0")).toBeUndefined();
    expect(shop.ledger.reading(INTERVAL + 1, "g0-b2-s1")).toBeUndefined();
    expect(shop.ledger.part(INTERVAL + 1, 0)).toBeUndefined();
  });

  test("believes receipts of the provider alone, for the very blocks of the part", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    await shop.receipt(INTERVAL, 0, "opened", ["g0-b0"]);
    await shop.receipt(INTERVAL, 1, "opened", ["g0-b0"]);
    Object.assign(town.keyFile, { providerKey: town.aggregator("g0").publicKey });
    await shop.receipt(INTERVAL, 0, "opened", ["g0-b0", "g0-b1", "g0-b2"]);
    Object.assign(town.keyFile, { providerKey: town.provider.signer.publicKey });
    expect(shop.ledger.part(INTERVAL, 0)?.receipt).toBeUndefined();
    expect(shop.ledger.reading(INTERVAL, "g0-b0-s0")).toHaveProperty("envelope");
  });

  test("sums no group below k_min", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7, ["g0-b1-m0", "g0-b2-m0"]);
    // a key file that asks for more than the one block that is whole
    Object.assign(town.keyFile, { kMin: 4 });
    await expect(shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS))).rejects.toMatchObject({ code: "group_too_small" });
    Object.assign(town.keyFile, { kMin: 3 });
    expect(shop.ledger.part(INTERVAL, 0)).toBeUndefined();
  });
});
