/** Nothing finer than a block: brute-force linear algebra over everything that is ever opened under a plan, and every feeder's total. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BlockPlan, type PlannedBlock, planBlocks } from "../planner.ts";
import type { Points } from "../points.ts";
import { recordOf, replan } from "../replan.ts";
import { Knowledge } from "./elimination.ts";
import { anyWishes, homes, street, streets, wishesOf } from "./streets.ts";

const K_MIN = 3;
const INTERVALS = 3;
const rules = { kMin: K_MIN, spare: 0, chanceOf: () => 0.99 };

/** In an interval, which part of each group a block is in; undefined where it is left out. By group, interval and block. */
type Parts = (group: string, interval: number, block: string) => number | undefined;

const seatsOf = (blocks: readonly PlannedBlock[]): ReadonlySet<string> =>
  new Set(blocks.flatMap(({ points }) => points.map(({ seat }) => seat)));

/**
 * The sums that are known when loads are steady, so that all intervals tell of the same unknowns: the worst case. Whatever quorum opens a part, and however often, gives its
 * one sum; blocks left out, late blocks in further parts and blocks opened alone differ by interval and group. A feeder's total is of all homes behind it; known loads are taken off.
 */
function sumsOf(
  { points }: Points,
  { blocks, groups, feeders }: BlockPlan,
  parts: Parts,
): readonly ReadonlySet<string>[] {
  const sums: ReadonlySet<string>[] = [];
  for (const { group } of groups) {
    const own = blocks.filter((block) => block.groups.includes(group));
    for (let interval = 0; interval < INTERVALS; interval++) {
      const partOf = ({ block }: PlannedBlock): number | undefined => parts(group, interval, block);
      for (const part of new Set(own.map(partOf))) {
        if (part !== undefined) sums.push(seatsOf(own.filter((block) => partOf(block) === part)));
      }
    }
  }
  for (const { feeder } of feeders.filter((one) => one.blocks > 0)) {
    sums.push(new Set(points.filter((one) => one.feeder === feeder && one.kind !== "known").map(({ seat }) => seat)));
  }
  return sums;
}

const homesOf = ({ points }: Points): readonly string[] =>
  points.filter(({ kind }) => kind !== "known").map(({ seat }) => seat);

/** Parts 0 to 2, or left out, drawn for each group, interval and block by itself. */
const anyParts: fc.Arbitrary<Parts> = fc.func(fc.constantFrom(0, 0, 1, 2, undefined));

describe("under any plan", () => {
  test("no combination of opened sums and feeders is about fewer than k_min homes, or weighs two homes of a block differently", () => {
    let planned = 0;
    fc.assert(
      fc.property(streets(18), anyWishes, anyParts, (points, wishes, parts) => {
        const { plan } = planBlocks(points, wishes, rules);
        planned += plan.blocks.length;
        const known = new Knowledge(homesOf(points), sumsOf(points, plan, parts));
        expect(known.finest(K_MIN)).toBeUndefined();
        for (const { points: own } of plan.blocks) {
          for (const one of own) expect(known.weighsAlike(own[0]?.seat ?? "", one.seat)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
    expect(planned).toBeGreaterThan(15);
  });

  test("the same holds for the next plan, whoever left, came, or is no longer enrolled", () => {
    const changed = new Date(0).toISOString();
    const drawn = fc.array(fc.constantFrom("stays", "stays", "stays", "leaves", "is silent", "is new"), {
      minLength: 18,
      maxLength: 18,
    });
    fc.assert(
      fc.property(streets(18), anyWishes, anyParts, drawn, ({ points, attributes }, wishes, parts, fates) => {
        // the first stays, so that every wish has a value
        const fate = (i: number): string => (i === 0 ? "stays" : (fates[i] ?? "stays"));
        const old = { points: points.filter((_, i) => fate(i) !== "is new"), attributes };
        const records = planBlocks(old, wishes, rules).plan.blocks.map((block) => recordOf(block, changed));
        const now = points
          .map((one, i) => (fate(i) === "is silent" ? { ...one, kind: "silent" as const } : one))
          .filter((_, i) => fate(i) !== "leaves");
        const previous = { records, enrolled: new Map(), feederKeys: new Map() };
        const { plan } = replan({ points: now, attributes }, wishes, rules, previous, 40 * 86_400_000);
        const known = new Knowledge(
          homesOf({ points: now, attributes }),
          sumsOf({ points: now, attributes }, plan, parts),
        );
        expect(known.finest(K_MIN)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test("every home is in one block or in none, and every block behind one feeder", () => {
    fc.assert(
      fc.property(streets(40), anyWishes, (points, wishes) => {
        const { plan } = planBlocks(points, wishes, rules);
        const seated = plan.blocks.flatMap((block) => block.points);
        const others = plan.feeders.flatMap(({ silent, known }) => [...silent, ...known]);
        const seats = [...seated, ...others].map(({ seat }) => seat);
        expect(seats.sort()).toEqual(points.points.map(({ seat }) => seat).sort());
        for (const block of plan.blocks) {
          expect(block.points.length).toBeGreaterThanOrEqual(K_MIN);
          expect(block.points.every(({ feeder, kind }) => feeder === block.feeder && kind === "home")).toBe(true);
        }
        for (const { blocks, silent } of plan.feeders) {
          expect(blocks === 0 || silent.length === 0 || silent.length >= K_MIN).toBe(true);
        }
      }),
    );
  });
});

describe("the same search finds", () => {
  const points = street([...homes(6, "f1"), ...homes(4, "f1", "night")]);
  const { plan } = planBlocks(points, wishesOf("feeder", "tariff"), rules);
  const always: Parts = () => 0;
  const finest = (one: Points, of: BlockPlan, parts: Parts = always): ReadonlySet<string> | undefined =>
    new Knowledge(homesOf(one), sumsOf(one, of, parts)).finest(K_MIN);

  test("nothing in this plan", () => {
    expect(finest(points, plan)).toBeUndefined();
  });

  test("the home by which a group differs from its feeder, once a block is split", () => {
    const [first, ...rest] = plan.blocks as [PlannedBlock, ...PlannedBlock[]];
    const [alone, ...others] = first.points;
    // one half still counts for the feeder's group alone
    const halves = [
      { ...first, points: others },
      { ...first, block: "split", groups: ["feeder-f1"], points: alone === undefined ? [] : [alone] },
    ];
    expect(finest(points, { ...plan, blocks: [...halves, ...rest] })).toEqual(new Set([alone?.seat]));
  });

  test("a home that is not enrolled, alone behind its feeder", () => {
    const more = street([...points.points, ...homes(1, "f1", "silent")]);
    expect(finest(more, plan)).toEqual(new Set(["f1-silent-a-1"]));
  });

  test("a block of one, left out of one interval", () => {
    const [alone, ...others] = plan.blocks[0]?.points ?? [];
    const blocks = [
      { ...(plan.blocks[0] as PlannedBlock), points: others },
      { ...(plan.blocks[0] as PlannedBlock), block: "one", points: alone ? [alone] : [] },
    ];
    const lost: Parts = (_, interval, block) => (interval === 1 && block === "one" ? undefined : 0);
    const noFeeder = { ...plan, blocks, feeders: [] };
    expect(finest(points, noFeeder, lost)).toEqual(new Set([alone?.seat]));
  });
});
