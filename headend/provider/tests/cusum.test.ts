/** The cumulative sum: designed for a rate of false alarms, deaf to what stays below its reference, bounded. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cusumDesign, cusumStep, meanStepsToFalseAlarm } from "../cusum.ts";

const excesses = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 200 });

describe("a cumulative sum", () => {
  // Montgomery, "Introduction to Statistical Quality Control", 9.1: k = 1/2, h = 5 has 930 steps on one side
  test("has the mean number of steps that textbooks give", () => {
    const steps = meanStepsToFalseAlarm({ reference: 0.5, limit: 5 });
    expect(steps).toBeGreaterThan(900);
    expect(steps).toBeLessThan(960);
  });

  test("is designed for the number of steps that is asked for", () => {
    for (const steps of [100, 930, 35_040, 1e6]) {
      expect(meanStepsToFalseAlarm(cusumDesign(steps)) / steps).toBeCloseTo(1, 4);
    }
  });

  test("stays between 0 and two limits, and at 0 below the reference", () => {
    const design = cusumDesign(1000);
    fc.assert(
      fc.property(excesses, (list) => {
        let sum = 0;
        for (const excess of list) {
          sum = cusumStep(design, sum, excess);
          expect(sum).toBeGreaterThanOrEqual(0);
          expect(sum).toBeLessThanOrEqual(2 * design.limit);
        }
        for (const excess of list) expect(cusumStep(design, 0, Math.min(excess, design.reference))).toBe(0);
      }),
    );
  });

  test("reaches its limit by a lasting shift of one deviation after about two limits' steps", () => {
    const design = cusumDesign(35_040);
    let [sum, steps] = [0, 0];
    while (sum < design.limit) {
      sum = cusumStep(design, sum, 1);
      steps++;
    }
    expect(steps).toBe(Math.ceil(design.limit / 0.5));
  });
});
