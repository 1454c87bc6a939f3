/** RMS and power of a window: waves whose answers are known, each with the error that quantisation and cut cycles can make at most. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ClampConstants } from "../clamp-constants.ts";
import { HIGHEST_COUNT, MOST_WINDOW_SAMPLES, WINDOW_MICROS } from "../host.ts";
import { currentMicroAmperes, isPlausible, powerMicrowatts, variance } from "../window-power.ts";
import { countsOf, windowOf } from "./waveforms.ts";

const TAU = 2 * Math.PI;
const MID = 2048;
/** Rounding to whole counts moves an RMS by at most the RMS of what was rounded off (Minkowski). */
const QUANTISATION = 0.5;
const CLAMP: ClampConstants = {
  microAmperesPerCount: 22_711,
  nominalMilliVolts: 230_000,
  noiseFloorMilliAmperes: 0,
  powerFactorPerMille: 1000,
};

const rms = (counts: readonly number[]): number => Math.sqrt(variance(windowOf(counts, WINDOW_MICROS)));
const sine = (amplitude: number, hertz: number, phase: number, bias = MID) => {
  return (seconds: number): number => bias + amplitude * Math.sin(TAU * hertz * seconds + phase);
};

/** Normal noise, the same each time (Box and Muller over a linear congruence). */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(TAU * uniform());
}

describe("the RMS of a window", () => {
  test("of a sine over whole cycles is its amplitude over the root of two to half a count, at any phase, bias and size", () => {
    const one = fc.record({
      amplitude: fc.double({ min: 0, max: 1900, noNaN: true }),
      bias: fc.double({ min: 1950, max: 2150, noNaN: true }),
      phase: fc.double({ min: 0, max: TAU, noNaN: true }),
      mains: fc.constantFrom(50, 60),
      samplesPerSecond: fc.constantFrom(1000, 4000, 20_000, 83_000),
    });
    fc.assert(
      fc.property(one, ({ amplitude, bias, phase, mains, samplesPerSecond }) => {
        const counts = countsOf(sine(amplitude, mains, phase, bias), samplesPerSecond, samplesPerSecond / 5);
        return Math.abs(rms(counts) - amplitude / Math.SQRT2) <= QUANTISATION + 1e-9;
      }),
      { numRuns: 100 },
    );
  });

  test("of a sine that ends within a cycle is off by at most what the cut cycle can make", () => {
    const one = fc.record({
      amplitude: fc.double({ min: 1, max: 1900, noNaN: true }),
      phase: fc.double({ min: 0, max: TAU, noNaN: true }),
      hertz: fc.double({ min: 45, max: 65, noNaN: true }),
      samplesPerSecond: fc.constantFrom(1000, 4000, 20_000),
      samples: fc.integer({ min: 100, max: 5000 }),
    });
    fc.assert(
      fc.property(one, ({ amplitude, phase, hertz, samplesPerSecond, samples }) => {
        // mean square = A^2/2 (1 - mean cos 2x) - (A mean sin x)^2, and a mean of N such terms is at most |sin(N x/2)| / (N |sin(x/2)|)
        const turn = (TAU * hertz) / samplesPerSecond;
        const most = (angle: number): number =>
          Math.abs(Math.sin((samples * angle) / 2) / (samples * Math.sin(angle / 2)));
        const above = Math.sqrt(1 + most(2 * turn)) - 1;
        const below = 1 - Math.sqrt(Math.max(0, 1 - most(2 * turn) - 2 * most(turn) ** 2));
        const error = rms(countsOf(sine(amplitude, hertz, phase), samplesPerSecond, samples)) - amplitude / Math.SQRT2;
        const exact = amplitude / Math.SQRT2;
        return error <= exact * above + QUANTISATION + 1e-9 && -error <= exact * below + QUANTISATION + 1e-9;
      }),
      { numRuns: 100 },
    );
  });

  test("at 49.8 Hz, a window of 200 ms off by a twentyfifth of a cycle, is within 0.2 % and half a count", () => {
    for (let phase = 0; phase < TAU; phase += 0.1) {
      const got = rms(countsOf(sine(1500, 49.8, phase), 4000, 800));
      expect(Math.abs(got / (1500 / Math.SQRT2) - 1)).toBeLessThan(0.002 + QUANTISATION / 1060);
    }
  });

  test("of a square wave is its size exactly, whatever it rides on", () => {
    for (const bias of [900, 2048, 3000]) {
      const counts = Array.from({ length: 800 }, (_, i) => bias + (i % 40 < 20 ? 731 : -731));
      expect(rms(counts)).toBe(731);
    }
  });

  test("of a steady level is 0 exactly, to the largest window there may be", () => {
    for (const level of [0, 1, 2047, HIGHEST_COUNT]) {
      expect(variance(windowOf(new Array<number>(MOST_WINDOW_SAMPLES).fill(level), WINDOW_MICROS))).toBe(0);
    }
  });

  test("is exact where nothing larger can be: half of the largest window at each end of the range", () => {
    const counts = Array.from({ length: MOST_WINDOW_SAMPLES }, (_, i) => (i % 2) * HIGHEST_COUNT);
    expect(variance(windowOf(counts, WINDOW_MICROS))).toBe((HIGHEST_COUNT / 2) ** 2);
    expect((MOST_WINDOW_SAMPLES * HIGHEST_COUNT) ** 2).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  test("of a level that one of very many samples leaves is exact: the mean is not taken off by rounded numbers", () => {
    const counts = new Array<number>(MOST_WINDOW_SAMPLES).fill(HIGHEST_COUNT);
    counts[7] = HIGHEST_COUNT - 1;
    expect(variance(windowOf(counts, WINDOW_MICROS))).toBe((MOST_WINDOW_SAMPLES - 1) / MOST_WINDOW_SAMPLES ** 2);
  });

  test("is moved by a bias that drifts within the window by at most the drift's own RMS, its span over the root of 12", () => {
    for (const span of [1, 10, 100]) {
      for (const amplitude of [0, 20, 1000]) {
        const still = sine(amplitude, 50, 0.3);
        const drifting = (seconds: number): number => still(seconds) + (span * seconds) / 0.2;
        const error = Math.abs(rms(countsOf(drifting, 4000, 800)) - amplitude / Math.SQRT2);
        expect(error).toBeLessThanOrEqual(span / Math.sqrt(12) + QUANTISATION);
      }
    }
  });

  test("of a sine that is larger than the range is less than the true one, and the window says that it clipped", () => {
    const window = windowOf(countsOf(sine(2500, 50, 0), 4000, 800), WINDOW_MICROS);
    expect(Math.sqrt(variance(window))).toBeLessThan(2500 / Math.SQRT2);
    expect(window.clipped).toBeGreaterThan(0);
    expect(windowOf(countsOf(sine(2040, 50, 0), 4000, 800), WINDOW_MICROS).clipped).toBe(0);
  });
});

describe("the current of a window", () => {
  const SIGMA = 3;
  const SAMPLES = 800;
  const noisy: ClampConstants = {
    ...CLAMP,
    noiseFloorMilliAmperes: Math.round((Math.sqrt(SIGMA ** 2 + 1 / 12) * CLAMP.microAmperesPerCount) / 1000),
  };

  test.each([10, 100, 1500])(
    "of a sine of %p counts in noise is the sine's, the noise taken off in quadrature",
    (amplitude) => {
      const random = noise(7);
      const wave = sine(amplitude, 50, 0.7);
      const exact = ((amplitude / Math.SQRT2) * CLAMP.microAmperesPerCount) ** 2;
      // variance of a mean of N squares of signal and noise: (4 signal^2 sigma^2 + 2 sigma^4) / N, in counts; six of its roots
      const spread = 6 * Math.sqrt((4 * (amplitude ** 2 / 2) * SIGMA ** 2 + 2 * SIGMA ** 4) / SAMPLES);
      const rounding = 2 * noisy.noiseFloorMilliAmperes * 1000 * 500 + 500 ** 2;
      for (let window = 0; window < 50; window++) {
        const counts = countsOf((seconds) => wave(seconds) + SIGMA * random(), 4000, SAMPLES);
        const square = currentMicroAmperes(variance(windowOf(counts, WINDOW_MICROS)), noisy) ** 2;
        expect(Math.abs(square - exact)).toBeLessThan(spread * CLAMP.microAmperesPerCount ** 2 + rounding);
      }
    },
  );

  test("of noise alone is none at all, and some without the noise floor", () => {
    const random = noise(11);
    for (let window = 0; window < 100; window++) {
      const counts = countsOf(() => MID + SIGMA * random(), 4000, SAMPLES);
      const squared = variance(windowOf(counts, WINDOW_MICROS));
      expect(currentMicroAmperes(squared, noisy)).toBe(0);
      expect(currentMicroAmperes(squared, CLAMP)).toBeGreaterThan(50_000);
    }
  });

  test("begins at the noise floor: below its root of two nothing, above it what is left in quadrature", () => {
    const one: ClampConstants = { ...CLAMP, microAmperesPerCount: 1000, noiseFloorMilliAmperes: 30 };
    expect(currentMicroAmperes(2 * 30 ** 2 - 1, one)).toBe(0);
    expect(currentMicroAmperes(2 * 30 ** 2, one)).toBe(30_000);
    expect(currentMicroAmperes(50 ** 2, one)).toBe(40_000);
  });
});

test("power is current times nominal voltage times power factor, to the microwatt", () => {
  expect(powerMicrowatts(10_000_000, CLAMP)).toBe(2_300_000_000);
  expect(powerMicrowatts(10_000_000, { ...CLAMP, powerFactorPerMille: 950 })).toBe(2_185_000_000);
  expect(powerMicrowatts(1, { ...CLAMP, nominalMilliVolts: 1499 })).toBe(1);
  expect(powerMicrowatts(1, { ...CLAMP, nominalMilliVolts: 1501 })).toBe(2);
  const largest = { ...CLAMP, microAmperesPerCount: 10_000_000, nominalMilliVolts: 1_000_000 };
  expect(powerMicrowatts(currentMicroAmperes((HIGHEST_COUNT / 2) ** 2, largest), largest)).toBeLessThan(2.1e13);
});

describe("a window that no samples can have made", () => {
  const sound = windowOf([1, 2, 3, 4095], WINDOW_MICROS);

  test("is told from every one that they can", () => {
    const counts = fc.array(fc.integer({ min: 0, max: HIGHEST_COUNT }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 10_000_000 }), (some, micros) =>
        isPlausible(windowOf(some, micros)),
      ),
    );
  });

  test.each([
    ["no samples", { samples: 0 }],
    ["more samples than are exact", { samples: MOST_WINDOW_SAMPLES + 1 }],
    ["half a sample", { samples: 3.5 }],
    ["a sum above its maximum", { sum: 4 * 4095 + 1 }],
    ["a sum below its minimum", { sum: 3 }],
    ["squares below the square of the mean", { sumOfSquares: 4_204_550 }],
    ["squares above its maximum", { sumOfSquares: 4 * 4095 * 4095 + 1 }],
    ["a maximum beyond the converter", { maximum: 4096 }],
    ["a minimum above its maximum", { minimum: 4096 }],
    ["more clipped samples than samples", { clipped: 5 }],
    ["no length", { durationMicros: 0 }],
    ["a length beyond ten seconds", { durationMicros: 10_000_001 }],
    ["a negative gap", { gapMicros: -1 }],
    ["no number", { sum: Number.NaN }],
  ])("is refused: %s", (_name, wrong) => {
    expect(isPlausible(sound)).toBe(true);
    expect(isPlausible({ ...sound, ...wrong })).toBe(false);
  });
});
