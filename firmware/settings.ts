/** What a meter is provisioned with: pinned keys, its name, its place in the two signed files, and its sensors (docs/PROTOCOL.md, Trust anchor). */

import { METER_ROLES, type MeterRole } from "../core/meter-words.ts";
import { encodeCbor, Fields, viewCbor } from "../core/wire/cbor.ts";
import { type Metering, meteringFields, readMetering } from "../core/wire/metering.ts";
import { CLAMP_PULSES_PER_KILOWATT_HOUR, type ClampConstants, clampsToCbor, readClamps } from "./clamp-constants.ts";
import { type Rates, ratesToCbor, readRate, readRates } from "./rates.ts";

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
  /** Pulses per kWh of all channels' pulse inputs, or of each by its OBIS code, 1 to 1,000,000; energy in mWh = pulses * 1,000,000 / this, rounded down. */
  readonly pulsesPerKilowattHour: number | Rates;
  /** By OBIS code: channels that have a current clamp in place of a pulse input. */
  readonly clamps?: ReadonlyMap<string, ClampConstants>;
}

/** The settings as bytes, for a host that hands them to its engine or keeps them. */
export function encodeSettings(settings: MeterSettings): Uint8Array {
  return encodeCbor([
    settings.meter,
    settings.role,
    settings.rootKey,
    settings.keyFile,
    settings.roll,
    settings.leastKeyBits,
    typeof settings.pulsesPerKilowattHour === "number"
      ? settings.pulsesPerKilowattHour
      : ratesToCbor(settings.pulsesPerKilowattHour),
    ...meteringFields(settings),
    clampsToCbor(settings.clamps ?? new Map()),
  ]);
}

/**
 * The settings, refused where they are out of range. The two files stay as they are: whoever opens them checks them.
 * @throws ChoirError field_wrong, length_wrong, value_out_of_range.
 */
export function checkSettings(settings: MeterSettings): MeterSettings {
  const { keyFile, roll } = settings;
  // a copy of the files would be the largest thing in a small machine's memory
  const none = new Uint8Array(0);
  return { ...decodeSettings(encodeSettings({ ...settings, keyFile: none, roll: none })), keyFile, roll };
}

/** The two files in the settings are views of `bytes`. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeSettings(bytes: Uint8Array): MeterSettings {
  const fields = new Fields(viewCbor(bytes, "settings"), "settings", 14);
  return {
    meter: fields.id(0, "meter"),
    role: fields.oneOf(1, "role", METER_ROLES),
    rootKey: fields.bytes(2, "root key", 32).slice(),
    keyFile: fields.bytes(3, "key file"),
    roll: fields.bytes(4, "roll"),
    leastKeyBits: fields.between(5, "least key bits", 1, 16_384),
    pulsesPerKilowattHour: fields.isList(6) ? readRates(fields, 6) : readRate(fields, 6),
    ...readMetering(fields, 7),
    clamps: readClamps(fields, 13),
  };
}

/** The rates by channel, clamps among them; one rate for all pulse inputs is that of these channels. */
export function ratesOf(
  { pulsesPerKilowattHour: rates, clamps }: Pick<MeterSettings, "pulsesPerKilowattHour" | "clamps">,
  channels: Iterable<string>,
): Rates {
  const pulses = typeof rates === "number" ? [...channels].map((obis) => [obis, rates] as const) : rates;
  const measured = [...(clamps ?? new Map()).keys()].map((obis) => [obis, CLAMP_PULSES_PER_KILOWATT_HOUR] as const);
  return new Map([...pulses, ...measured]);
}
