/** A measurement and the line that is printed of it: medians over samples that were taken in turn with those of the baseline. */

import type { EngineName } from "./engines/engine.ts";

/** Samples of a subject and of what it is compared with, taken A B A B ... in one run. */
export interface Measurement {
  readonly name: string;
  readonly engine: EngineName;
  readonly unit: "ms" | "compute" | "x" | "msg/s" | "byte";
  readonly values: readonly number[];
  readonly baselines: readonly number[];
  /** What the baseline is. */
  readonly against: string;
  /** Whether less is better, as of costs, or more, as of rates. */
  readonly better: "less" | "more";
  /** The least ratio that the product promises. */
  readonly target?: number;
}

/** What `--json` prints. `ratio` is how many times better than the baseline; more is always better. */
export interface Line {
  readonly name: string;
  readonly engine: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
}

/** The line of a measurement. */
export function lineOf({ name, engine, unit, values, baselines, better }: Measurement): Line {
  const value = median(values);
  const baseline = median(baselines);
  return { name, engine, value, unit, baseline, ratio: better === "less" ? baseline / value : value / baseline };
}

/** The middle of at least one number; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  // there is at least one, so both indices are inside
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
