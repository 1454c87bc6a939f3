/** Refused parts: what comes in further parts, in this interval and in later ones; testimonies go with every part until its receipt. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeEvidence, encodeEvidence } from "../../../core/wire/evidence.ts";
import { decodeTestimony } from "../../../core/wire/testimony.ts";
import { Town } from "../../service/tests/town.ts";
import { Workshop } from "./workshop.ts";

const INTERVAL = 20_000;
const CLOSE_MS = 225_000;
const [A, B, C] = ["g0-b0", "g0-b1", "g0-b2"] as const;
const town = new Town({ blocksPerGroup: 3, intervalMs: 900_000, trustees: ["t0", "t1", "t2"] });
let shop: Workshop;

beforeEach(async () => {
  shop = new Workshop(town);
  await shop.start(town.after(INTERVAL - 1, 2 * CLOSE_MS));
});

afterEach(() => shop.end());

/** Everyone reports an interval, and its first part is made. */
async function close(interval: number, except: readonly string[] = []): Promise<void> {
  await shop.clock.stepTo(town.after(interval, 1));
  await shop.report(interval, 7, except);
  await shop.clock.stepTo(town.after(interval, CLOSE_MS));
}

/** The blocks of each part of an interval, in order, and what the last one left out. */
function parts(interval: number): readonly string[][] {
  const blocks: string[][] = [];
  for (const one of shop.aggregates()) if (one.interval === interval) blocks[one.part] = [...one.blocks];
  return blocks;
}

async function judge(interval: number, part: number, refused: readonly string[] | "opened"): Promise<void> {
  if (refused !== "opened") await shop.receipt(interval, part, "refused", refused);
  else await shop.receipt(interval, part, "opened", parts(interval)[part] ?? []);
  // what the receipt sets off is due at once
  await shop.clock.stepTo(shop.clock.nowMs());
}

const refusedBlocks = (interval: number, part: number) =>
  shop
    .aggregates()
    .find((one) => one.interval === interval && one.part === part)
    ?.leftOut.filter(({ reason }) => reason === "refused");

describe("after a refused part", () => {
  test("that names blocks the others come together in one part, and those no more", async () => {
    await close(INTERVAL);
    await judge(INTERVAL, 0, [B]);
    expect(parts(INTERVAL)).toEqual([
      [A, B, C],
      [A, C],
    ]);
    expect(refusedBlocks(INTERVAL, 1)).toEqual([{ block: B, reason: "refused", meters: [] }]);
    await judge(INTERVAL, 1, "opened");
    await shop.clock.stepTo(town.after(INTERVAL, 3 * CLOSE_MS));
    expect(parts(INTERVAL)).toHaveLength(2);
    expect(shop.ledger.reading(INTERVAL, `${A}-s0`)).toHaveProperty("id");
    expect(shop.ledger.reading(INTERVAL, `${B}-s0`)).toHaveProperty("envelope");
  });

  test("that names none each block comes alone, and one that is refused alone no more", async () => {
    await close(INTERVAL);
    await judge(INTERVAL, 0, []);
    expect(parts(INTERVAL)).toEqual([[A, B, C], [A], [B], [C]]);
    await judge(INTERVAL, 1, "opened");
    await judge(INTERVAL, 2, [B]);
    await judge(INTERVAL, 3, "opened");
    await shop.clock.stepTo(town.after(INTERVAL, 3 * CLOSE_MS));
    expect(parts(INTERVAL)).toHaveLength(4);
  });

  test("a block that was refused alone comes alone in later intervals, until one opens, also after a restart", async () => {
    await close(INTERVAL);
    await judge(INTERVAL, 0, []);
    await judge(INTERVAL, 2, []);
    await shop.stop();
    await shop.start(town.after(INTERVAL, CLOSE_MS + 1));
    await close(INTERVAL + 1);
    expect(parts(INTERVAL + 1)).toEqual([[A, C], [B]]);
    expect(refusedBlocks(INTERVAL + 1, 0)).toEqual([{ block: B, reason: "refused", meters: [] }]);
    // a sum of others, or of an interval before, clears nothing
    await judge(INTERVAL + 1, 0, "opened");
    await close(INTERVAL + 2);
    expect(parts(INTERVAL + 2)).toEqual([[A, C], [B]]);
    await judge(INTERVAL + 2, 1, "opened");
    await close(INTERVAL + 3);
    expect(parts(INTERVAL + 3)).toEqual([[A, B, C]]);
  });

  test("blocks that become whole later still come, without the named ones", async () => {
    await close(INTERVAL, [`${C}-m0`]);
    await judge(INTERVAL, 0, [A]);
    expect(parts(INTERVAL)).toEqual([[A, B], [B]]);
    await shop.send(`${C}-m0`, town.reading(`${C}-m0`, INTERVAL, 7, 0));
    await shop.clock.stepTo(town.after(INTERVAL, 2 * CLOSE_MS));
    expect(parts(INTERVAL)).toEqual([[A, B], [B], [C]]);
  });

  test("a crash before the further parts makes them at the next start", async () => {
    await close(INTERVAL);
    await shop.receipt(INTERVAL, 0, "refused", [C]);
    await shop.stop();
    await shop.start(town.after(INTERVAL, CLOSE_MS + 1));
    expect(parts(INTERVAL)[1]).toEqual([A, B]);
  });

  test("the same receipt again changes nothing, and one that names a block of others is refused", async () => {
    await close(INTERVAL);
    await judge(INTERVAL, 0, ["g0-b9"]);
    expect(parts(INTERVAL)).toEqual([[A, B, C]]);
    await judge(INTERVAL, 0, [B]);
    const state = await shop.state(INTERVAL);
    await judge(INTERVAL, 0, [B]);
    await judge(INTERVAL, 0, []);
    expect(await shop.state(INTERVAL)).toEqual(state);
    expect(parts(INTERVAL)).toHaveLength(2);
  });
});

describe("testimonies", () => {
  test("go with every sending of a part, the same bytes, until its receipt has come", async () => {
    await close(INTERVAL);
    const [first, ...more] = shop.evidence;
    expect(more).toEqual([]);
    const { aggregate, envelopes } = decodeTestimony(first ?? new Uint8Array(0));
    expect(aggregate).toEqual(shop.published.at(-1));
    expect(envelopes).toHaveLength(9);
    expect(decodeEvidence(encodeEvidence(envelopes))).toEqual(envelopes);
    await shop.clock.stepTo(town.after(INTERVAL, 2 * CLOSE_MS));
    expect(shop.evidence).toEqual([first, first]);
    await judge(INTERVAL, 0, "opened");
    await shop.clock.stepTo(town.after(INTERVAL, 3 * CLOSE_MS));
    expect(shop.evidence).toHaveLength(2);
  });

  test("go out again after a restart, and hold each further part's own envelopes", async () => {
    await close(INTERVAL);
    await shop.stop();
    await shop.start(town.after(INTERVAL, CLOSE_MS + 1));
    expect(shop.evidence[1]).toEqual(shop.evidence[0]);
    await judge(INTERVAL, 0, [B]);
    expect(decodeTestimony(shop.evidence[2] ?? new Uint8Array(0)).envelopes).toHaveLength(6);
  });

  test("are of no part without blocks, and of no key that the provider holds", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    expect(parts(INTERVAL)).toEqual([[]]);
    expect(shop.evidence).toEqual([]);
    const other = new Workshop(new Town({ intervalMs: 900_000 }));
    await other.start(other.town.after(INTERVAL - 1, 2 * CLOSE_MS));
    await other.clock.stepTo(other.town.after(INTERVAL, 1));
    await other.report(INTERVAL, 7);
    await other.clock.stepTo(other.town.after(INTERVAL, CLOSE_MS));
    expect(other.aggregates().at(-1)?.blocks).toHaveLength(2);
    expect(other.evidence).toEqual([]);
    await other.end();
  });
});
