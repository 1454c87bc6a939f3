/** The feeder message: the measuring rod's totals of one interval, signed and in the clear (docs/PROTOCOL.md, Feeder). */

import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";

/** What flowed through a feeder in one interval. */
export interface FeederReading {
  readonly feeder: string;
  readonly interval: number;
  readonly keyId: Uint8Array;
  /** mWh by channel, in the order of the key file's channels. */
  readonly energyMilliwattHours: readonly number[];
}

/** The payload of a feeder reading. */
export function encodeFeeder(reading: FeederReading): Uint8Array {
  return encodeCbor([reading.feeder, reading.interval, reading.keyId, reading.energyMilliwattHours]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeFeeder(payload: Uint8Array, channels: number): FeederReading {
  const fields = new Fields(decodeCbor(payload, "feeder"), "feeder", 4);
  const energies = fields.list(3, "energy", (value, name) => new Fields([value], name, 1).uint(0, "mWh"));
  new Fields(energies, "feeder.energy", channels);
  return {
    feeder: fields.id(0, "feeder"),
    interval: fields.uint(1, "interval"),
    keyId: fields.bytes(2, "key id", KEY_ID_BYTES),
    energyMilliwattHours: energies,
  };
}
