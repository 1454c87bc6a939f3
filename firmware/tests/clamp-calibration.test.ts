/** Calibration: constants come back out of measurements that were made with them, and what cannot be a calibration is refused. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type CalibrationPoint, calibrateClamp } from "../clamp-calibration.ts";
import { variance } from "../window-power.ts";
import { countsOf, windowOf } from "./waveforms.ts";

/** What a clamp of these constants would show. */
const shown = (microAmperesPerCount: number, noiseCounts: number, milliAmperes: number): CalibrationPoint => ({
  countsRms: Math.hypot((1000 * milliAmperes) / microAmperesPerCount, noiseCounts),
  referenceMilliAmperes: milliAmperes,
});

describe("a calibration", () => {
  test("finds the constants that the counts were made with, and no residual beyond their rounding", () => {
    const one = fc.record({
      microAmperesPerCount: fc.integer({ min: 1000, max: 100_000 }),
      noiseCounts: fc.double({ min: 0, max: 5, noNaN: true }),
      loads: fc.uniqueArray(fc.integer({ min: 50, max: 1300 }), { minLength: 2, maxLength: 6 }),
    });
    fc.assert(
      fc.property(one, ({ microAmperesPerCount, noiseCounts, loads }) => {
        const points = [0, ...loads.map((counts) => (counts * microAmperesPerCount) / 1000)].map((milliAmperes) =>
          shown(microAmperesPerCount, noiseCounts, milliAmperes),
        );
        const found = calibrateClamp(points);
        const noise = (noiseCounts * microAmperesPerCount) / 1000;
        // rounding up by 1 mA makes a load I smaller by (2 noise + 1) / (2 I^2) of itself, to first order; twice that is ample for the rest
        const least = (Math.min(...loads) * microAmperesPerCount) / 1000;
        const most = 1e6 * ((2 * noise + 1) / least ** 2 + 0.5 / microAmperesPerCount) + 1;
        return (
          found.microAmperesPerCount === microAmperesPerCount &&
          found.noiseFloorMilliAmperes >= noise - 1e-6 &&
          found.noiseFloorMilliAmperes < noise + 1 + 1e-6 &&
          found.residualPartsPerMillion <= most
        );
      }),
    );
  });

  test("of instruments that disagree minimises the sum of squares of the relative errors, and tells the worst", () => {
    // ratios 100 and 102 counts per A: k = (100 + 102) / (100^2 + 102^2) A per count
    const points = [
      { countsRms: 0, referenceMilliAmperes: 0 },
      { countsRms: 100, referenceMilliAmperes: 1000 },
      { countsRms: 1020, referenceMilliAmperes: 10_000 },
    ];
    expect(calibrateClamp(points)).toEqual({
      microAmperesPerCount: Math.round(1e6 * (202 / (100 ** 2 + 102 ** 2))),
      noiseFloorMilliAmperes: 0,
      residualPartsPerMillion: 10_000,
    });
  });

  test("of real waves through a converter agrees with the clamp that they came through to a quarter of a percent", () => {
    const measured = (amperes: number): CalibrationPoint => {
      const amplitude = (amperes * Math.SQRT2 * 1e6) / 22_711;
      const counts = countsOf((s) => 2050.3 + amplitude * Math.sin(2 * Math.PI * 50 * s + 0.4), 4000, 40_000);
      return {
        countsRms: Math.sqrt(variance(windowOf(counts.slice(0, 8000), 200_000))),
        referenceMilliAmperes: 1000 * amperes,
      };
    };
    // half a count is 0.25 % of the smallest load's 220 counts
    const found = calibrateClamp([0, 5, 10, 20].map(measured));
    expect(Math.abs(found.microAmperesPerCount / 22_711 - 1)).toBeLessThan(0.0025);
    expect(found.residualPartsPerMillion).toBeLessThan(2500);
  });

  const idle = { countsRms: 2, referenceMilliAmperes: 0 };
  const load = { countsRms: 200, referenceMilliAmperes: 5000 };
  const other = { countsRms: 400, referenceMilliAmperes: 10_000 };
  test.each([
    ["nothing", []],
    ["no measurement without a load", [load, other]],
    ["one load", [idle, load]],
    ["one load twice", [idle, load, load]],
    ["a load below the noise", [idle, load, { countsRms: 2, referenceMilliAmperes: 100 }]],
    ["more counts than a converter has", [idle, load, { ...other, countsRms: 2048 }]],
    ["no number of counts", [idle, load, { ...other, countsRms: Number.NaN }]],
    ["a negative load", [idle, load, { ...other, referenceMilliAmperes: -1 }]],
    [
      "a clamp that no constant fits",
      [idle, { ...load, countsRms: 2.01 }, { ...other, referenceMilliAmperes: 1e7, countsRms: 2.01 }],
    ],
  ])("is refused: %s", (_name, points) => {
    expect(() => calibrateClamp(points)).toThrow(/input_invalid/);
    expect(calibrateClamp([idle, load, other]).microAmperesPerCount).toBe(25_001);
  });
});
