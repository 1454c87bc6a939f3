/** A trustee when the roll changes: each interval by its own roll, a revoked meter in none after it, and no interval by two. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Roll } from "../../../core/wire/roll.ts";
import { nextRoll } from "../../service/tests/next-roll.ts";
import { Town } from "../../service/tests/town.ts";
import { Chamber, type Draft } from "./chamber.ts";

const INTERVAL = 20_000;
const NEXT = INTERVAL + 1;
const BLOCKS = ["g0-b0", "g0-b1"];
const OLD = "g0-b0-m0";
const town = new Town({ seatsPerBlock: 4, trustees: ["t1", "t2", "t3"] });
const revoked = nextRoll(town, NEXT, { "g0-b0-s0": undefined });
const replaced = nextRoll(town, NEXT, { "g0-b0-s0": "replacement" });
let chamber: Chamber;

beforeEach(async () => {
  chamber = new Chamber(town);
  chamber.nowMs = town.after(NEXT, 15_000);
  await chamber.start();
});
afterEach(() => chamber.end());

/** A testimony of group g0 by a roll, without some of the meters that the town began with, and with others. */
function draft(
  interval: number,
  rollVersion: number,
  without: readonly string[] = [],
  more: readonly string[] = [],
): Draft {
  const kept = [...chamber.readings(interval, BLOCKS)].filter(([meter]) => !without.includes(meter));
  const added = more.map((meter) => town.reading(meter, interval, 5, 5));
  return chamber.draft("g0", interval, BLOCKS, [...kept.map(([, bytes]) => bytes), ...added], { rollVersion });
}

const refused = (reason: string, leaveOut: readonly string[] = []): object => ({ kind: "refused", reason, leaveOut });

test("the old roll's readings count before the change, also when they come after it", async () => {
  await chamber.ledger.rolls.adopt(revoked);
  expect(await chamber.receive(draft(INTERVAL, 1))).toEqual({ kind: "share", contributors: 8 });
});

test("a revoked meter is unknown from the roll's first interval on, and its block counts without it", async () => {
  await chamber.ledger.rolls.adopt(revoked);
  expect(await chamber.receive(draft(NEXT, 2))).toEqual(refused("member_unknown"));
  expect(await chamber.receive(draft(NEXT, 2, [OLD]))).toEqual({ kind: "share", contributors: 7 });
});

test("a replaced meter counts before the change, and its successor after it", async () => {
  await chamber.ledger.rolls.adopt(replaced);
  expect(await chamber.receive(draft(INTERVAL, 1, [OLD], ["replacement"]))).toEqual(
    refused("member_unknown", ["g0-b0"]),
  );
  expect(await chamber.receive(draft(INTERVAL, 1))).toEqual({ kind: "share", contributors: 8 });
  expect(await chamber.receive(draft(NEXT, 2))).toEqual(refused("member_unknown", ["g0-b0"]));
  expect(await chamber.receive(draft(NEXT, 2, [OLD], ["replacement"]))).toEqual({ kind: "share", contributors: 8 });
});

test("the roll of one interval is none for the other, on either side of the change", async () => {
  await chamber.ledger.rolls.adopt(replaced);
  expect(await chamber.receive(draft(INTERVAL, 2, [OLD], ["replacement"]))).toEqual(refused("roll_unknown"));
  expect(await chamber.receive(draft(NEXT, 1))).toEqual(refused("roll_unknown"));
});

test("an interval that was co-opened under a roll stays under it when the next one comes late", async () => {
  const late: Roll = { ...replaced, firstInterval: INTERVAL };
  await chamber.receive({ ...draft(INTERVAL, 1) });
  await chamber.ledger.rolls.adopt(late);
  const other = draft(INTERVAL, 2, [OLD], ["replacement"]);
  const second = { ...other, aggregate: { ...other.aggregate, part: 1 } };
  expect(await chamber.receive(second)).toEqual(refused("roll_unknown"));
  expect(await chamber.receive(draft(NEXT, 2, [OLD], ["replacement"]))).toEqual({ kind: "share", contributors: 8 });
});
