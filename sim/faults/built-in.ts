/** The schedules that come with the street: `none`, each kind of fault alone, and `storm`, all of them; everything is back before the end. */

import { ChoirError } from "../../core/errors.ts";
import { type Random, stream } from "../random.ts";
import type { FaultedRun } from "./plan.ts";
import { FAULT_KINDS, type Fault, type FaultKind, type FaultSchedule, readSchedule } from "./schedule.ts";

/** Names that `--faults` takes besides a file's. */
export const SCHEDULE_NAMES = ["none", ...FAULT_KINDS, "storm"] as const;

/** What a storm is made of: after all of these every home is counted in the end, which a lost meter's cannot be. */
export const STORM_KINDS = FAULT_KINDS.filter((kind) => kind !== "meter_replaced");

/** A stretch of the run: `length` intervals from `first`. */
interface Window {
  readonly first: number;
  readonly length: number;
}

/** Where in its interval a kind may begin; a report is published in the first eighth of the next interval. */
const BEGINS: Readonly<Record<FaultKind, readonly [earliest: number, latest: number]>> = {
  meter_power_cut: [0, 1],
  meter_offline: [0, 0.5],
  meter_replaced: [0, 0.5],
  broker_restart: [0, 1],
  aggregator_kill: [0, 1],
  trustee_kill: [0, 1],
  // These three begin well between two reports, and so catch one reading whole.
  duplicate: [0.3, 0.75],
  reorder: [0.3, 0.75],
  loss: [0.3, 0.75],
  // Neither the clock that is wrong nor the right one leaves the interval.
  clock_step: [0.3, 0.5],
};

/** By how much a clock is wrong and for how long, in intervals. */
const CLOCK_STEP = 0.2;

/** The end of the last report, and of the grace that follows the last interval, in intervals after it. */
const LAST_REPORT = 1 / 8;
const GRACE = 1 / 4;

/** How long a kind lasts in a window so that all is over in it; undefined where what is usual is short enough. */
function lasts(kind: FaultKind, window: Window): number | undefined {
  if (kind === "meter_offline") return window.length >= 4 ? 2 : window.length >= 2 ? 1 : 0.4;
  // the new meter is there for the last interval at least
  if (kind === "meter_replaced") return window.length >= 4 ? 1.2 : 0.4;
  return kind === "reorder" ? 2 : kind === "loss" || kind === "duplicate" ? 1 : undefined;
}

function drawFault(kind: FaultKind, window: Window, run: FaultedRun, random: Random): Fault {
  const end = window.first + window.length;
  const wanted = lasts(kind, window);
  const latest = Math.max(window.first, end - 1 - Math.ceil(wanted ?? 0));
  const interval = random.integer(window.first, latest);
  const at = random.between(...BEGINS[kind]);
  if (kind === "clock_step") {
    const seconds = ((random.chance(0.5) ? 1 : -1) * CLOCK_STEP * run.intervalMs) / 1000;
    return { kind, interval, at, seconds, correctedAfterSeconds: Math.abs(seconds) };
  }
  if (wanted === undefined) return { kind, interval, at };
  // In a run too short for it, what is held back or lost is back between the last report and the end of the grace.
  return { kind, interval, at, intervals: Math.min(wanted, end + (LAST_REPORT + GRACE) / 2 - interval - at) };
}

/** Faults of every kind, for so many meters each, in one stretch of the run. */
function stormWindow(window: Window, round: number, run: FaultedRun): Fault[] {
  // The square root meets every case and leaves enough whole blocks to sum.
  const metersEach = Math.max(1, Math.round(Math.sqrt(run.meters.length / 24)));
  const meters = stream(run.seed, "storm", round).shuffled(run.meters);
  let next = 0;
  return STORM_KINDS.flatMap((kind) => {
    const drawn = (place: string | number, target: { readonly meter?: string; readonly group?: string }): Fault => {
      const fault = drawFault(kind, window, run, stream(run.seed, "storm", round, kind, place));
      // Below, each kind is given the target that it takes.
      return { ...fault, ...target, name: `${kind}-${round + 1}-${place}` } as Fault;
    };
    if (kind === "broker_restart") return [drawn(1, {})];
    if (kind === "trustee_kill") return run.trustees.length === 0 ? [] : [drawn(1, {})];
    if (kind === "aggregator_kill") return run.groups.map(({ id }) => drawn(id, { group: id }));
    return Array.from({ length: metersEach }, (_, i) => {
      const meter = meters[next++ % meters.length];
      return drawn(i + 1, meter === undefined ? {} : { meter });
    });
  });
}

function storm(run: FaultedRun): Fault[] {
  const rounds = Math.max(1, Math.round(Math.sqrt(run.intervals / 6)));
  return Array.from({ length: rounds }, (_, round) => {
    const first = Math.floor((round * run.intervals) / rounds);
    const length = Math.floor(((round + 1) * run.intervals) / rounds) - first;
    return stormWindow({ first, length }, round, run);
  }).flat();
}

/** The schedule that `--faults` names for a run: a built-in one, else a file's. @throws ChoirError input_invalid for neither. */
export function faultSchedule(nameOrPath: string, run: FaultedRun): FaultSchedule {
  const name = SCHEDULE_NAMES.find((known) => known === nameOrPath);
  if (name === undefined) {
    if (/^[a-z_]+$/.test(nameOrPath)) {
      throw new ChoirError("input_invalid", "faults", `a file, or one of ${SCHEDULE_NAMES.join(", ")}`, nameOrPath);
    }
    return readSchedule(nameOrPath);
  }
  if (name === "none") return { name, faults: [] };
  if (name === "storm") return { name, faults: storm(run) };
  const wholeRun = { first: 0, length: run.intervals };
  return { name, faults: [{ ...drawFault(name, wholeRun, run, stream(run.seed, "faults", name)), name }] };
}
