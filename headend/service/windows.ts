/** Which intervals the head end takes messages of, and how long it remembers (docs/PROTOCOL.md, Interval and Retention). */

import { ChoirError } from "../../core/errors.ts";
import { graceMs, intervalAt, intervalEnd } from "../../core/interval.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";

/** A day. */
export const DAY_MS = 86_400_000;

/** After an interval's end: it is closed for good, and its envelopes are erased. */
export const KEPT_MS = 7 * DAY_MS;

/** Randomisers are remembered for 30 days after they came, which is at most 7 days after their interval. */
export const RHO_KEPT_MS = 30 * DAY_MS + KEPT_MS;

/** How far a meter's clock may run ahead of ours: what its own check against the beacon allows, a quarter interval. */
export function toleranceMs(intervalMs: number): number {
  return graceMs(intervalMs);
}

/** When the first aggregate of an interval is made. */
export function closesAt(interval: number, intervalMs: number): number {
  return intervalEnd(interval, intervalMs) + graceMs(intervalMs);
}

/** The last interval whose first aggregate is due at `nowMs`. */
export function lastDue(nowMs: number, intervalMs: number): number {
  return intervalAt(nowMs - graceMs(intervalMs), intervalMs) - 1;
}

/** The first interval that is not yet older than `keptMs`. */
export function oldestKept(nowMs: number, intervalMs: number, keptMs: number): number {
  return Math.max(0, Math.ceil((nowMs - keptMs) / intervalMs) - 1);
}

/** Refuses an interval outside the key's. @throws ChoirError key_unknown. */
export function checkInKey(interval: number, { firstInterval, lastInterval }: KeyFile, name: string): void {
  if (interval >= firstInterval && interval <= lastInterval) return;
  throw new ChoirError("key_unknown", name, `${firstInterval} to ${lastInterval}`, `${interval}`);
}

/** Refuses an interval outside the key's, or one that has not ended by our clock, give or take a quarter of it. @throws ChoirError key_unknown, interval_in_future. */
export function checkEnded(interval: number, keyFile: KeyFile, nowMs: number, name: string): void {
  checkInKey(interval, keyFile, name);
  const { intervalMs } = keyFile;
  const restMs = intervalEnd(interval, intervalMs) - nowMs;
  if (restMs > toleranceMs(intervalMs)) {
    throw new ChoirError("interval_in_future", name, "an interval that has ended", `${restMs} ms before its end`);
  }
}
