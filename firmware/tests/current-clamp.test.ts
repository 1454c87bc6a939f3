/** A current clamp as a counter of mWh: exact remainders, energy that never falls, and windows cut one way or another. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ClampConstants } from "../clamp-constants.ts";
import { CurrentClamp } from "../current-clamp.ts";
import { EnergyIntegrator } from "../energy-integrator.ts";
import { HIGHEST_COUNT, type SampleWindow, WINDOW_MICROS } from "../host.ts";
import { countsOf, WindowList, windowOf } from "./waveforms.ts";

const CLAMP: ClampConstants = {
  microAmperesPerCount: 10_000,
  nominalMilliVolts: 230_000,
  noiseFloorMilliAmperes: 0,
  powerFactorPerMille: 1000,
};
/** 10 A. */
const TEN_AMPERES = windowOf([2048 + 1000, 2048 - 1000], WINDOW_MICROS);

function clampOver(...windows: readonly SampleWindow[]): { readonly list: WindowList; readonly clamp: CurrentClamp } {
  const list = new WindowList();
  list.push(...windows);
  return { list, clamp: new CurrentClamp(list, CLAMP) };
}

const counts = fc.array(fc.integer({ min: 0, max: HIGHEST_COUNT }), { minLength: 1, maxLength: 40 });
const window = fc
  .tuple(counts, fc.integer({ min: 1, max: 400_000 }))
  .map(([some, durationMicros]) => windowOf(some, durationMicros));

describe("the integrator", () => {
  test("carries the remainder exactly over a million windows", () => {
    const integrator = new EnergyIntegrator();
    let exact = 0n;
    let state = 1;
    let wrong = 0;
    for (let i = 0; i < 1_000_000; i++) {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      const power = state * 7 + 1;
      const micros = 199_000 + (state % 2003);
      integrator.add(power, micros);
      exact += BigInt(power) * BigInt(micros);
      if (BigInt(integrator.milliwattHours) !== exact / 3_600_000_000_000n) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test("is exact for any powers and times in its range", () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 10 ** 14 }), fc.integer({ min: 0, max: 10 ** 7 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const integrator = new EnergyIntegrator();
        let exact = 0n;
        for (const [power, micros] of steps) {
          integrator.add(power, micros);
          exact += BigInt(power) * BigInt(micros);
        }
        return BigInt(integrator.milliwattHours) === exact / 3_600_000_000_000n;
      }),
    );
  });
});

describe("a current clamp", () => {
  test("counts a known current exactly: 10 A at 230 V for an hour is 2,300,000 mWh", () => {
    const { clamp } = clampOver(...new Array<SampleWindow>(5 * 3600).fill(TEN_AMPERES));
    expect(clamp.read()).toBe(2_300_000);
    expect(clamp.coveredMicros).toBe(3_600_000_000);
    expect(clamp.last).toEqual({ currentMilliAmperes: 10_000, powerMilliwatts: 2_300_000, clipped: false });
  });

  test("never falls, and does not care in how many reads its windows come", () => {
    fc.assert(
      fc.property(fc.array(fc.array(window, { maxLength: 4 }), { maxLength: 10 }), (reads) => {
        const { list, clamp } = clampOver();
        let last = 0;
        for (const windows of reads) {
          list.push(...windows);
          const now = clamp.read();
          if (now < last || !Number.isSafeInteger(now)) return false;
          last = now;
        }
        return clampOver(...reads.flat()).clamp.read() === last;
      }),
    );
  });

  test("of a steady wave counts the same whatever the lengths of the windows, to half a microwatt and one mWh", () => {
    const wave = (seconds: number): number => 2048 + 1234 * Math.sin(2 * Math.PI * 50 * seconds + 0.2);
    const cycle = countsOf(wave, 4000, 80);
    const seconds = 600;
    const energyIn = (cycles: number): number => {
      const one = windowOf(Array.from({ length: cycles }, () => cycle).flat(), 20_000 * cycles);
      return clampOver(...new Array<SampleWindow>((50 * seconds) / cycles).fill(one)).clamp.read();
    };
    // the power of each window is rounded to 1 uW, at most half of that away, and the total to 1 mWh
    const rounding = (2 * 0.5e-6 * seconds) / 3.6 + 1;
    const reference = energyIn(10);
    for (const cycles of [1, 2, 3, 5, 12, 30]) {
      expect(Math.abs(energyIn(cycles) - reference)).toBeLessThanOrEqual(rounding);
    }
  });

  test("of any wave counts in one long window at least what it counts in its parts: an RMS is never below the mean of RMS", () => {
    const parts = fc.array(
      counts.filter((some) => some.length > 1),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(parts, (some) => {
        const micros = (samples: number): number => samples * 20_000;
        const split = clampOver(...some.map((one) => windowOf(one, micros(one.length)))).clamp;
        const whole = clampOver(windowOf(some.flat(), micros(some.flat().length))).clamp;
        return split.read() <= whole.read() + 1;
      }),
    );
  });

  test("invents nothing for a gap, and tells of it, of clipped samples and of windows that cannot be, once", () => {
    const { list, clamp } = clampOver(
      TEN_AMPERES,
      { ...TEN_AMPERES, gapMicros: 60_000_000 },
      { ...TEN_AMPERES, clipped: 2 },
      { ...TEN_AMPERES, sum: 1 },
    );
    expect(clamp.read()).toBe(Math.floor((3 * 2300 * 0.2) / 3.6));
    expect(clamp.coveredMicros).toBe(3 * WINDOW_MICROS);
    expect(clamp.takeTrouble()).toEqual({ clipped: 2, gaps: 2 });
    expect(clamp.takeTrouble()).toEqual({ clipped: 0, gaps: 0 });
    list.push({ ...TEN_AMPERES, clipped: 1 });
    clamp.read();
    expect(clamp.last?.clipped).toBe(true);
  });

  test("gives for calibration the RMS over all windows since it was last asked, each by its length", () => {
    const { list, clamp } = clampOver(
      { ...TEN_AMPERES, durationMicros: 3 * WINDOW_MICROS },
      windowOf([2048], WINDOW_MICROS),
    );
    expect(clamp.takeMeasurement()).toEqual({ seconds: 0.8, countsRms: Math.sqrt(750_000), clipped: 0 });
    expect(clamp.takeMeasurement()).toEqual({ seconds: 0, countsRms: 0, clipped: 0 });
    list.push({ ...TEN_AMPERES, clipped: 2 });
    expect(clamp.takeMeasurement()).toEqual({ seconds: 0.2, countsRms: 1000, clipped: 2 });
  });
});
