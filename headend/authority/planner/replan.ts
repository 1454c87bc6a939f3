/** The plan of a deployment that has one: blocks stay as they are as far as they can (docs/OPERATIONS.md, Planning: the next plan). */

import { type Cell, type Collision, cellsOf } from "./cells.ts";
import { chanceWhole } from "./cut.ts";
import type { Nearest } from "./nearest.ts";
import type { BlockRecord } from "./plan-files.ts";
import { blocksOf, completePlan, type PlannedBlock, type PlannerRules, type Planning } from "./planner.ts";
import type { Point, Points } from "./points.ts";
import type { PreviousPlan } from "./previous.ts";
import { membership, type Wish, wishedGroups } from "./wishes.ts";

/** A block changes at most once in so long: 30 days. */
const LEAST_MS_BETWEEN_CHANGES = 30 * 86_400_000;

/** What is to be done, and what the next plan starts from. */
export interface Replanning extends Planning {
  readonly records: readonly BlockRecord[];
  /** Every change, and whoever waits, a line each. */
  readonly changes: readonly string[];
}

/** A block of the plan before, as it goes on; undefined `seated` for one that retires. */
interface Kept {
  readonly record: BlockRecord;
  readonly seated: PlannedBlock | undefined;
  readonly change: string | undefined;
}

/**
 * Keeps blocks; makes new ones of homes without a block where they are enough; lets the others wait, as silent homes. Where a feeder's silent homes are then too few, its least
 * block joins them until there are more.
 * @param nowUtcMs for the 30 days between two changes of a block
 * @throws ChoirError input_invalid for wishes that the points cannot have.
 */
export function replan(
  given: Points,
  wishes: readonly Wish[],
  rules: PlannerRules,
  previous: PreviousPlan,
  nowUtcMs: number,
): Replanning {
  const points = { ...given, points: given.points.map((point) => ({ ...point, ...occupant(point, previous) })) };
  const groupsOf = membership(wishedGroups(wishes, points));
  const behind = new Map(points.points.map((point) => [point.seat, point]));
  const kept = previous.records.map((record) => keep(record, behind, groupsOf, rules, previous, nowUtcMs));
  const old = kept.flatMap(({ seated }) => (seated === undefined ? [] : [seated]));
  const seated = new Set(old.flatMap((block) => block.points.map(({ seat }) => seat)));
  const joiners = cellsOf(
    points.points.filter(({ seat, kind }) => kind === "home" && !seated.has(seat)),
    groupsOf,
  ).filter(({ groups }) => groups.length > 0);
  const enough = joiners.filter((cell) => cell.points.length >= rules.kMin);
  const fresh = blocksOf(enough, rules, lastNumbers(previous.records));
  const all = [...old, ...fresh];
  const resting = blocksToRest(completePlan(points, all).feeders, all, rules.kMin);
  const now = new Date(nowUtcMs).toISOString();
  return {
    plan: completePlan(
      points,
      all.filter((block) => !resting.some((rest) => rest.block === block)),
    ),
    collisions: resting.map(({ collision }) => collision),
    nearest: resting.map(({ block }) => restOf(block)),
    without: [],
    records: [...kept.map(({ record }) => record), ...fresh.map((block) => recordOf(block, now))],
    changes: [
      ...kept.flatMap(({ change }) => change ?? []),
      ...fresh.map(({ block, points: { length } }) => `block ${block} is new, with ${length} homes`),
      ...joiners.filter((cell) => !enough.includes(cell)).map((cell) => waiting(cell, rules.kMin)),
    ],
  };
}

/** The record of a block with these seats since that time. */
export function recordOf({ block, feeder, points }: PlannedBlock, changed: string): BlockRecord {
  return { block, feeder, changed, seats: points.map(({ seat }) => seat) };
}

/** The file's meter and key, or else those of the plan before. */
function occupant({ seat, meter, key }: Point, { enrolled }: PreviousPlan): Pick<Point, "meter" | "key"> {
  return meter === "" && key === "" ? (enrolled.get(seat) ?? { meter, key }) : { meter, key };
}

function keep(
  record: BlockRecord,
  behind: ReadonlyMap<string, Point>,
  groupsOf: (point: Point) => readonly string[],
  { kMin, chanceOf }: PlannerRules,
  { enrolled }: PreviousPlan,
  nowUtcMs: number,
): Kept {
  const { block, feeder, changed, seats } = record;
  if (seats.length === 0) return { record, seated: undefined, change: undefined };
  const homes = seats.flatMap((seat) => behind.get(seat) ?? []).filter((p) => p.kind === "home" && p.feeder === feeder);
  const groups = commonest(homes.map(groupsOf));
  const staying = homes.filter((home) => groups.length > 0 && groupsOf(home).join(" ") === groups.join(" "));
  const seated = (points: readonly Point[]): PlannedBlock => {
    return { block, feeder, groups, points, chanceWhole: chanceWhole(points, ({ seat }) => chanceOf(seat)) };
  };
  if (staying.length === seats.length) return { record, seated: seated(staying), change: undefined };
  const leaving = seats.length - staying.length;
  const mayChangeUtcMs = Date.parse(changed) + LEAST_MS_BETWEEN_CHANGES;
  if (nowUtcMs < mayChangeUtcMs && groups.length > 0) {
    const asBefore = (seat: string): Point => {
      const empty = { meter: "", key: "", ...enrolled.get(seat) };
      return behind.get(seat) ?? { seat, feeder, kind: "home", attributes: { feeder }, ...empty };
    };
    const change = `block ${block} stays as it is until ${new Date(mayChangeUtcMs).toISOString()}, then ${leaving} of its seats leave`;
    return { record, seated: seated(seats.map(asBefore)), change };
  }
  const now = new Date(nowUtcMs).toISOString();
  if (staying.length < kMin) {
    const change = `block ${block} retires: ${staying.length} of its homes stay`;
    return { record: { ...record, changed: now, seats: [] }, seated: undefined, change };
  }
  const smaller = seated(staying);
  return { record: recordOf(smaller, now), seated: smaller, change: `block ${block} loses ${leaving} of its seats` };
}

/** The list that is there most often, the first of equals; none of none. */
function commonest(lists: readonly (readonly string[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const list of lists) counts.set(list.join(" "), (counts.get(list.join(" ")) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return lists.find((list) => counts.get(list.join(" ")) === most) ?? [];
}

interface Resting {
  readonly block: PlannedBlock;
  readonly collision: Collision;
}

/** One block of each feeder whose silent homes are too few; each block is as many as they lack, so the one with the fewest memberships is the least. */
function blocksToRest(
  feeders: Planning["plan"]["feeders"],
  blocks: readonly PlannedBlock[],
  kMin: number,
): readonly Resting[] {
  return feeders.flatMap(({ feeder, silent: { length } }): readonly Resting[] => {
    const own = blocks.filter((block) => block.feeder === feeder);
    const [least] = own.sort((a, b) => memberships(a) - memberships(b));
    if (least === undefined || length === 0 || length >= kMin) return [];
    return [{ block: least, collision: { feeder, groups: [], seats: length, short: kMin - length } }];
  });
}

function memberships({ groups, points }: PlannedBlock): number {
  return groups.length * points.length;
}

function restOf(block: PlannedBlock): Nearest {
  const { feeder, groups, points } = block;
  const lost = memberships(block);
  return { moves: [{ feeder, from: groups, to: [], points }], lost, leastLost: lost };
}

/** The highest number that a block's name has had, by feeder. */
function lastNumbers(records: readonly BlockRecord[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { block, feeder } of records) {
    const number = Number(block.slice(block.lastIndexOf("-") + 1));
    if (Number.isSafeInteger(number)) last.set(feeder, Math.max(last.get(feeder) ?? 0, number));
  }
  return last;
}

function waiting({ feeder, groups, points }: Cell, kMin: number): string {
  return `behind ${feeder}: ${points.length} of ${groups.join(" + ")} wait until they are ${kMin}`;
}
