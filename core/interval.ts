/** Intervals: index = floor(utc / length), half-open, and the grace after one (docs/PROTOCOL.md, Interval). */

import { ChoirError } from "./errors.ts";

/** Shortest and longest interval of a production key, in ms; streets and tests may use seconds. */
export const PRODUCTION_INTERVAL_MS = { least: 60_000, most: 86_400_000 } as const;

/** The index of the interval that holds the instant `utcMs`. */
export function intervalAt(utcMs: number, lengthMs: number): number {
  return Math.floor(utcMs / lengthMs);
}

/** The first instant of the interval, in ms of UTC. */
export function intervalStart(index: number, lengthMs: number): number {
  return index * lengthMs;
}

/** The first instant after the interval, in ms of UTC. */
export function intervalEnd(index: number, lengthMs: number): number {
  return (index + 1) * lengthMs;
}

/** How long after an interval's end its readings are waited for: a quarter of it, in ms. */
export function graceMs(lengthMs: number): number {
  return lengthMs / 4;
}

/** Checks an interval length: whole seconds, 1 s to 1 day. @throws ChoirError value_out_of_range. */
export function checkIntervalLength(lengthMs: number, name: string): number {
  if (!Number.isInteger(lengthMs / 1000) || lengthMs < 1000 || lengthMs > PRODUCTION_INTERVAL_MS.most) {
    throw new ChoirError("value_out_of_range", name, "whole seconds, 1 s to 1 day", `${lengthMs} ms`);
  }
  return lengthMs;
}
