/** The constants that turn current clamps' samples into energy (docs/HARDWARE.md, Current clamp), as a meter's settings carry them. */

import { checkObis } from "../core/names.ts";
import { type CborValue, checkAscending, Fields } from "../core/wire/cbor.ts";
import { type ClampConstants, clampFields, readClampConstants } from "../core/wire/sensors.ts";

export type { ClampConstants };

/** A clamp presents its energy as pulses of 1 mWh. */
export const CLAMP_PULSES_PER_KILOWATT_HOUR = 1_000_000;

/** A list of [OBIS code, ...constants], ascending by OBIS code. */
export function clampsToCbor(clamps: ReadonlyMap<string, ClampConstants>): CborValue {
  const sorted = [...clamps].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([obis, clamp]) => [obis, ...clampFields(clamp)]);
}

/** Reads the list in field `index`. @throws ChoirError field_wrong, value_out_of_range. */
export function readClamps(fields: Fields, index: number): ReadonlyMap<string, ClampConstants> {
  const clamps = fields.list(index, "clamps", (value, name) => {
    const one = new Fields(value, name, 5);
    return [checkObis(one.text(0, "obis"), name), readClampConstants(one, 1)] as const;
  });
  checkAscending(
    clamps.map(([obis]) => obis),
    "clamps",
  );
  return new Map(clamps);
}
