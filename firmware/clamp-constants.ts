/** The constants that turn a current clamp's samples into energy (docs/HARDWARE.md, Current clamp), and their bytes in a meter's settings. */

import { ChoirError } from "../core/errors.ts";
import { checkObis } from "../core/names.ts";
import { type CborValue, checkAscending, Fields } from "../core/wire/cbor.ts";

/** A clamp presents its energy as pulses of 1 mWh. */
export const CLAMP_PULSES_PER_KILOWATT_HOUR = 1_000_000;

/**
 * Constants of one clamp. It sees the size of a current and nothing else: voltage and power factor are taken as constant, and
 * power that flows back counts as power that is used.
 */
export interface ClampConstants {
  /** Current in the conductor for one step of the converter: 1 to 10,000,000. */
  readonly microAmperesPerCount: number;
  /** RMS voltage that power is reckoned with: 1,000 to 1,000,000. */
  readonly nominalMilliVolts: number;
  /** RMS that the clamp shows without a load, taken off in quadrature; what is left below it counts as none. 0 to 100,000. */
  readonly noiseFloorMilliAmperes: number;
  /** Active power for 1,000 of apparent power: 1 to 1,000. */
  readonly powerFactorPerMille: number;
}

/** A list of [OBIS code, ...constants], ascending by OBIS code. */
export function clampsToCbor(clamps: ReadonlyMap<string, ClampConstants>): CborValue {
  const sorted = [...clamps].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([obis, clamp]) => [
    obis,
    clamp.microAmperesPerCount,
    clamp.nominalMilliVolts,
    clamp.noiseFloorMilliAmperes,
    clamp.powerFactorPerMille,
  ]);
}

/** Reads the list in field `index`. @throws ChoirError field_wrong, value_out_of_range. */
export function readClamps(fields: Fields, index: number): ReadonlyMap<string, ClampConstants> {
  const clamps = fields.list(index, "clamps", readClamp);
  checkAscending(
    clamps.map(([obis]) => obis),
    "clamps",
  );
  return new Map(clamps);
}

function readClamp(value: CborValue, name: string): readonly [obis: string, clamp: ClampConstants] {
  const fields = new Fields(value, name, 5);
  const between = (at: number, label: string, least: number, most: number): number => {
    const number = fields.uint(at, label, most);
    if (number < least)
      throw new ChoirError("value_out_of_range", `${name}.${label}`, `${least} to ${most}`, `${number}`);
    return number;
  };
  return [
    checkObis(fields.text(0, "obis"), name),
    {
      microAmperesPerCount: between(1, "uA per count", 1, 10_000_000),
      nominalMilliVolts: between(2, "nominal mV", 1_000, 1_000_000),
      noiseFloorMilliAmperes: between(3, "noise floor mA", 0, 100_000),
      powerFactorPerMille: between(4, "power factor per mille", 1, 1_000),
    },
  ];
}
