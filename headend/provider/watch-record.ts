/** What a provider keeps of the watch over a feeder: JSON in a record of its store, since the store's CBOR has no fractions. */

import * as v from "valibot";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { ALARMS, type Alarm, type WatchState } from "./feeder-watch.ts";

const Count = v.pipe(v.number(), v.safeInteger());

const Side = v.strictObject({
  whole: v.number(),
  estimated: v.number(),
  standing: v.nullable(v.strictObject({ by: v.picklist(["band", "cusum", "model"]), since: Count })),
});

const Stored = v.strictObject({
  intervalMs: Count,
  learnFrom: Count,
  model: v.nullable(
    v.strictObject({
      fixedMilliwattHours: v.number(),
      referenceMilliwattHours: v.number(),
      quadraticShare: v.number(),
      hours: v.pipe(v.array(v.strictObject({ biasShare: v.number(), deviationShare: v.number() })), v.length(24)),
      bandDeviations: v.number(),
      persistence: v.number(),
      learnedUntil: Count,
    }),
  ),
  closed: v.strictObject({ interval: Count, sides: v.strictObject({ loss: Side, surplus: Side }) }),
  announced: v.array(v.picklist(ALARMS)),
});

/** The state of a watch, and what was told of it. */
export interface WatchRecord extends WatchState {
  /** Length of the interval that all else is about. */
  readonly intervalMs: number;
  readonly learnFrom: number;
  /** Alarms that were raised and not cleared since. */
  readonly announced: readonly Alarm[];
}

export function encodeWatch(record: WatchRecord): Uint8Array {
  return encodeCbor([JSON.stringify(record)]);
}

export function readWatch(value: CborValue): WatchRecord {
  return v.parse(Stored, JSON.parse(new Fields(value, "watch", 1).text(0, "json")));
}
