/** Pulses per kWh by channel, and totals told in pulses of other rates: a sensor that is replaced leaves the register's energy as it was. */

import { checkObis } from "../core/names.ts";
import { type CborValue, Fields } from "../core/wire/cbor.ts";
import type { Totals } from "./bookmark.ts";

/** Pulses per kWh of each channel's input by its OBIS code, 1 to 1,000,000. */
export type Rates = ReadonlyMap<string, number>;

const MOST_PULSES_PER_KILOWATT_HOUR = 1_000_000;

export function ratesToCbor(rates: Rates): CborValue {
  return [...rates].map(([obis, rate]) => [obis, rate]);
}

/** Reads the list in field `index`. @throws ChoirError field_wrong, value_out_of_range. */
export function readRates(fields: Fields, index: number): Rates {
  const rates = fields.list(index, "pulses per kWh", (value, name) => {
    const pair = new Fields(value, name, 2);
    return [checkObis(pair.text(0, "obis"), name), readRate(pair, 1)] as const;
  });
  return new Map(rates);
}

/** One rate. @throws ChoirError field_wrong, value_out_of_range. */
export function readRate(fields: Fields, index: number): number {
  return fields.between(index, "pulses per kWh", 1, MOST_PULSES_PER_KILOWATT_HOUR);
}

/** Totals of the same energy in pulses of the new rates, rounded down; undefined when no rate of theirs has changed. */
export function atNewRates(totals: Totals, before: Rates, now: Rates): Totals | undefined {
  const changed = [...totals.keys()].filter((obis) => {
    const rate = now.get(obis);
    return rate !== undefined && (before.get(obis) ?? rate) !== rate;
  });
  if (changed.length === 0) return undefined;
  return new Map(
    [...totals].map(([obis, pulses]) => {
      // the filter found both rates of a changed channel
      const [from, to] = [before.get(obis) ?? 1, now.get(obis) ?? 1];
      return [obis, changed.includes(obis) ? exchanged(pulses, from, to) : pulses];
    }),
  );
}

/** floor(pulses * to / from), whole kWh apart, so that the product stays below 10^12. */
function exchanged(pulses: number, from: number, to: number): number {
  const rest = pulses % from;
  return ((pulses - rest) / from) * to + Math.floor((rest * to) / from);
}
