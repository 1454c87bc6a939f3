/** What a street tells: the objects that `--json` prints one a line, and when a run counts as a success. Energies are integers of mWh. */

/** What every word about a group's interval has. */
interface GroupInterval {
  readonly group: string;
  /** floor(utc / interval length). */
  readonly interval: number;
  /** Start of the interval, RFC 3339. */
  readonly start: string;
  readonly scheme: string;
  /** Homes of the group. */
  readonly members: number;
  /** Homes in this part's sum. */
  readonly contributors: number;
  /** Meters without a reading. */
  readonly missing: readonly string[];
  /** Blocks left out of the sum. */
  readonly left_out: readonly string[];
  /** 0 for the sum at the end of the grace, 1, 2, ... for blocks that became whole later. */
  readonly part: number;
}

/** A sum that the provider opened, beside the truth that only the street knows. */
export interface OpenedEvent extends GroupInterval {
  readonly type: "opened";
  /** By OBIS code, the import channel first. */
  readonly channels: Readonly<Record<string, { readonly sum_mwh: number; readonly truth_mwh: number }>>;
  /** The feeder meter's total, and what is left of it when all parts so far are taken off; null where it has not reported. */
  readonly feeder: { readonly measured_mwh: number; readonly residual_mwh: number } | null;
  readonly exact: boolean;
  /** Whose shares opened it, beside the provider's own; none where the provider holds the whole key. */
  readonly trustees: readonly string[];
}

/** A sum that was not opened, and why. */
export interface RefusedEvent extends GroupInterval {
  readonly type: "refused";
  readonly reason: string;
  /** The trustees who gave no share, or `provider`. */
  readonly by: readonly string[];
  /** Blocks that come in no further sum of the interval; where none is named, each comes alone. */
  readonly leave_out: readonly string[];
}

/** A reading that its own meter refused to seal. */
export interface RejectedEvent {
  readonly type: "rejected";
  readonly meter: string;
  readonly interval: number;
  readonly start: string;
  readonly code: string;
}

/** A feeder's alarm, as the provider tells it: its measured load and what its homes' sums account for lie too far apart, or no longer. */
export interface AlarmEvent {
  readonly type: "alarm";
  readonly alarm: "loss" | "surplus" | "baseline";
  readonly state: "raised" | "cleared";
  /** What found it; null when cleared. */
  readonly by: "band" | "cusum" | "model" | null;
  readonly group: string;
  readonly feeder: string;
  readonly interval: number;
  /** Start of the interval, RFC 3339. */
  readonly start: string;
}

/** The last word of a run. */
export interface SummaryEvent {
  readonly type: "summary";
  readonly intervals: number;
  readonly opened: number;
  readonly refused: number;
  /** Every opened sum was exact. */
  readonly exact: boolean;
  /** Homes counted at the end of the run, over homes times intervals, of all groups: 0 to 1. */
  readonly coverage: number;
  readonly meters: number;
  readonly host: string;
  readonly engine: string;
  readonly seconds: number;
}

export type StreetEvent = OpenedEvent | RefusedEvent | RejectedEvent | AlarmEvent | SummaryEvent;

/** What a summary does not carry and a verdict needs. */
export interface Tally {
  /** Opened sums that differ from the truth. */
  readonly inexact: number;
  /** Readings refused at their meters. */
  readonly rejected: number;
  /** Readings sealed, and in the end neither in a sum nor in a block listed as left out. */
  readonly lost: number;
}

/** Whether the run held: every sum that was opened is exact, and nothing was lost. Readings refused at their meters are no failure. */
export function succeeded(summary: SummaryEvent, tally: Tally): boolean {
  return summary.exact && tally.inexact === 0 && tally.lost === 0;
}
