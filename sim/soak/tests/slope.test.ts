/** The line through samples: against figures worked out elsewhere, against lines with known noise, and where nothing can be said. */
import { describe, expect, test } from "@jest/globals";
import { stream } from "../../random.ts";
import { type Point, slopeOf, studentT95, upperBound95 } from "../slope.ts";

const line = (slope: number, noise: (i: number) => number, n = 96): readonly Point[] =>
  Array.from({ length: n }, (_, i) => ({ x: i / n, y: 300_000 + (slope * i) / n + noise(i) }));

describe("the least-squares line", () => {
  test("is that of NIST's Norris set, and its error too, as its residuals have little in common", () => {
    // Statistical Reference Datasets, Norris: certified B1 1.00211681802045, standard deviation of B1 0.429796848199937E-03
    const norris = [
      [0.2, 0.1],
      [337.4, 338.8],
      [118.2, 118.1],
      [884.6, 888],
      [10.1, 9.2],
      [226.5, 228.1],
      [666.3, 668.5],
      [996.3, 998.5],
      [448.6, 449.1],
      [777, 778.9],
      [558.2, 559.2],
      [0.4, 0.3],
      [0.6, 0.1],
      [775.5, 778.1],
      [666.9, 668.8],
      [338, 339.3],
      [447.5, 448.9],
      [11.6, 10.8],
      [556, 557.7],
      [228.1, 228.3],
      [995.8, 998],
      [887.6, 888.8],
      [120.2, 119.6],
      [0.3, 0.3],
      [0.3, 0.6],
      [556.8, 557.6],
      [339.1, 339.3],
      [887.2, 888],
      [999, 998.5],
      [779, 778.9],
      [11.1, 10.2],
      [118.3, 117.6],
      [229.2, 228.9],
      [669.1, 668.4],
      [448.9, 449.2],
      [0.5, 0.2],
    ].map(([x, y]) => ({ x: x ?? 0, y: y ?? 0 }));
    const { slope, standardError, points } = slopeOf(norris);
    expect(points).toBe(36);
    expect(slope).toBeCloseTo(1.00211681802045, 12);
    // its residuals fall into no order that would narrow the error
    expect(standardError).toBeGreaterThanOrEqual(0.000429796848199);
    expect(standardError).toBeLessThan(2 * 0.000429796848199);
  });

  test("of samples on a line has its slope and no error", () => {
    const { slope, standardError, mean } = slopeOf(line(4000, () => 0));
    expect(slope).toBeCloseTo(4000);
    expect(standardError).toBeCloseTo(0);
    expect(mean).toBeCloseTo(300_000 + (4000 * 95) / 192);
  });

  test("of noise is within its error about as often as it should be", () => {
    const random = stream("slopes");
    const noise = (): number => random.between(-1000, 1000);
    const below = Array.from({ length: 400 }, () => upperBound95(slopeOf(line(2000, noise))) >= 2000);
    const share = below.filter(Boolean).length / below.length;
    expect(share).toBeGreaterThan(0.92);
    expect(share).toBeLessThanOrEqual(1);
  });

  test("is trusted less where each sample resembles the one before", () => {
    const waves = slopeOf(line(0, (i) => 1000 * Math.sin(i / 5)));
    const jumps = slopeOf(line(0, (i) => 1000 * Math.sin(i * 2.7)));
    expect(waves.standardError).toBeGreaterThan(3 * jumps.standardError);
  });

  test("of two samples, or of samples at one moment, is refused", () => {
    expect(() => slopeOf(line(1, () => 0, 2))).toThrow(/samples.*value_out_of_range/);
    expect(() => slopeOf([1, 2, 3].map((y) => ({ x: 7, y })))).toThrow(/samples.*value_out_of_range/);
  });
});

test.each([
  [4, 2.1318],
  [10, 1.8125],
  [22, 1.7171],
  [30, 1.6973],
  [94, 1.6612],
  [120, 1.6577],
])("Student's t of %d degrees of freedom is the table's", (degrees, t) => {
  expect(Math.abs(studentT95(degrees) / t - 1)).toBeLessThan(0.001);
});
