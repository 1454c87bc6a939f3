/**
 * The nearest plan behind one feeder when its wishes collide: the fewest memberships given up so that every cell is empty or large enough.
 * A seat may be left out of groups it was wished in, never put into others; left out of all, it is silent.
 */

import type { Cell } from "./cells.ts";
import type { Point } from "./points.ts";
import { cheapestTransport } from "./transport.ts";

/** Up to so many cells to come, every choice of them is tried: 2^10 flows. */
const MOST_TRIED = 10;

/** Seats that change groups. */
export interface Move {
  readonly feeder: string;
  readonly from: readonly string[];
  /** Fewer groups than `from`; none for silence. */
  readonly to: readonly string[];
  readonly points: readonly Point[];
}

/** How a feeder's wishes can be met most nearly. */
export interface Nearest {
  readonly moves: readonly Move[];
  /** Memberships given up: a seat that leaves two groups counts twice. */
  readonly lost: number;
  /** No plan gives up fewer; equals `lost` where every choice was tried. */
  readonly leastLost: number;
}

/** Units by cell and target. */
type Flow = readonly (readonly number[])[];

interface Choice {
  readonly targets: readonly (readonly string[])[];
  readonly flow: Flow;
  readonly lost: number;
  readonly ways: number;
}

/**
 * Chooses which cells there will be (targets), then moves seats there by the cheapest flow. A target with several cells' seats is at best what these have in
 * common, so intersections of cells are all that needs trying. Exact up to `MOST_TRIED` candidates; beyond, single steps from the cells that are large enough.
 * @param cells of one feeder, their points in the order in which they should stay
 */
export function nearest(cells: readonly Cell[], kMin: number): Nearest {
  const candidates = intersections(cells);
  // nothing planned behind the feeder is always possible, however few live there
  const nothing: Choice = choose(cells, [[]], 0) as Choice;
  const isSmall = candidates.length <= MOST_TRIED;
  const best = isSmall ? bestOfAll(cells, candidates, kMin, nothing) : bestBySteps(cells, candidates, kMin, nothing);
  return { moves: movesOf(cells, best), lost: best.lost, leastLost: isSmall ? best.lost : leastLost(cells, kMin) };
}

function bestOfAll(cells: readonly Cell[], candidates: Choice["targets"], kMin: number, nothing: Choice): Choice {
  let best = nothing;
  for (let chosen = 1; chosen < 2 ** candidates.length; chosen++) {
    const targets = candidates.filter((_, i) => (chosen >> i) & 1);
    best = better(best, choose(cells, targets, kMin));
  }
  return best;
}

function bestBySteps(cells: readonly Cell[], candidates: Choice["targets"], kMin: number, nothing: Choice): Choice {
  let targets = candidates.filter(
    (groups) => groups.length === 0 || cells.some((cell) => same(cell.groups, groups) && cell.points.length >= kMin),
  );
  let best = better(nothing, choose(cells, targets, kMin));
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const candidate of candidates) {
      const without = targets.filter((one) => !same(one, candidate));
      const toggled = without.length < targets.length ? without : [...targets, candidate];
      const choice = better(best, choose(cells, toggled, kMin));
      if (choice === best) continue;
      [best, targets, isBetter] = [choice, toggled, true];
    }
  }
  return best;
}

/** Each small cell loses its seats or gains what it lacks, and a seat that moves serves two cells at most. */
function leastLost(cells: readonly Cell[], kMin: number): number {
  const missed = cells
    .filter(({ points }) => points.length < kMin)
    .map(({ groups, points: { length } }) => (groups.length === 0 ? kMin - length : Math.min(length, kMin - length)));
  return Math.ceil(missed.reduce((sum, seats) => sum + seats, 0) / 2);
}

function better(one: Choice, other: Choice | undefined): Choice {
  if (other === undefined || other.lost > one.lost) return one;
  return other.lost < one.lost || other.ways < one.ways ? other : one;
}

function choose(cells: readonly Cell[], targets: Choice["targets"], kMin: number): Choice | undefined {
  const lostBy = (cell: number, target: number): number | undefined => {
    const [from = [], to = []] = [cells[cell]?.groups, targets[target]];
    return to.every((group) => from.includes(group)) ? from.length - to.length : undefined;
  };
  const supplies = cells.map(({ points }) => points.length);
  const flow = cheapestTransport(supplies, targets.length, kMin, lostBy);
  if (flow === undefined) return undefined;
  const lost = flow.flatMap((row, cell) => row.map((units, target) => units * (lostBy(cell, target) ?? 0)));
  return { targets, flow, lost: sum(lost), ways: lost.filter((seats) => seats > 0).length };
}

function movesOf(cells: readonly Cell[], { targets, flow }: Choice): readonly Move[] {
  return cells.flatMap(({ feeder, groups, points }, cell) => {
    const units = (target: number): number => flow[cell]?.[target] ?? 0;
    let taken = sum(targets.map((to, target) => (same(to, groups) ? units(target) : 0)));
    return targets.flatMap((to, target): readonly Move[] => {
      if (same(to, groups) || units(target) === 0) return [];
      const moved = points.slice(taken, taken + units(target));
      taken += moved.length;
      return [{ feeder, from: groups, to, points: moved }];
    });
  });
}

/** The cells' groups, what any of them have in common, and none. */
function intersections(cells: readonly Cell[]): Choice["targets"] {
  const found = new Map<string, readonly string[]>([["", []]]);
  for (const { groups } of cells) {
    for (const other of [groups, ...found.values()]) {
      const common = groups.filter((group) => other.includes(group));
      found.set(common.join(" "), common);
    }
  }
  return [...found.values()];
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join(" ") === other.join(" ");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
