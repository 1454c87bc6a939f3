/** What a meter is provisioned with: pinned keys, its name, its place in the two signed files, and its pulse input (docs/PROTOCOL.md, Trust anchor). */

import { checkObis } from "../core/names.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import { METER_ROLES, type MeterRole } from "../core/wire/configuration.ts";
import { type Metering, meteringFields, readMetering } from "../core/wire/metering.ts";

/** Settings of one meter; `keyFile` and `roll` are the signed files as bytes. */
export interface MeterSettings extends Metering {
  readonly meter: string;
  /** `home` seals its readings; `feeder` publishes them signed, in the clear. */
  readonly role: MeterRole;
  /** Pinned at provisioning: the root's Ed25519 key, 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly keyFile: Uint8Array;
  readonly roll: Uint8Array;
  /** Least bits of n that this meter accepts; below 2048 in tests alone. */
  readonly leastKeyBits: number;
  /** Pulses per kWh of all channels' inputs, or of each by its OBIS code, 1 to 1,000,000; energy in mWh = pulses * 1,000,000 / this, rounded down. */
  readonly pulsesPerKilowattHour: number | ReadonlyMap<string, number>;
}

const MOST_PULSES_PER_KILOWATT_HOUR = 1_000_000;

/** The settings as bytes, for a host that hands them to its engine or keeps them. */
export function encodeSettings(settings: MeterSettings): Uint8Array {
  return encodeCbor([
    settings.meter,
    settings.role,
    settings.rootKey,
    settings.keyFile,
    settings.roll,
    settings.leastKeyBits,
    ratesToCbor(settings.pulsesPerKilowattHour),
    ...meteringFields(settings),
  ]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeSettings(bytes: Uint8Array): MeterSettings {
  const fields = new Fields(decodeCbor(bytes, "settings"), "settings", 13);
  return {
    meter: fields.id(0, "meter"),
    role: fields.oneOf(1, "role", METER_ROLES),
    rootKey: fields.bytes(2, "root key", 32),
    keyFile: fields.bytes(3, "key file"),
    roll: fields.bytes(4, "roll"),
    leastKeyBits: fields.between(5, "least key bits", 1, 16_384),
    pulsesPerKilowattHour: readRates(fields),
    ...readMetering(fields, 7),
  };
}

/** Pulses per kWh of a channel's input; undefined for a channel that has none. */
export function rateOf(rates: MeterSettings["pulsesPerKilowattHour"], obis: string): number | undefined {
  return typeof rates === "number" ? rates : rates.get(obis);
}

function ratesToCbor(rates: MeterSettings["pulsesPerKilowattHour"]): CborValue {
  return typeof rates === "number" ? rates : [...rates].map(([obis, rate]) => [obis, rate]);
}

function readRates(fields: Fields): MeterSettings["pulsesPerKilowattHour"] {
  const name = "pulses per kWh";
  if (!fields.isList(6)) return fields.between(6, name, 1, MOST_PULSES_PER_KILOWATT_HOUR);
  const rates = fields.list(6, name, (value, label) => {
    const pair = new Fields(value, label, 2);
    return [checkObis(pair.text(0, "obis"), label), pair.between(1, name, 1, MOST_PULSES_PER_KILOWATT_HOUR)] as const;
  });
  return new Map(rates);
}
