/** Energy of an interval: the difference of the register at its two boundaries, each rounded down, so that rounding never accumulates. */

import type { Totals } from "./bookmark.ts";
import type { Rates } from "./rates.ts";

const MILLIWATT_HOURS_PER_KILOWATT_HOUR = 1_000_000;

/** floor(pulses * 10^6 / pulsesPerKilowattHour) in mWh, exact while the result is below 2^53. */
export function energyMilliwattHours(pulses: number, pulsesPerKilowattHour: number): number {
  const rest = pulses % pulsesPerKilowattHour;
  const kilowattHours = (pulses - rest) / pulsesPerKilowattHour;
  // rest is below 10^6, so the product stays below 10^12
  const below = Math.floor((rest * MILLIWATT_HOURS_PER_KILOWATT_HOUR) / pulsesPerKilowattHour);
  return kilowattHours * MILLIWATT_HOURS_PER_KILOWATT_HOUR + below;
}

/** mWh of each channel between two states of the register, in the order of `channels`; a channel without a counter or a rate has 0. */
export function energyBetween(
  start: Totals,
  end: Totals,
  channels: readonly string[],
  rates: number | Rates,
): readonly number[] {
  const at = (totals: Totals, channel: string): number => {
    const rate = typeof rates === "number" ? rates : rates.get(channel);
    return rate === undefined ? 0 : energyMilliwattHours(totals.get(channel) ?? 0, rate);
  };
  return channels.map((channel) => at(end, channel) - at(start, channel));
}
