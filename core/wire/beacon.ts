/** The beacon message: an aggregator's clock, signed, against which a meter holds what its time source says (docs/PROTOCOL.md, Beacon). */

import { ChoirError } from "../errors.ts";
import { intervalAt } from "../interval.ts";
import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";

/** What time an aggregator has. */
export interface Beacon {
  readonly group: string;
  /** The interval that holds the instant. */
  readonly interval: number;
  readonly keyId: Uint8Array;
  /** ms of UTC. */
  readonly utcMs: number;
}

/** The payload of a beacon. */
export function encodeBeacon({ group, interval, keyId, utcMs }: Beacon): Uint8Array {
  return encodeCbor([group, interval, keyId, utcMs]);
}

/**
 * Reads a payload.
 * @param intervalMs of the key file
 * @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range.
 */
export function decodeBeacon(payload: Uint8Array, intervalMs: number): Beacon {
  const fields = new Fields(decodeCbor(payload, "beacon"), "beacon", 4);
  const utcMs = fields.uint(3, "utc ms");
  const interval = fields.uint(1, "interval");
  if (interval !== intervalAt(utcMs, intervalMs)) {
    throw new ChoirError("field_wrong", "beacon.interval", "the interval of its instant", `${interval}`);
  }
  return { group: fields.id(0, "group"), interval, keyId: fields.bytes(2, "key id", KEY_ID_BYTES), utcMs };
}
