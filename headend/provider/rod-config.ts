/** The entry `rod` of a provider's config file: how feeders are watched (docs/OPERATIONS.md, The measuring rod). */

import * as v from "valibot";
import { ConfigId } from "../service/config.ts";
import { cusumDesign } from "./cusum.ts";
import type { WatchDesign } from "./feeder-watch.ts";
import { LEAST_SAMPLES } from "./loss-model.ts";

const positive = (unit: string) => v.pipe(v.number(), v.gtValue(0, `${unit} above 0`));

const FeederRod = v.strictObject({
  /** Drawn behind the feeder and metered by none of its homes, such as street lights. */
  unmeteredWatts: v.optional(v.number(), 0),
  /** Metering points behind the feeder that take no part. */
  silentHomes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0, "0 or more")), 0),
  /** Learns anew from this moment on, as after works on the network. */
  learnFrom: v.optional(v.pipe(v.string(), v.isoTimestamp("a time of RFC 3339, like 2026-11-01T00:00:00Z"))),
});

export const RodConfig = v.strictObject({
  /** Days of intervals without a missing home to learn losses from. */
  learningDays: v.optional(positive("days"), 7),
  /** Mean days between false alarms of one feeder and side that the sums are designed for. */
  falseAlarmDays: v.optional(v.pipe(v.number(), v.minValue(1, "1 or more")), 365),
  /** Losses above this share of the usual load are an alarm by themselves. */
  mostLossShare: v.optional(positive("a share"), 0.06),
  /** By feeder. */
  feeders: v.optional(v.record(ConfigId, FeederRod), {}),
});

export type RodConfig = v.InferOutput<typeof RodConfig>;
export type FeederRod = v.InferOutput<typeof FeederRod>;

const DAY_MS = 86_400_000;
/** Days until an interval is closed for good (docs/PROTOCOL.md, Blocks). */
const OPEN_DAYS = 7;
/** Fewest intervals between false alarms that sums are designed for. */
const LEAST_STEPS = 100;

/** How a feeder of intervals of this length is watched. */
export function watchDesign(config: RodConfig, intervalMs: number): WatchDesign {
  const perDay = DAY_MS / intervalMs;
  return {
    cusum: cusumDesign(Math.max(LEAST_STEPS, config.falseAlarmDays * perDay)),
    samples: Math.max(LEAST_SAMPLES, Math.ceil(config.learningDays * perDay)),
    mostLossShare: config.mostLossShare,
    openIntervals: Math.ceil(OPEN_DAYS * perDay),
  };
}
