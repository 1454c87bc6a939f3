/** The next plan of a deployment: blocks stay, and change at most once in 30 days. */

import { describe, expect, test } from "@jest/globals";
import { type PlannedBlock, planBlocks } from "../planner.ts";
import type { Point } from "../points.ts";
import type { PreviousPlan } from "../previous.ts";
import { type Replanning, recordOf, replan } from "../replan.ts";
import { homes, point, street, wishesOf } from "./streets.ts";

const DAY_MS = 86_400_000;
const BEGIN = Date.parse("2026-01-01T00:00:00Z");
const rules = { kMin: 3, spare: 1, chanceOf: () => 0.99 };
const wishes = wishesOf("feeder", "tariff");

const FIRST = [...homes(8, "f"), ...homes(4, "f", "night")];

/** The plan of `FIRST`, made at BEGIN, with a meter on each seat. */
const previous: PreviousPlan = {
  records: planBlocks(street(FIRST), wishes, rules).plan.blocks.map((block) =>
    recordOf(block, new Date(BEGIN).toISOString()),
  ),
  enrolled: new Map(FIRST.map(({ seat }) => [seat, { meter: `m-${seat}`, key: "" }])),
  feederKeys: new Map(),
};

const next = (points: readonly Point[], days: number, before = previous): Replanning =>
  replan(street(points), wishes, rules, before, BEGIN + days * DAY_MS);
const seats = (blocks: readonly PlannedBlock[]): readonly (readonly string[])[] =>
  blocks.map(({ block, points }) => [block, ...points.map(({ seat }) => seat)]);
const before = previous.records.map((record) => [record.block, ...record.seats]);
const without = (...gone: readonly string[]): readonly Point[] => FIRST.filter(({ seat }) => !gone.includes(seat));

describe("the next plan", () => {
  test("of the same homes is the same, with the meters that were enrolled", () => {
    const { plan, records, changes, collisions } = next(FIRST, 1);
    expect(seats(plan.blocks)).toEqual(before);
    expect({ records, changes, collisions }).toEqual({ records: previous.records, changes: [], collisions: [] });
    expect(plan.blocks[0]?.points[0]?.meter).toBe("m-f-day-a-1");
  });

  test("keeps a replaced meter's seat in its block", () => {
    const replaced = FIRST.map((home, i) => (i === 0 ? { ...home, meter: "new" } : home));
    const { plan, changes } = next(replaced, 1);
    expect(seats(plan.blocks)).toEqual(before);
    expect(plan.blocks[0]?.points[0]?.meter).toBe("new");
    expect(changes).toEqual([]);
  });

  test("lets a seat go after 30 days, not before, and remembers when", () => {
    const early = next(without("f-day-a-2"), 29);
    expect(seats(early.plan.blocks)).toEqual(before);
    expect(early.changes).toEqual([
      "block f-1 stays as it is until 2026-01-31T00:00:00.000Z, then 1 of its seats leave",
    ]);
    const { plan, records, changes } = next(without("f-day-a-2"), 30);
    expect(plan.blocks[0]?.points.map(({ seat }) => seat)).toEqual(["f-day-a-1", "f-day-a-3", "f-day-a-4"]);
    expect(changes).toEqual(["block f-1 loses 1 of its seats"]);
    expect(records[0]?.changed).toBe("2026-01-31T00:00:00.000Z");
  });

  test("retires a block below k_min, lets its homes wait, and never uses its name again", () => {
    const gone = without("f-night-a-1", "f-night-a-2");
    const { plan, records, changes, collisions } = next(gone, 40);
    expect(changes).toContain("block f-3 retires: 2 of its homes stay");
    expect(records[2]).toMatchObject({ block: "f-3", seats: [] });
    // two homes alone would be what the feeder's total tells beyond its groups, so a block rests with them
    expect(collisions).toEqual([{ feeder: "f", groups: [], seats: 2, short: 1 }]);
    expect(plan.feeders[0]).toMatchObject({ blocks: 1, silent: { length: 6 } });
    const more = [...gone, ...homes(2, "f", "night", "b")];
    const later = next(more, 50, { ...previous, records });
    expect(later.collisions).toEqual([]);
    expect(later.plan.blocks.map(({ block }) => block)).toEqual(["f-1", "f-2", "f-4"]);
  });

  test("lets joiners wait until they fill a block", () => {
    const wait = next([...FIRST, point("j1", "f", { tariff: "day" })], 1);
    expect(wait.changes).toEqual(["behind f: 1 of feeder-f + tariff-day wait until they are 3"]);
    expect(wait.collisions).toEqual([{ feeder: "f", groups: [], seats: 1, short: 2 }]);
    const joiners = ["j1", "j2", "j3"].map((seat) => point(seat, "f", { tariff: "day" }));
    const { plan, collisions, changes } = next([...FIRST, ...joiners], 1);
    expect(collisions).toEqual([]);
    expect(seats(plan.blocks)).toEqual([...before, ["f-4", "j1", "j2", "j3"]]);
    expect(changes).toEqual(["block f-4 is new, with 3 homes"]);
  });

  test("takes a home that changed its tariff out of its block", () => {
    const moved = FIRST.map((home) => (home.seat === "f-day-a-1" ? point(home.seat, "f", { tariff: "night" }) : home));
    expect(next(moved, 31).changes).toEqual([
      "block f-1 loses 1 of its seats",
      "behind f: 1 of feeder-f + tariff-night wait until they are 3",
    ]);
  });
});
