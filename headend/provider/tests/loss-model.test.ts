/** Losses learned from history: the law that made them comes back, and a quarter of false intervals does not move it far. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { deviation, expectedResidual, fitLosses, type LossSample, lossShare, technicalLoss } from "../loss-model.ts";
import { measure } from "../measured.ts";
import { drawn, HOMES, made, PLAIN } from "./losses.ts";

const PLACE = {
  intervalMs: 900_000,
  members: HOMES,
  silentHomes: 0,
  unmeteredMilliwattHours: 0,
  channels: { imported: 0, exported: 1 },
};

function samples(count: number, stolen: (interval: number) => number = () => 0, feeder = PLAIN): LossSample[] {
  return Array.from({ length: count }, (_, i) => {
    const sample = measure(i, made(i, stolen(i), HOMES, feeder), PLACE);
    if (sample === undefined) throw new Error("all homes are counted");
    return sample;
  });
}

/** Losses by the law that made them, by what the homes draw, in mWh. */
function truth(atHomes: number, feeder = PLAIN): number {
  return feeder.fixedMilliwattHours + feeder.perSquare * atHomes ** 2;
}

describe("losses", () => {
  test("come back as the law that made them, whatever the law", () => {
    const laws = fc.record({
      fixedMilliwattHours: fc.integer({ min: 0, max: 100_000 }),
      perSquare: fc.double({ min: 0, max: 1e-8, noNaN: true }),
      error: fc.constant(500),
    });
    fc.assert(
      fc.property(laws, (law) => {
        const model = fitLosses(samples(672, () => 0, law));
        if (model === undefined) throw new Error("something flowed");
        for (const atHomes of [3_000_000, 5_000_000, 7_500_000]) {
          const loss = truth(atHomes, law);
          // the model knows the feeder's load, which holds the losses too
          const error = Math.abs(technicalLoss(model, atHomes + loss) - loss);
          expect(error).toBeLessThan(2 * law.error + 0.05 * loss);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("move little when a theft was there in a fifth of the intervals", () => {
    const model = fitLosses(samples(672, (interval) => (interval % 5 === 0 ? 500_000 : 0)));
    if (model === undefined) throw new Error("something flowed");
    for (const load of [3_000_000, 5_000_000, 7_500_000]) {
      expect(Math.abs(technicalLoss(model, load) - truth(load))).toBeLessThan(10_000);
    }
  });

  test("hold a theft that was always there, and their share of the load tells", () => {
    const clean = fitLosses(samples(672));
    const stolen = fitLosses(samples(672, () => 500_000));
    expect(clean && lossShare(clean)).toBeLessThan(0.02);
    expect(stolen && lossShare(stolen)).toBeGreaterThan(0.1);
  });

  test("lie within the band where they were learned", () => {
    const learned = samples(672);
    const model = fitLosses(learned);
    if (model === undefined) throw new Error("something flowed");
    for (const sample of learned) {
      const apart = Math.abs(sample.residualMilliwattHours - expectedResidual(model, sample));
      expect(apart / deviation(model, sample)).toBeLessThan(model.bandDeviations);
    }
  });

  test("are not learned where nothing ever flowed", () => {
    const none = Array.from({ length: 40 }, (_, interval): LossSample => {
      return { interval, hour: 0, loadMilliwattHours: 0, grossMilliwattHours: 0, residualMilliwattHours: 0 };
    });
    expect(fitLosses(none)).toBeUndefined();
  });
});

describe("an interval", () => {
  test("is nothing to judge before its feeder and a block have come", () => {
    expect(measure(7, { ...made(7), feeder: undefined }, PLACE)).toBeUndefined();
    expect(measure(7, { ...made(7), contributors: 0, sums: [0, 0] }, PLACE)).toBeUndefined();
  });

  test("with homes uncounted takes them to draw what the others do, and doubts it", () => {
    const whole = measure(7, made(7), PLACE);
    const half = measure(7, made(7, 0, HOMES / 2), PLACE);
    expect(half?.uncounted).toBe(HOMES / 2);
    expect(Math.abs((half?.residualMilliwattHours ?? 0) - (whole?.residualMilliwattHours ?? 0))).toBeLessThan(3);
    // a home's mean times sqrt(m n / (n - m))
    expect(half?.doubtMilliwattHours).toBeCloseTo((drawn(7) / HOMES) * Math.sqrt(20), -1);
    expect(whole?.doubtMilliwattHours).toBe(0);
  });

  test("of a feeder with silent homes and known loads takes them off too", () => {
    const place = { ...PLACE, silentHomes: 5, unmeteredMilliwattHours: 1_000 };
    const plain = measure(7, made(7), PLACE)?.residualMilliwattHours ?? 0;
    expect(measure(7, made(7), place)?.residualMilliwattHours).toBeCloseTo(plain - drawn(7) / 4 - 1_000, -1);
  });
});
