/** Pulse wires: their counts are the load's energies at every boundary, whatever happens to the power in between. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { GRID_STEPS, gridMs, pulsesPerKilowattHour, Wire, type WireRun } from "../wire.ts";

const INTERVAL_MS = 900_000;
const START = 1_900_000 * INTERVAL_MS;

function runOf(energies: readonly number[]): WireRun {
  const perKilowattHour = pulsesPerKilowattHour(energies);
  return {
    startUtcMs: START,
    intervalMs: INTERVAL_MS,
    intervals: energies.length,
    pulsesPerKilowattHour: perKilowattHour,
  };
}

function wireOf(energies: readonly number[]): { readonly wire: Wire; readonly run: WireRun } {
  const run = runOf(energies);
  return { run, wire: new Wire(run, (i) => energies[i] ?? Number.NaN) };
}

/** mWh per pulse, a whole number. */
function perPulse(run: WireRun): number {
  return 1_000_000 / run.pulsesPerKilowattHour;
}

// up to 1 GWh: a feeder of many homes
const energy = fc.oneof(
  fc.integer({ min: 0, max: 10 ** 12 }),
  fc.integer({ min: 0, max: 10 ** 9 }).map((wh) => wh * 1000),
);
const energies = fc.array(energy, { minLength: 1, maxLength: 12 });

describe("a wire", () => {
  test("has at every boundary exactly the energies until then, and nothing flows before or after the run", () => {
    fc.assert(
      fc.property(energies, fc.nat(), (list, beside) => {
        const { wire, run } = wireOf(list);
        let sum = 0;
        for (const [i, each] of list.entries()) {
          expect(wire.total(START + i * INTERVAL_MS) * perPulse(run)).toBe(sum);
          sum += each;
        }
        expect(wire.total(START - beside)).toBe(0);
        expect(wire.total(START + list.length * INTERVAL_MS + beside) * perPulse(run)).toBe(sum);
      }),
    );
  });

  test("shows whole pulses that never fall, in steps on the grid", () => {
    const instants = fc.array(fc.integer({ min: -INTERVAL_MS, max: 13 * INTERVAL_MS }), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(energies, instants, (list, offsets) => {
        const { wire } = wireOf(list);
        const totals = [...offsets].sort((a, b) => a - b).map((offset) => wire.total(START + offset));
        for (const [i, total] of totals.entries()) {
          expect(Number.isSafeInteger(total)).toBe(true);
          expect(total).toBeGreaterThanOrEqual(totals[i - 1] ?? 0);
        }
        for (const offset of offsets) {
          const point = Math.floor(offset / gridMs(INTERVAL_MS)) * gridMs(INTERVAL_MS);
          expect(wire.total(START + offset)).toBe(wire.total(START + point));
        }
      }),
    );
  });

  test("divides an interval into equal parts", () => {
    const { wire } = wireOf([1_000_000]);
    const totals = Array.from({ length: GRID_STEPS + 1 }, (_, step) => wire.total(START + step * gridMs(INTERVAL_MS)));
    expect(totals).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  test("falls within an interval of negative energy, however small, and is back at its end for the next", () => {
    for (const negative of [-1000, -35_300_000]) {
      const { wire } = wireOf([5_000_000, negative, 2_000_000]);
      const inside = Array.from({ length: GRID_STEPS - 1 }, (_, i) =>
        wire.total(START + INTERVAL_MS + (i + 1) * gridMs(INTERVAL_MS)),
      );
      expect(Math.max(...inside)).toBeLessThan(5000);
      expect(inside[GRID_STEPS - 2]).toBe(5000 + Math.floor((negative / 1000) * 0.9));
      expect([1, 2, 3].map((i) => wire.total(START + i * INTERVAL_MS))).toEqual([5000, 5000, 7000]);
    }
  });
});

describe("a counter", () => {
  test("starts at 0 at boot, and dark time between grid points loses nothing, however often the power goes", () => {
    const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 85 })), { maxLength: 6 });
    fc.assert(
      fc.property(energies, cuts, (list, wanted) => {
        const { wire, run } = wireOf(list);
        const step = gridMs(INTERVAL_MS);
        const endMs = START + list.length * INTERVAL_MS;
        const points = list.length * GRID_STEPS;
        const at = new Map(wanted.map(([where, begin]) => [Math.floor((where / 100) * points), begin / 100]));
        let nowMs = START - step / 2;
        let counter = wire.counter(() => nowMs, nowMs, START);
        let register = 0;
        expect(counter.read()).toBe(0);
        for (let point = 0; point <= points; point++) {
          nowMs = START + point * step;
          const shown = counter.read();
          const begin = at.get(point);
          if (begin === undefined) continue;
          // checkpointed at this grid point; dark and light again before the next
          register += shown;
          const darkMs = nowMs + begin * step;
          nowMs = darkMs + step / 10;
          counter = wire.counter(() => nowMs, nowMs, darkMs);
          expect(counter.read()).toBe(0);
        }
        nowMs = endMs;
        register += counter.read();
        expect(register * perPulse(run)).toBe(list.reduce((sum, each) => sum + each, 0));
      }),
    );
  });

  test("shows at the first grid point in the light what flowed in the dark", () => {
    const { wire } = wireOf([1_000_000, 1_000_000]);
    const step = gridMs(INTERVAL_MS);
    let nowMs = START + 2.5 * step;
    const counter = wire.counter(() => nowMs, START + 7.5 * step, nowMs);
    nowMs = START + 7.9 * step;
    expect(counter.read()).toBe(0);
    nowMs = START + 8 * step;
    expect(counter.read()).toBe(600);
  });
});

test("the pulse constant is 1,000 per kWh for whole Wh, and one pulse per mWh else", () => {
  expect(pulsesPerKilowattHour([0, 280_000, -35_300_000])).toBe(1000);
  expect(pulsesPerKilowattHour([280_000, 1])).toBe(1_000_000);
  expect(pulsesPerKilowattHour([])).toBe(1000);
});
