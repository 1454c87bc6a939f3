/** Results, the provider's product: one JSON object a line, energies in mWh by OBIS code (docs/OPERATIONS.md, Results). */

import type { ErrorCode } from "../../core/errors.ts";
import type { Channel } from "../../core/paillier/packing.ts";
import type { Aggregate, LeftOut } from "../../core/wire/aggregate.ts";
import type { Alarm, FoundBy } from "./feeder-watch.ts";

/** Energies by OBIS code. */
export type Energies = Readonly<Record<string, number>>;

/** A part that was opened. */
export interface OpenedResult {
  readonly type: "opened";
  readonly group: string;
  readonly interval: number;
  readonly part: number;
  readonly blocks: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Homes in this part. */
  readonly contributors: number;
  /** Homes in the group. */
  readonly members: number;
  /** This part's sums. */
  readonly sumsMilliwattHours: Energies;
  /** The feeder's totals; none while they have not come. */
  readonly feederMilliwattHours: Energies | null;
  /** Whose shares opened it, beside the provider's own; none with `custody: provider`. */
  readonly trustees: readonly string[];
}

/** A part that was not. */
export interface RefusedResult {
  readonly type: "refused";
  readonly group: string;
  readonly interval: number;
  readonly part: number;
  readonly reason: ErrorCode;
  /** The trustees without whom there are too few shares, or `provider`. */
  readonly by: readonly string[];
  /** Blocks without which the others may be opened; where none is named, each may be opened alone. */
  readonly leaveOut: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Why a part is not opened, whose word that is, and which blocks it is about, if any. */
export type Refusal = Pick<RefusedResult, "reason" | "by" | "leaveOut">;

/** A feeder's totals that came after its group's first sum. */
export interface FeederResult {
  readonly type: "feeder";
  readonly group: string;
  readonly interval: number;
  readonly feederMilliwattHours: Energies;
  /** All parts so far. */
  readonly sumsMilliwattHours: Energies;
  /** Feeder less sums. */
  readonly residualMilliwattHours: Energies;
}

/** A feeder's alarm that was raised, or cleared. */
export interface AlarmResult {
  readonly type: "alarm";
  readonly alarm: Alarm;
  readonly state: "raised" | "cleared";
  /** What found it; null when cleared. */
  readonly by: FoundBy | null;
  readonly group: string;
  readonly feeder: string;
  /** With which it began, or ended. */
  readonly interval: number;
  /** Homes of the group that are estimated, since they are not counted. */
  readonly uncounted: number;
  /** Feeder less homes, counted and estimated, import less export; of a baseline the learned losses at the reference load. */
  readonly residualMilliwattHours: number;
  readonly expectedMilliwattHours: number;
  /** How far the residual may lie from what is expected, in a single interval. */
  readonly bandMilliwattHours: number;
}

export type Result = OpenedResult | RefusedResult | FeederResult | AlarmResult;

/** Values in the order of the channels, by OBIS code. */
export function byObis(channels: readonly Channel[], values: readonly number[]): Energies {
  return Object.fromEntries(channels.map(({ obis }, i) => [obis, values[i] ?? 0]));
}

/** A refusal on the provider's own account; of several blocks it cannot say which one is to blame. */
export function ownRefusal({ blocks }: Pick<Aggregate, "blocks">, reason: ErrorCode): Refusal {
  return { reason, by: ["provider"], leaveOut: blocks.length === 1 ? blocks : [] };
}

/** The refusal of an aggregate. */
export function refusedResult({ group, interval, part, leftOut }: Aggregate, refusal: Refusal): RefusedResult {
  return { type: "refused", group, interval, part, ...refusal, leftOut };
}
