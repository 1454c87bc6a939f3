/**
 * The planner: metering points and wished groups to blocks, such that every sum that is ever opened, and every feeder's total, is a union of
 * the same sets of at least k_min homes (docs/OPERATIONS.md, Planning).
 */

import { byFeeder, type Cell, type Collision, cellsOf, collisionsOf } from "./cells.ts";
import { chanceWhole, cut } from "./cut.ts";
import { type Move, type Nearest, nearest } from "./nearest.ts";
import type { Point, Points } from "./points.ts";
import { membership, type Wish, type WishedGroup, wishedGroups } from "./wishes.ts";

/** What a plan must keep to. */
export interface PlannerRules {
  /** The least homes of a block, and of a feeder's silent block. */
  readonly kMin: number;
  /** Seats that a block should be able to give up and still count. */
  readonly spare: number;
  /** The chance of a seat's reading to be in time, in (0, 1]. */
  readonly chanceOf: (seat: string) => number;
}

/** A block to be. */
export interface PlannedBlock {
  readonly block: string;
  readonly feeder: string;
  /** Ascending. */
  readonly groups: readonly string[];
  readonly points: readonly Point[];
  /** The chance that all its readings are in time, if each is by itself. */
  readonly chanceWhole: number;
}

/** A group to be; its blocks are those that name it. */
export interface PlannedGroup {
  readonly group: string;
  readonly seats: number;
  /** Whose blocks are exactly the group's; undefined for a group that no feeder measures. */
  readonly feeder: string | undefined;
}

/** A feeder, and what lies behind it. */
export interface PlannedFeeder {
  readonly feeder: string;
  readonly blocks: number;
  /** Homes in no block: none, or k_min and more, wherever there are blocks. */
  readonly silent: readonly Point[];
  /** What the provider measures by itself. */
  readonly known: readonly Point[];
}

/** A plan that holds. */
export interface BlockPlan {
  readonly blocks: readonly PlannedBlock[];
  readonly groups: readonly PlannedGroup[];
  readonly feeders: readonly PlannedFeeder[];
}

/** How many cells are too small when one wish is dropped. */
export interface WithoutWish {
  readonly wish: string;
  readonly collisions: number;
}

/** What came of the wishes. */
export interface Planning {
  /** The nearest plan that works: of all wishes where none collide. */
  readonly plan: BlockPlan;
  /** None where all wishes are met. */
  readonly collisions: readonly Collision[];
  /** What the plan changes of the wishes, by feeder. */
  readonly nearest: readonly Nearest[];
  /** What dropping single wishes would do; none without collisions. */
  readonly without: readonly WithoutWish[];
}

/** Plans. @throws ChoirError input_invalid for wishes that the points cannot have. */
export function planBlocks(points: Points, wishes: readonly Wish[], rules: PlannerRules): Planning {
  const groups = wishedGroups(wishes, points);
  const groupsOf = membership(groups);
  const cells = cellsOf(points.points, groupsOf);
  const collisions = collisionsOf(cells, rules.kMin);
  const found = nearestOf(cells, collisions, rules);
  const moved = new Map(found.flatMap(({ moves }) => moves.flatMap(seatsMoved)));
  const settled = cellsOf(points.points, (point) => moved.get(point.seat) ?? groupsOf(point));
  return {
    plan: completePlan(points, blocksOf(settled, rules)),
    collisions,
    nearest: found,
    without: collisions.length === 0 ? [] : wishes.map((wish) => withoutWish(wish, groups, points, rules.kMin)),
  };
}

/** The plan of these blocks: which groups they make, which feeders measure which of them, and who is in no block. */
export function completePlan({ points }: Points, blocks: readonly PlannedBlock[]): BlockPlan {
  const seated = new Set(
    blocks.flatMap((block) => (block.groups.length === 0 ? [] : block.points)).map(({ seat }) => seat),
  );
  const names = [...new Set(points.map(({ feeder }) => feeder))];
  const feeders = names.map((feeder): PlannedFeeder => {
    const behind = points.filter((point) => point.feeder === feeder && !seated.has(point.seat));
    return {
      feeder,
      blocks: blocks.filter((block) => block.feeder === feeder && block.groups.length > 0).length,
      silent: behind.filter(({ kind }) => kind !== "known"),
      known: behind.filter(({ kind }) => kind === "known"),
    };
  });
  const groups = [...new Set(blocks.flatMap(({ groups: all }) => all))].sort().map((group): PlannedGroup => {
    const own = blocks.filter((block) => block.groups.includes(group));
    const [feeder, ...others] = new Set(own.map((block) => block.feeder));
    const isWhole = others.length === 0 && own.length === feeders.find((one) => one.feeder === feeder)?.blocks;
    const seats = own.reduce((sum, block) => sum + block.points.length, 0);
    return { group, seats, feeder: isWhole ? feeder : undefined };
  });
  return { blocks, groups, feeders };
}

/** Cuts cells into blocks named after their feeder, numbered from one more than `numbered` says. */
export function blocksOf(
  cells: readonly Cell[],
  { kMin, spare, chanceOf }: PlannerRules,
  numbered: ReadonlyMap<string, number> = new Map(),
): readonly PlannedBlock[] {
  const last = new Map(numbered);
  const chance = ({ seat }: Point): number => chanceOf(seat);
  return cells
    .filter(({ groups }) => groups.length > 0)
    .flatMap(({ feeder, groups, points }) =>
      cut(points, kMin + spare, chance).map((block): PlannedBlock => {
        const number = (last.get(feeder) ?? 0) + 1;
        last.set(feeder, number);
        return { block: `${feeder}-${number}`, feeder, groups, points: block, chanceWhole: chanceWhole(block, chance) };
      }),
    );
}

function nearestOf(cells: readonly Cell[], collisions: readonly Collision[], rules: PlannerRules): readonly Nearest[] {
  const troubled = new Set(collisions.map(({ feeder }) => feeder));
  // who is often late goes first
  const punctualFirst = (a: Point, b: Point): number => rules.chanceOf(b.seat) - rules.chanceOf(a.seat);
  return [...byFeeder(cells)]
    .filter(([feeder]) => troubled.has(feeder))
    .map(([, own]) =>
      nearest(
        own.map((cell) => ({ ...cell, points: [...cell.points].sort(punctualFirst) })),
        rules.kMin,
      ),
    );
}

function seatsMoved({ points, to }: Move): readonly (readonly [string, readonly string[]])[] {
  return points.map(({ seat }) => [seat, to]);
}

function withoutWish(wish: Wish, groups: readonly WishedGroup[], { points }: Points, kMin: number): WithoutWish {
  const others = membership(groups.filter((group) => group.wish !== wish));
  return { wish: wish.text, collisions: collisionsOf(cellsOf(points, others), kMin).length };
}
