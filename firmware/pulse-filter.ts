/**
 * The pulse filter: which edges of an S0 wire (IEC 62053-31) make a pulse, for hosts that hand in edges. A pulse is a low that was held
 * long enough and then a high that was held long enough; it counts when that high ends, so noise and half pulses never do.
 */

import { ChoirError } from "../core/errors.ts";

/** The last level that was held long enough; `unsettled` from boot until there was one. */
export const FILTER_STATES = ["unsettled", "low", "high"] as const;
export type FilterState = (typeof FILTER_STATES)[number];

/** `missed`: the level came twice, so two edges between went unseen and nothing is known of the time since. */
export const FILTER_EDGES = ["rising", "falling", "missed"] as const;
export type FilterEdge = (typeof FILTER_EDGES)[number];

/** One row of the truth table. */
export interface FilterRow {
  readonly state: FilterState;
  readonly edge: FilterEdge;
  /** Whether the level that this edge ends was held for its minimum. */
  readonly held: boolean;
  readonly next: FilterState;
  readonly counts: 0 | 1;
}

/** Every combination, once. */
export const PULSE_FILTER_TABLE: readonly FilterRow[] = [
  // nothing is known before boot: a high that is already there, or that no settled low precedes, is a ghost
  { state: "unsettled", edge: "rising", held: false, next: "unsettled", counts: 0 },
  { state: "unsettled", edge: "rising", held: true, next: "low", counts: 0 },
  { state: "unsettled", edge: "falling", held: false, next: "unsettled", counts: 0 },
  { state: "unsettled", edge: "falling", held: true, next: "high", counts: 0 },
  { state: "unsettled", edge: "missed", held: false, next: "unsettled", counts: 0 },
  { state: "unsettled", edge: "missed", held: true, next: "unsettled", counts: 0 },
  // the only row that counts: a settled low, then a settled high
  { state: "low", edge: "rising", held: false, next: "low", counts: 0 },
  { state: "low", edge: "rising", held: true, next: "low", counts: 0 },
  { state: "low", edge: "falling", held: false, next: "low", counts: 0 },
  { state: "low", edge: "falling", held: true, next: "high", counts: 1 },
  { state: "low", edge: "missed", held: false, next: "low", counts: 0 },
  { state: "low", edge: "missed", held: true, next: "low", counts: 0 },
  // only a settled low makes ready for the next pulse
  { state: "high", edge: "rising", held: false, next: "high", counts: 0 },
  { state: "high", edge: "rising", held: true, next: "low", counts: 0 },
  { state: "high", edge: "falling", held: false, next: "high", counts: 0 },
  { state: "high", edge: "falling", held: true, next: "high", counts: 0 },
  { state: "high", edge: "missed", held: false, next: "high", counts: 0 },
  { state: "high", edge: "missed", held: true, next: "high", counts: 0 },
];

/** Least lengths, in microseconds: 1 to 10,000,000. S0 pulses and pauses last 30 ms or more; a third of that is a good choice. */
export interface PulseFilterSettings {
  readonly minHighMicros: number;
  readonly minLowMicros: number;
}

/** The wire at an instant of a clock that never falls, in microseconds. */
export interface PulseEdge {
  readonly level: 0 | 1;
  readonly atMicros: number;
}

export interface PulseFilter {
  /** Takes the level behind an edge, or the level sampled when the input is armed; returns the pulses that it completes, 0 or 1. */
  edge(edge: PulseEdge): 0 | 1;
}

/** @throws ChoirError config_invalid. */
export function createPulseFilter(settings: PulseFilterSettings): PulseFilter {
  const leastMicros = [checkMicros(settings.minLowMicros, "low"), checkMicros(settings.minHighMicros, "high")] as const;
  let state: FilterState = "unsettled";
  let last: PulseEdge | undefined;
  return {
    edge(now) {
      if (last === undefined) {
        last = now;
        return 0;
      }
      const held = now.atMicros - last.atMicros >= leastMicros[last.level];
      const edge: FilterEdge = now.level === last.level ? "missed" : now.level === 1 ? "rising" : "falling";
      last = now;
      const row = pulseFilterRow(state, edge, held);
      state = row.next;
      return row.counts;
    },
  };
}

/** The row of the table for a combination. */
export function pulseFilterRow(state: FilterState, edge: FilterEdge, held: boolean): FilterRow {
  // the table has a row for every combination: its test goes through them all
  return PULSE_FILTER_TABLE.find((row) => row.state === state && row.edge === edge && row.held === held) as FilterRow;
}

function checkMicros(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000) {
    throw new ChoirError("config_invalid", `pulse filter, least ${name}`, "1 to 10,000,000 us", `${value}`);
  }
  return value;
}
