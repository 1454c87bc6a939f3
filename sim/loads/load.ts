/** A load: what each meter of a street measures in each interval of a run, from whatever source. */

import { ChoirError } from "../../core/errors.ts";
import { formatInstant } from "../time.ts";

/** Energies of `meters` over `intervals` intervals of `intervalMs`, the first of which starts at `startUtcMs`. */
export interface Load {
  readonly meters: readonly string[];
  /** Whole seconds, in ms. */
  readonly intervalMs: number;
  /** A multiple of `intervalMs`, as intervals are counted from the epoch (docs/PROTOCOL.md, Interval). */
  readonly startUtcMs: number;
  readonly intervals: number;
  /** The street's local clocks, for showing times only. */
  readonly utcOffsetMinutes: number;
  /** OBIS codes of the registers that the source knows. */
  readonly channels: readonly string[];
  /**
   * Energy of one interval in mWh, a safe integer; null where the source has no reading of that meter for that interval.
   * A channel that the source does not know is a register that never moves: 0. Nothing is checked here: a value may
   * be negative or absurd, and it is the meter's work to refuse it.
   */
  energyMilliwattHours(meterIndex: number, intervalIndex: number, channel: string): number | null;
}

/** Which part of a load a run uses; absent means all there is. */
export interface LoadSelection {
  /** The first so many meters. */
  readonly meters?: number;
  /** Start of the first interval. */
  readonly fromUtcMs?: number;
  readonly intervals?: number | "all";
}

function checkCount(wanted: number, available: number, subject: string): number {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > available) {
    throw new ChoirError("input_invalid", subject, `a whole number from 1 to ${available}`, String(wanted));
  }
  return wanted;
}

/** The part of `load` that `selection` names. @throws ChoirError input_invalid where the load does not reach so far. */
export function selectLoad(load: Load, selection: LoadSelection): Load {
  const meters = load.meters.slice(0, checkCount(selection.meters ?? load.meters.length, load.meters.length, "meters"));

  const startUtcMs = selection.fromUtcMs ?? load.startUtcMs;
  const first = (startUtcMs - load.startUtcMs) / load.intervalMs;
  if (!Number.isInteger(first) || first < 0 || first >= load.intervals) {
    const clock = (intervalIndex: number): string =>
      formatInstant(load.startUtcMs + intervalIndex * load.intervalMs, load.utcOffsetMinutes);
    const expected = `the start of an interval of ${load.intervalMs / 1000} s from ${clock(0)} to ${clock(load.intervals - 1)}`;
    throw new ChoirError("input_invalid", "from", expected, formatInstant(startUtcMs, load.utcOffsetMinutes));
  }

  const left = load.intervals - first;
  const wanted = selection.intervals ?? "all";
  return {
    ...load,
    meters,
    startUtcMs,
    intervals: wanted === "all" ? left : checkCount(wanted, left, "intervals"),
    energyMilliwattHours: (meterIndex, intervalIndex, channel) =>
      load.energyMilliwattHours(meterIndex, first + intervalIndex, channel),
  };
}
