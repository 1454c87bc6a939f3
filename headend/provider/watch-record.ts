/** What a provider keeps of the watch over a feeder: JSON in a record of its store, since the store's CBOR has no fractions. */

import * as v from "valibot";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { ALARMS } from "./feeder-watch.ts";

const Count = v.pipe(v.number(), v.safeInteger());

const Side = v.strictObject({
  sum: v.number(),
  standing: v.nullable(v.strictObject({ by: v.picklist(["band", "cusum", "model"]), since: Count })),
});

const WatchRecord = v.strictObject({
  /** Length of the interval that all else is about. */
  intervalMs: Count,
  learnFrom: Count,
  model: v.nullable(
    v.strictObject({
      fixedMilliwattHours: v.number(),
      referenceMilliwattHours: v.number(),
      quadraticShare: v.number(),
      deviationShare: v.number(),
      bandDeviations: v.number(),
      persistence: v.number(),
      learnedUntil: Count,
    }),
  ),
  closed: v.strictObject({ interval: Count, sides: v.strictObject({ loss: Side, surplus: Side }) }),
  /** Alarms that were raised and not cleared since. */
  announced: v.array(v.picklist(ALARMS)),
});

export type WatchRecord = v.InferOutput<typeof WatchRecord>;

export function encodeWatch(record: WatchRecord): Uint8Array {
  return encodeCbor([JSON.stringify(record)]);
}

export function readWatch(value: CborValue): WatchRecord {
  return v.parse(WatchRecord, JSON.parse(new Fields(value, "watch", 1).text(0, "json")));
}
