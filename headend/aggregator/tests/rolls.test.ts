/** A new roll at its first interval, without a restart: replaced and revoked meters, late readings from before, and a group that is given up. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bytesToInteger } from "../../../core/integers.ts";
import { unpack } from "../../../core/paillier/packing.ts";
import { Opener } from "../../../core/secret/opener.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { openSslPower } from "../../service/power.ts";
import { nextRoll } from "../../service/tests/next-roll.ts";
import { Town } from "../../service/tests/town.ts";
import { Workshop } from "./workshop.ts";

const INTERVAL = 20_000;
const SEAT = "g0-b0-s0";
const OLD = "g0-b0-m0";
const NEW = "replacement";
const town = new Town({ seatsPerBlock: 4, intervalMs: 900_000 });
const opener = new Opener(town.secret, openSslPower);
const replaced = nextRoll(town, INTERVAL + 1, { [SEAT]: NEW });
const revoked = nextRoll(town, INTERVAL + 1, { [SEAT]: undefined });
let shop: Workshop;

const CLOSE_MS = 225_000;
const LATE_MS = 112_500;

beforeEach(async () => {
  shop = new Workshop(town);
  await shop.start(town.after(INTERVAL - 1, 2 * CLOSE_MS));
});

afterEach(() => shop.end());

const send = (meter: string, interval: number): Promise<void> =>
  shop.send(meter, town.reading(meter, interval, 100, 0));

/** Parts that count something, each once: what has no receipt is sent again. */
function parts(): readonly Aggregate[] {
  const byName = new Map(shop.aggregates().map((one) => [`${one.interval}/${one.part}`, one]));
  return [...byName.values()].filter(({ blocks }) => blocks.length > 0);
}

/** Interval, roll, blocks, contributors and the sum of imports that a part claims. */
function counted({ interval, rollVersion, blocks, product }: Aggregate, contributors: number): object {
  const plaintext = product === undefined ? 0n : opener.open(bytesToInteger(product));
  return { interval, rollVersion, blocks, sum: unpack(town.keyFile.layout, plaintext, contributors).sums[0] };
}

describe("a seat with a new meter", () => {
  test("counts again from the roll's first interval on; the old one's late reading from before counts too", async () => {
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7, [OLD]);
    await shop.clock.stepTo(town.after(INTERVAL, CLOSE_MS));
    await shop.adopt(replaced);
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL + 1, 9, [OLD]);
    await send(NEW, INTERVAL + 1);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS));
    await send(OLD, INTERVAL);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS + LATE_MS));
    const [first, second, late, ...more] = parts() as [Aggregate, Aggregate, Aggregate];
    expect(more).toEqual([]);
    expect(counted(first, 4)).toEqual({ interval: INTERVAL, rollVersion: 1, blocks: ["g0-b1"], sum: 28n });
    const both = ["g0-b0", "g0-b1"];
    expect(counted(second, 8)).toEqual({ interval: INTERVAL + 1, rollVersion: 2, blocks: both, sum: 163n });
    expect(counted(late, 4)).toEqual({ interval: INTERVAL, rollVersion: 1, blocks: ["g0-b0"], sum: 121n });
  });

  test("is the one's before, and the other's after: each is unknown on the other side", async () => {
    await shop.adopt(replaced);
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await send(NEW, INTERVAL);
    await send(OLD, INTERVAL + 1);
    expect(await shop.judged("member_unknown")).toBe(2);
    await send(OLD, INTERVAL);
    await send(NEW, INTERVAL + 1);
    expect(await shop.judged("accepted")).toBe(2);
  });

  test("is judged by the new roll also when the reading was on its way in as the roll came", async () => {
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    const sent = send(OLD, INTERVAL + 1);
    await shop.adopt(replaced);
    await sent;
    expect([await shop.judged("member_unknown"), await shop.judged("accepted")]).toEqual([1, 0]);
  });

  test("keeps what it sent in its ledger, through a restart with the new roll", async () => {
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL, 7);
    await shop.adopt(replaced);
    await shop.stop();
    await shop.start(town.after(INTERVAL + 1, 2), replaced);
    await shop.report(INTERVAL + 1, 9, [OLD]);
    await send(NEW, INTERVAL + 1);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS));
    const [first, second] = parts() as [Aggregate, Aggregate];
    expect(counted(first, 8)).toMatchObject({ interval: INTERVAL, rollVersion: 1, sum: 56n });
    expect(counted(second, 8)).toMatchObject({ interval: INTERVAL + 1, rollVersion: 2, sum: 163n });
    await shop.stop();
    await expect(shop.start(town.after(INTERVAL + 1, CLOSE_MS))).rejects.toMatchObject({ code: "version_not_higher" });
    await shop.start(town.after(INTERVAL + 1, CLOSE_MS), replaced);
  });
});

describe("a revoked meter", () => {
  test("is unknown from the roll's first interval on, and its block counts without it", async () => {
    await shop.adopt(revoked);
    await shop.clock.stepTo(town.after(INTERVAL, 1));
    await shop.report(INTERVAL, 7);
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL + 1, 7, [OLD]);
    await send(OLD, INTERVAL + 1);
    expect(await shop.judged("member_unknown")).toBe(1);
    await shop.clock.stepTo(town.after(INTERVAL + 1, CLOSE_MS));
    const [before, after] = parts() as [Aggregate, Aggregate];
    expect(counted(before, 8)).toMatchObject({ interval: INTERVAL, rollVersion: 1, sum: 56n });
    expect(counted(after, 7)).toMatchObject({ interval: INTERVAL + 1, rollVersion: 2, sum: 49n });
    expect(after.leftOut).toEqual([]);
  });
});

describe("a roll that comes late", () => {
  test("leaves intervals alone that have readings: what is in the ledger is never counted under two rolls", async () => {
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL + 1, 7);
    await shop.adopt(replaced);
    await shop.clock.stepTo(town.after(INTERVAL + 2, 1));
    await shop.report(INTERVAL + 2, 9, [OLD]);
    await send(NEW, INTERVAL + 2);
    await shop.clock.stepTo(town.after(INTERVAL + 2, CLOSE_MS));
    expect(parts().map((part) => counted(part, 8))).toMatchObject([
      { interval: INTERVAL + 1, rollVersion: 1, sum: 56n },
      { interval: INTERVAL + 2, rollVersion: 2, sum: 163n },
    ]);
  });
});

describe("a group that a roll gives up", () => {
  test("closes nothing more from then on, and still what is late from before", async () => {
    await shop.adopt({ ...replaced, groups: [] });
    await shop.clock.stepTo(town.after(INTERVAL + 1, 1));
    await shop.report(INTERVAL, 7);
    await send("g0-b1-m1", INTERVAL + 1);
    expect(await shop.judged("member_unknown")).toBe(1);
    await shop.clock.stepTo(town.after(INTERVAL + 3, CLOSE_MS));
    expect(new Set(shop.aggregates().map(({ interval }) => interval))).toEqual(new Set([INTERVAL]));
    expect(parts().map(({ blocks }) => blocks.length)).toEqual([2]);
  });
});
