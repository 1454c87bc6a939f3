/** What a meter says of itself in the clear: status (retained, and its last will) and events; codes and counts, never energies. */

import { CLOCK_QUALITIES, type ClockQuality, METER_EVENTS, type MeterEventCode } from "../meter-words.ts";
import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";

/** The diagnostics of a meter that is connected. */
export interface Diagnostics {
  readonly uptimeSeconds: number;
  /** Starts since the register was made. */
  readonly boots: number;
  readonly clockQuality: ClockQuality;
  /** Entries ready in the pool. */
  readonly poolLevel: number;
  /** Entries that had to be made on the spot since boot. */
  readonly poolMisses: number;
  /** Envelopes that wait for a receipt. */
  readonly outboxDepth: number;
  /** Envelopes that the full outbox dropped since boot. */
  readonly outboxDropped: number;
  /** Intervals since boot that gave no reading. */
  readonly rejectedReadings: number;
}

/** A meter's status: `lost` is what the broker says for it when its link breaks. */
export type Status =
  | { readonly meter: string; readonly state: "lost" }
  | { readonly meter: string; readonly state: "online"; readonly diagnostics: Diagnostics };

/** Something that happened at a meter. */
export interface MeterEvent {
  readonly meter: string;
  readonly code: MeterEventCode;
  /** The interval that it concerns, where there is one. */
  readonly interval: number | undefined;
}

/** The payload of a status. */
export function encodeStatus(status: Status): Uint8Array {
  if (status.state === "lost") return encodeCbor([status.meter, "lost"]);
  const d = status.diagnostics;
  return encodeCbor([
    status.meter,
    "online",
    d.uptimeSeconds,
    d.boots,
    d.clockQuality,
    d.poolLevel,
    d.poolMisses,
    d.outboxDepth,
    d.outboxDropped,
    d.rejectedReadings,
  ]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, value_out_of_range. */
export function decodeStatus(payload: Uint8Array): Status {
  const fields = new Fields(decodeCbor(payload, "status"), "status", 2, 10);
  const meter = fields.id(0, "meter");
  if (fields.length === 2) return { meter, state: fields.oneOf(1, "state", ["lost"]) };
  return {
    meter,
    state: fields.oneOf(1, "state", ["online"]),
    diagnostics: {
      uptimeSeconds: fields.uint(2, "uptime"),
      boots: fields.uint(3, "boots"),
      clockQuality: fields.oneOf(4, "clock quality", CLOCK_QUALITIES),
      poolLevel: fields.uint(5, "pool level"),
      poolMisses: fields.uint(6, "pool misses"),
      outboxDepth: fields.uint(7, "outbox depth"),
      outboxDropped: fields.uint(8, "outbox dropped"),
      rejectedReadings: fields.uint(9, "rejected readings"),
    },
  };
}

/** The payload of an event. */
export function encodeEvent(event: MeterEvent): Uint8Array {
  return encodeCbor([event.meter, event.code, event.interval ?? null]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, value_out_of_range. */
export function decodeEvent(payload: Uint8Array): MeterEvent {
  const fields = new Fields(decodeCbor(payload, "event"), "event", 3);
  return {
    meter: fields.id(0, "meter"),
    code: fields.oneOf(1, "code", METER_EVENTS),
    interval: fields.isNull(2) ? undefined : fields.uint(2, "interval"),
  };
}
