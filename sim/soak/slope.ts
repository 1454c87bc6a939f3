/** A straight line through samples by least squares, and how far its slope can be trusted where successive samples resemble each other. */

import { ChoirError } from "../../core/errors.ts";

/** A sample. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line through samples. */
export interface Slope {
  /** y per x. */
  readonly slope: number;
  /** Of the slope, widened by what the residuals of successive samples have in common. */
  readonly standardError: number;
  /** Of y. */
  readonly mean: number;
  readonly points: number;
}

/** A line and its error take three points. */
const LEAST_POINTS = 3;
/** z of the standard normal distribution below which 95 % lie. */
const Z_95 = 1.6448536269514722;
/** Residuals that resemble each other more than this are no noise at all; the error is then widened 14-fold. */
const MOST_RESEMBLANCE = 0.99;

/**
 * The least-squares line. Points come in the order in which they were taken, evenly spaced: the standard error is that of independent residuals times
 * sqrt((1 + r) / (1 - r)), r their autocorrelation at one step where that is positive (the effective sample size of an AR(1) process).
 * @throws ChoirError value_out_of_range for less than three points, or all at one x
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < LEAST_POINTS) throw new ChoirError("value_out_of_range", "samples", `${LEAST_POINTS} or more`, `${n}`);
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2));
  if (spread === 0) throw new ChoirError("value_out_of_range", "samples", "taken at more than one x", "one x");
  const slope = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const residuals = points.map(({ x, y }) => y - meanY - slope * (x - meanX));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const independent = Math.sqrt(squares / (n - 2) / spread);
  return { slope, standardError: independent * widening(residuals, squares), mean: meanY, points: n };
}

/** The slope that the true one lies below with 95 % confidence (one-sided, Student's t with two degrees of freedom less than points). */
export function upperBound95({ slope, standardError, points }: Slope): number {
  return slope + studentT95(points - 2) * standardError;
}

/** Student's t below which 95 % lie, by its expansion in 1/degrees (Abramowitz and Stegun 26.7.5): within 0.1 % from 4 degrees on. */
export function studentT95(degrees: number): number {
  const z = Z_95;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return terms.reduce((total, term, power) => total + term / degrees ** power, 0);
}

function widening(residuals: readonly number[], squares: number): number {
  if (squares === 0) return 1;
  const products = residuals.slice(1).map((residual, i) => residual * (residuals[i] ?? 0));
  const resemblance = Math.min(MOST_RESEMBLANCE, Math.max(0, sum(products) / squares));
  return Math.sqrt((1 + resemblance) / (1 - resemblance));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
