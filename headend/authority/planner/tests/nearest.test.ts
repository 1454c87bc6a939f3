/** The nearest plan against every plan there is, and the cut of a cell against every cut. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cellsOf } from "../cells.ts";
import { cut } from "../cut.ts";
import { type Nearest, nearest } from "../nearest.ts";
import { cheapestTransport } from "../transport.ts";
import { point } from "./streets.ts";

const K_MIN = 3;
const GROUP_SETS = ["", "a", "a b", "a c", "a b c", "b"].map((text) => text.split(" ").filter((group) => group !== ""));

/** One feeder with homes in these sets of groups. */
function nearestOf(sets: readonly (readonly string[])[], kMin = K_MIN): Nearest {
  const groupsOf = new Map(sets.map((groups, i) => [`p${i}`, groups]));
  const points = sets.map((_, i) => point(`p${i}`, "f"));
  return nearest(
    cellsOf(points, ({ seat }) => groupsOf.get(seat) ?? []),
    kMin,
  );
}

/** The memberships lost by the best of all ways to leave homes out of groups. */
function leastLostByTrying(sets: readonly (readonly string[])[]): number {
  const counts = new Map<string, number>();
  let least = sets.reduce((sum, groups) => sum + groups.length, 0);
  const tryHome = (home: number, lost: number): void => {
    if (lost >= least) return;
    const groups = sets[home];
    if (groups === undefined) {
      if ([...counts.values()].every((count) => count === 0 || count >= K_MIN)) least = lost;
      return;
    }
    for (let kept = 0; kept < 2 ** groups.length; kept++) {
      const left = groups.filter((_, i) => (kept >> i) & 1);
      const name = left.join(" ");
      counts.set(name, (counts.get(name) ?? 0) + 1);
      tryHome(home + 1, lost + groups.length - left.length);
      counts.set(name, (counts.get(name) ?? 0) - 1);
    }
  };
  tryHome(0, 0);
  return least;
}

describe("the nearest plan", () => {
  test("gives up as few memberships as the best of all plans", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...GROUP_SETS), { minLength: 1, maxLength: 7 }), (sets) => {
        const { lost, leastLost } = nearestOf(sets);
        expect(lost).toBe(leastLostByTrying(sets));
        expect(leastLost).toBe(lost);
      }),
      { numRuns: 200 },
    );
  });

  test("leaves every set of homes empty or large enough, and says what it gave up", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...GROUP_SETS), { minLength: 1, maxLength: 40 }), (sets) => {
        const { moves, lost } = nearestOf(sets);
        const settled = new Map<string, readonly string[]>(sets.map((groups, i) => [`p${i}`, groups]));
        for (const { points, to } of moves) for (const { seat } of points) settled.set(seat, to);
        const names = [...settled.values()].map((groups) => groups.join(" "));
        const isPlanned = names.some((name) => name !== "");
        for (const name of isPlanned ? names : []) {
          expect(names.filter((one) => one === name).length).toBeGreaterThanOrEqual(K_MIN);
        }
        const left = [...settled.values()].reduce((sum, groups) => sum + groups.length, 0);
        expect(lost).toBe(sets.flat().length - left);
      }),
    );
  });

  test("of too many cells to try all is one that works, with a bound below it", () => {
    const sets = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: i % 4 ? 2 : 5 }, () => ["feeder", `zone-${i}`]),
    ).flat();
    const { lost, leastLost } = nearestOf(sets);
    // three zones are large enough; of nine with two homes each all leave their zone
    expect({ lost, leastLost }).toEqual({ lost: 18, leastLost: 5 });
  });

  test("lends the silent block what it lacks, from those who come last", () => {
    const { moves, lost } = nearestOf([[], ...Array.from({ length: 6 }, () => ["a"])]);
    expect(lost).toBe(2);
    expect(moves.map(({ points, to }) => [points.map(({ seat }) => seat), to])).toEqual([[["p5", "p6"], []]]);
  });
});

describe("a transport", () => {
  test("that cannot fill every place is none", () => {
    expect(cheapestTransport([4], 2, 3, () => 0)).toBeUndefined();
    expect(cheapestTransport([3, 3], 1, 3, (supply) => (supply === 0 ? 0 : undefined))).toBeUndefined();
  });

  test("takes a detour to fill a place", () => {
    // the second supply alone reaches the second place, and pays for it
    expect(cheapestTransport([3, 3], 2, 3, (s, p) => (s === 0 && p === 1 ? undefined : p))).toEqual([
      [3, 0],
      [0, 3],
    ]);
  });
});

describe("the cut of a cell", () => {
  const expected = (blocks: readonly (readonly number[])[]): number =>
    blocks.reduce((sum, block) => sum + block.length * block.reduce((product, chance) => product * chance, 1), 0);

  /** Every way to part points into blocks of at least `least`. */
  function* partitions(points: readonly number[], least: number): Generator<readonly (readonly number[])[]> {
    const blocks: number[][] = [];
    function* place(at: number): Generator<readonly (readonly number[])[]> {
      const chance = points[at];
      if (chance === undefined) {
        if (blocks.every(({ length }) => length >= least)) yield blocks.map((block) => [...block]);
        return;
      }
      for (const block of [...blocks, undefined]) {
        const open = block ?? [];
        if (block === undefined) blocks.push(open);
        open.push(chance);
        yield* place(at + 1);
        open.pop();
        if (block === undefined) blocks.pop();
      }
    }
    yield* place(0);
  }

  test("into blocks of one size expects as much as the best of all partitions", () => {
    const chances = fc.array(fc.constantFrom(0.5, 0.8, 0.9, 0.99), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(chances, (points) => {
        const best = Math.max(...[...partitions(points, 3)].map(expected));
        expect(expected(cut(points, 3, (chance) => chance))).toBeCloseTo(best, 12);
      }),
      { numRuns: 30 },
    );
  });

  test("puts those that are often late together, loses nobody, and makes no block too small", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (points, least) => {
          const blocks = cut(points, least, (chance) => chance);
          expect(blocks.flat()).toEqual([...points].sort((a, b) => b - a));
          for (const { length } of blocks) {
            expect(length).toBeGreaterThanOrEqual(Math.min(least, points.length));
            expect(length).toBeLessThan(2 * least);
          }
        },
      ),
    );
  });
});
