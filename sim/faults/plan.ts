/** From a schedule to instants and ids: the faults of one run, resolved by its seed and kept off the metering grid. */

import { ChoirError } from "../../core/errors.ts";
import { stream } from "../random.ts";
import { GRID_STEPS } from "../street/wire.ts";
import type { Fault, FaultSchedule } from "./schedule.ts";

/** The run that faults happen in. */
export interface FaultedRun {
  readonly seed: string;
  /** All meters, in the run's order. */
  readonly meters: readonly string[];
  readonly groups: readonly { readonly id: string; readonly meters: readonly string[] }[];
  /** Ids of trustees; none where nobody shares the key. */
  readonly trustees: readonly string[];
  readonly startUtcMs: number;
  readonly intervalMs: number;
  readonly intervals: number;
}

/**
 * A fault's place in the run. Both instants lie inside a step of the grid on which meters poll and pulses fall, never
 * on a point of it: a power cut within one step loses nothing.
 */
interface PlannedTime {
  readonly name: string;
  /** 0-based interval of the run in which it begins. */
  readonly interval: number;
  /** When it begins and when it is over, by the run's clock. */
  readonly utcMs: number;
  readonly endUtcMs: number;
}

/** A fault of one meter. */
export interface MeterFault extends PlannedTime {
  /**
   * Power cut: the meter is without power until the end. Offline: its uplink is down until the end. Duplicate: each of
   * its publishes before the end is delivered twice. Reorder: its next publish is held back and delivered after the
   * one that follows, at the latest at the end. Loss: its next publish before the end is acknowledged and never
   * delivered; at the end its link drops for a moment, after which it resends. Replaced: it is lost for good, and at the
   * end a new meter is in its seat, which reports from the next interval on.
   */
  readonly kind: "meter_power_cut" | "meter_offline" | "meter_replaced" | "duplicate" | "reorder" | "loss";
  readonly meter: string;
}

/** The meter's utc is wrong by `stepMs` until the end. */
export interface ClockFault extends PlannedTime {
  readonly kind: "clock_step";
  readonly meter: string;
  readonly stepMs: number;
}

/** The group's aggregator is killed with -9, and started again at the end. */
export interface AggregatorFault extends PlannedTime {
  readonly kind: "aggregator_kill";
  readonly group: string;
}

/** The trustee is killed with -9, and started again at the end. */
export interface TrusteeFault extends PlannedTime {
  readonly kind: "trustee_kill";
  readonly trustee: string;
}

/** The broker is stopped, and started again at the end. */
export interface BrokerFault extends PlannedTime {
  readonly kind: "broker_restart";
}

/** One fault of a run, with everything decided. */
export type PlannedFault = MeterFault | ClockFault | AggregatorFault | TrusteeFault | BrokerFault;

/** How long a fault lasts where its schedule does not say, in intervals. */
const USUAL_INTERVALS: Readonly<Record<Fault["kind"], number>> = {
  meter_power_cut: 1 / (4 * GRID_STEPS),
  broker_restart: 1 / (4 * GRID_STEPS),
  aggregator_kill: 1 / (4 * GRID_STEPS),
  trustee_kill: 1 / (4 * GRID_STEPS),
  meter_offline: 1,
  meter_replaced: 1,
  duplicate: 1,
  reorder: 2,
  loss: 1,
  clock_step: 1 / 5,
};

/** The share of a grid step that is kept free around its points. */
const CLEARANCE = 1 / 8;

/** Moves an instant, in grid steps, off the points of the grid: by less than a quarter step, and into the same step. */
function offGrid(steps: number, highest: number): number {
  const point = Math.floor(steps);
  return point + Math.min(highest, Math.max(CLEARANCE, steps - point));
}

function beginAndEnd(fault: Fault, intervalMs: number): { beginSteps: number; endSteps: number } {
  const intervalSeconds = intervalMs / 1000;
  // A fault that begins late in a step begins early enough to end in the same one.
  const beginSteps = offGrid((fault.interval + fault.at) * GRID_STEPS, 1 - 2 * CLEARANCE);
  const seconds = fault.kind === "clock_step" ? fault.correctedAfterSeconds : fault.seconds;
  const intervals = fault.kind === "clock_step" ? undefined : fault.intervals;
  const lasts = seconds !== undefined ? seconds / intervalSeconds : intervals;
  if (lasts !== undefined) return { beginSteps, endSteps: offGrid(beginSteps + lasts * GRID_STEPS, 1 - CLEARANCE) };

  const usual = USUAL_INTERVALS[fault.kind] * GRID_STEPS;
  const end = beginSteps + usual;
  const endOfStep = Math.floor(beginSteps) + 1 - CLEARANCE;
  return { beginSteps, endSteps: usual < 1 ? Math.min(end, endOfStep) : offGrid(end, 1 - CLEARANCE) };
}

/** One fault on its way to being planned; its errors and its random choices go by its name. */
interface Choice {
  readonly name: string;
  readonly fault: Fault;
  readonly run: FaultedRun;
}

function choose(
  { name, run }: Choice,
  what: string,
  wanted: string | number | undefined,
  ids: readonly string[],
): string {
  if (wanted === undefined && ids.length > 0) return stream(run.seed, "fault", name, what).pick(ids);
  const found = typeof wanted === "number" ? ids[wanted] : ids.find((id) => id === wanted);
  if (found !== undefined) return found;
  const expected = ids.length === 0 ? "a run that has one" : `an id of the run, or 0 to ${ids.length - 1}`;
  throw new ChoirError("input_invalid", `fault ${name}: ${what}`, expected, String(wanted));
}

function chooseGroup(choice: Choice, wanted: string | number | undefined): FaultedRun["groups"][number] {
  const { groups } = choice.run;
  const id = choose(
    choice,
    "group",
    wanted,
    groups.map((group) => group.id),
  );
  // `choose` answers with one of the ids it was given.
  return groups.find((group) => group.id === id) as FaultedRun["groups"][number];
}

function chooseMeter(choice: Choice, fault: Extract<Fault, { readonly meter?: unknown }>): string {
  const meters = fault.group === undefined ? choice.run.meters : chooseGroup(choice, fault.group).meters;
  return choose(choice, "meter", fault.meter, meters);
}

function planFault(choice: Choice): PlannedFault {
  const { name, fault, run } = choice;
  if (fault.interval >= run.intervals) {
    const expected = `0 to ${run.intervals - 1} in a run of ${run.intervals}`;
    throw new ChoirError("input_invalid", `fault ${name}: interval`, expected, String(fault.interval));
  }
  const { beginSteps, endSteps } = beginAndEnd(fault, run.intervalMs);
  const utcMs = (steps: number): number => run.startUtcMs + Math.round((steps * run.intervalMs) / GRID_STEPS);
  const time = { name, interval: fault.interval, utcMs: utcMs(beginSteps), endUtcMs: utcMs(endSteps) };
  switch (fault.kind) {
    case "broker_restart":
      return { ...time, kind: fault.kind };
    case "aggregator_kill":
      return { ...time, kind: fault.kind, group: chooseGroup(choice, fault.group).id };
    case "trustee_kill":
      return { ...time, kind: fault.kind, trustee: choose(choice, "trustee", fault.trustee, run.trustees) };
    case "clock_step":
      return { ...time, kind: fault.kind, meter: chooseMeter(choice, fault), stepMs: Math.round(fault.seconds * 1000) };
    default:
      return { ...time, kind: fault.kind, meter: chooseMeter(choice, fault) };
  }
}

/** What a fault happens to. */
function targetOf(fault: PlannedFault): string {
  if (fault.kind === "broker_restart") return "the broker";
  if (fault.kind === "trustee_kill") return `trustee ${fault.trustee}`;
  return fault.kind === "aggregator_kill" ? `group ${fault.group}` : `meter ${fault.meter}`;
}

/**
 * Decides everything that a schedule leaves open. The same schedule, run and seed give the same faults; what is chosen
 * for a fault depends on its name, which is its kind and place in the list where the schedule gives none.
 * @returns the faults in the order in which they begin
 * @throws ChoirError input_invalid for an interval, meter or group that the run does not have, two faults of one name,
 *   and two of one kind that happen to the same thing at the same time
 */
export function planFaults(schedule: FaultSchedule, run: FaultedRun): readonly PlannedFault[] {
  const names = new Set<string>();
  const lastEnd = new Map<string, PlannedFault>();
  const planned = schedule.faults
    .map((fault, i) => planFault({ name: fault.name ?? `${fault.kind}-${i + 1}`, fault, run }))
    .sort((a, b) => a.utcMs - b.utcMs);
  for (const fault of planned) {
    const subject = `fault ${fault.name}`;
    if (names.has(fault.name))
      throw new ChoirError("input_invalid", subject, "a name of its own", "a second of that name");
    names.add(fault.name);
    const sort = `${fault.kind} of ${targetOf(fault)}`;
    const earlier = lastEnd.get(sort);
    if (earlier !== undefined && fault.utcMs <= earlier.endUtcMs) {
      throw new ChoirError("input_invalid", subject, `${sort} one at a time`, `one during ${earlier.name}`);
    }
    lastEnd.set(sort, fault);
  }
  return planned;
}
