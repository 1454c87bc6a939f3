/** An aggregator's ledger read through in order of intervals: its sealed parts, the intervals that hold readings, and what was delivered. */

import { topics } from "../../core/wire/topics.ts";
import { deliveryId } from "../service/delivery.ts";
import { readRecord, type Store } from "../service/store.ts";
import type { Member } from "./group-plan.ts";
import { type PartRecord, readPartRecord, readReadingRecord } from "./records.ts";

/** A sealed part and its name. */
export interface SealedRecord {
  readonly interval: number;
  readonly part: number;
  readonly record: PartRecord;
}

/** Parts of the intervals kept. @throws ChoirError store_corrupt. */
export async function* partsIn(store: Pick<Store, "scan">): AsyncGenerator<SealedRecord> {
  for await (const [key, content] of store.scan("part/", "part0")) {
    const [, interval, part] = key.split("/");
    yield { interval: Number(interval), part: Number(part), record: readRecord(key, content, readPartRecord) };
  }
}

/** Intervals kept that hold readings. */
export async function* intervalsIn(store: Pick<Store, "scan">): AsyncGenerator<number> {
  let last = -1;
  for await (const [key] of store.scan("block/", "block0")) {
    const interval = Number(key.split("/")[1]);
    if (interval !== last) yield interval;
    last = interval;
  }
}

/** The id of the delivery that brought a reading's envelope. */
export function readingId(group: string, meter: string, envelope: Uint8Array): Uint8Array {
  return deliveryId(topics.reading(group, meter), envelope);
}

/** Ids of all deliveries that left something. @param memberOf who had a seat in an interval @throws ChoirError store_corrupt. */
export async function* deliveriesIn(
  store: Pick<Store, "scan">,
  group: string,
  memberOf: (interval: number, seat: string) => Pick<Member, "meter"> | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const [key, content] of store.scan("reading/", "reading0")) {
    const record = readReadingRecord(key, content);
    const [, interval, seat = ""] = key.split("/");
    const member = memberOf(Number(interval), seat);
    if ("id" in record) yield record.id;
    // a roll that is not kept any more leaves nobody to ask about it
    else if (member !== undefined) yield readingId(group, member.meter, record.envelope);
  }
  for await (const { record } of partsIn(store)) if (record.receipt !== undefined) yield record.receipt.id;
}
