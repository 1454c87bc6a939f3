/**
 * Cells: the metering points behind one feeder that are in the same groups. Blocks are cut inside cells, so each cell must be empty or at
 * least k_min large, the silent one (in no group) among them; else wishes collide (docs/OPERATIONS.md, Planning).
 */

import type { Point } from "./points.ts";

/** A cell that is not empty. */
export interface Cell {
  readonly feeder: string;
  /** Ascending. None: the feeder's silent block, of points that no sum contains. */
  readonly groups: readonly string[];
  readonly points: readonly Point[];
}

/** A cell that is too small. */
export interface Collision {
  readonly feeder: string;
  readonly groups: readonly string[];
  readonly seats: number;
  /** How many seats it lacks. */
  readonly short: number;
}

/** The cells of all points but those of kind `known`, which the provider takes off a feeder's total by itself; by feeder, in the points' order. */
export function cellsOf(points: readonly Point[], groupsOf: (point: Point) => readonly string[]): readonly Cell[] {
  const cells = new Map<string, { readonly feeder: string; readonly groups: readonly string[]; points: Point[] }>();
  for (const point of points) {
    if (point.kind === "known") continue;
    const groups = groupsOf(point);
    const name = JSON.stringify([point.feeder, groups]);
    const cell = cells.get(name) ?? { feeder: point.feeder, groups, points: [] };
    cells.set(name, cell);
    cell.points.push(point);
  }
  return [...cells.values()];
}

/** Cells by feeder. */
export function byFeeder(cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> {
  const feeders = new Map<string, Cell[]>();
  for (const cell of cells) {
    const list = feeders.get(cell.feeder) ?? [];
    feeders.set(cell.feeder, list);
    list.push(cell);
  }
  return feeders;
}

/** Which cells are too small. Where nothing behind a feeder is in a group, nothing is. */
export function collisionsOf(cells: readonly Cell[], kMin: number): readonly Collision[] {
  const planned = new Set(cells.filter(({ groups }) => groups.length > 0).map(({ feeder }) => feeder));
  return cells
    .filter(({ feeder, points }) => planned.has(feeder) && points.length < kMin)
    .map(({ feeder, groups, points }) => ({ feeder, groups, seats: points.length, short: kMin - points.length }));
}
