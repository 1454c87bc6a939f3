/** The pulse filter against its own table, against random bounce, and against the pulses of real appliances. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  createPulseFilter,
  FILTER_EDGES,
  FILTER_STATES,
  PULSE_FILTER_TABLE,
  type PulseEdge,
  pulseFilterRow,
} from "../pulse-filter.ts";
import { recordedPulses } from "./recorded-pulses.ts";

const MIN_HIGH = 10_000;
const MIN_LOW = 12_000;
const filter = () => createPulseFilter({ minHighMicros: MIN_HIGH, minLowMicros: MIN_LOW });
const count = (edges: readonly PulseEdge[]): number => {
  const one = filter();
  return edges.reduce((sum, edge) => sum + one.edge(edge), 0);
};

/** A wire as levels with the time each is held, from an armed low. */
function wire(...holds: readonly (readonly [level: 0 | 1, micros: number])[]): readonly PulseEdge[] {
  let atMicros = 0;
  const edges: PulseEdge[] = [];
  for (const [level, micros] of holds) {
    edges.push({ level, atMicros });
    atMicros += micros;
  }
  return edges;
}

describe("the truth table", () => {
  const combinations = FILTER_STATES.flatMap((state) =>
    FILTER_EDGES.flatMap((edge) => [false, true].map((held) => ({ state, edge, held }))),
  );

  test("has each combination once, and counts in but one: a settled low, then a high that was held", () => {
    const keys = PULSE_FILTER_TABLE.map(({ state, edge, held }) => ({ state, edge, held }));
    expect(keys).toEqual(combinations);
    expect(PULSE_FILTER_TABLE.filter(({ counts }) => counts === 1)).toEqual([
      { state: "low", edge: "falling", held: true, next: "high", counts: 1 },
    ]);
  });

  /** Edges that bring a fresh filter to a state, ending on the level asked for, at time 0. */
  const reach = {
    unsettled: { 0: wire([0, 0]), 1: wire([1, 0]) },
    low: { 0: wire([0, MIN_LOW], [1, 1], [0, 0]), 1: wire([0, MIN_LOW], [1, 0]) },
    high: { 0: wire([1, MIN_HIGH], [0, 0]), 1: wire([1, MIN_HIGH], [0, 1], [1, 0]) },
  } as const;

  test.each(combinations)("is what the filter does: $state, $edge, held $held", ({ state, edge, held }) => {
    for (const level of edge === "missed" ? ([0, 1] as const) : ([edge === "rising" ? 0 : 1] as const)) {
      const one = filter();
      const way = reach[state][level];
      for (const step of way) one.edge(step);
      const now = (way.at(-1)?.atMicros ?? 0) + (held ? (level === 1 ? MIN_HIGH : MIN_LOW) : 1);
      const after = edge === "missed" ? level : level === 1 ? 0 : 1;
      const row = pulseFilterRow(state, edge, held);
      expect(one.edge({ level: after, atMicros: now })).toBe(row.counts);
      // the state shows in what a full high does next: it counts from low alone
      const ready = row.next === "low";
      const high = after === 1 ? now : now + 1;
      if (after === 0) one.edge({ level: 1, atMicros: high });
      expect(one.edge({ level: 0, atMicros: high + MIN_HIGH })).toBe(ready ? 1 : 0);
    }
  });
});

describe("the pulse filter", () => {
  test.each([
    ["a clean pulse", wire([0, 50_000], [1, 30_000], [0, 50_000]), 1],
    ["a wire that is high at boot", wire([1, 500_000], [0, 50_000], [1, 30_000], [0, 1]), 1],
    ["a high that is too short", wire([0, 50_000], [1, MIN_HIGH - 1], [0, 50_000]), 0],
    ["a high of exactly the minimum", wire([0, MIN_LOW], [1, MIN_HIGH], [0, 1]), 1],
    [
      "a low that is too short to end a pulse",
      wire([0, 50_000], [1, 30_000], [0, MIN_LOW - 1], [1, 30_000], [0, 1]),
      1,
    ],
    ["a pulse that has not ended", wire([0, 50_000], [1, 30_000]), 0],
    ["a clock that falls", [{ level: 0, atMicros: 9 } as const, { level: 1, atMicros: 5 } as const], 0],
  ])("gives for %s the count %#", (_name, edges, expected) => {
    expect(count(edges)).toBe(expected);
  });

  /** Levels too short to settle, alternating away from `level` and back to it. */
  const bounce = (level: 0 | 1) =>
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: MIN_HIGH - 1 }), fc.integer({ min: 1, max: MIN_HIGH - 1 })), {
        maxLength: 4,
      })
      .map((pairs) => pairs.flatMap(([away, back]) => [[level === 1 ? 0 : 1, away] as const, [level, back] as const]));

  test("counts exactly the pulses, whatever bounce shorter than the minima comes around their edges", () => {
    const pulse = fc.tuple(
      fc.integer({ min: MIN_LOW, max: 10 * MIN_LOW }),
      bounce(0),
      fc.integer({ min: MIN_HIGH, max: 10 * MIN_HIGH }),
      bounce(1),
    );
    fc.assert(
      fc.property(fc.array(pulse, { maxLength: 30 }), (pulses) => {
        const holds = pulses.flatMap(([low, before, high, after]) => [
          [0, low] as const,
          ...before,
          [1, high] as const,
          ...after,
        ]);
        return count(wire(...holds, [0, MIN_LOW], [1, 1])) === pulses.length;
      }),
      { numRuns: 500 },
    );
  });

  test("refuses minima that no wire has", () => {
    for (const minHighMicros of [0, 1.5, Number.NaN, 1e9]) {
      expect(() => createPulseFilter({ minHighMicros, minLowMicros: 1 })).toThrow(/config_invalid/);
    }
  });

  test("counts a day of real appliances exactly, with bounce added to every edge", () => {
    const wires = recordedPulses();
    if (wires === undefined) return;
    expect(wires.size).toBe(3);
    for (const times of wires.values()) {
      const edges: PulseEdge[] = [{ level: 0, atMicros: 0 }];
      times.forEach((ms, i) => {
        const start = 1000 * (ms + 1000);
        for (const level of [1, 0] as const) {
          const at = start + (level === 1 ? 0 : 30_000);
          for (let bounces = 0; bounces < i % 4; bounces++) {
            edges.push({ level, atMicros: at + 200 * bounces });
            edges.push({ level: level === 1 ? 0 : 1, atMicros: at + 200 * bounces + 90 });
          }
          edges.push({ level, atMicros: at + 900 });
        }
      });
      expect(count(edges)).toBe(times.length);
    }
  });
});
