/** Days and their sky, the same for every home of a street: calendar, daylight, clouds, outdoor temperature. */

import { stream } from "../random.ts";
import { DAY_S } from "./power-curve.ts";

/** One local day of a street. */
export interface Day {
  /** Local days since 1970-01-01. */
  readonly number: number;
  /** 0 Monday to 6 Sunday. */
  readonly weekday: number;
  readonly weekend: boolean;
  /** Seconds after local midnight. */
  readonly sunriseS: number;
  readonly sunsetS: number;
  /** Mean of the day. */
  readonly outdoorCelsius: number;
  /** The sun's power on a panel, as a part of the panel's peak, in steps of `SKY_STEP_S` from midnight. */
  readonly sun: readonly number[];
}

export const SKY_STEP_S = 300;

const DAYS_OF_YEAR = 365.25;
const SOLAR_NOON_S = 12.5 * 3600;

/** A wave over the year, 1 on the day `peakDay` after 1 January and -1 half a year later. */
function yearWave(dayNumber: number, peakDay: number): number {
  return Math.cos((2 * Math.PI * (dayNumber - peakDay)) / DAYS_OF_YEAR);
}

/** The day `dayNumber` at about 47 degrees north. */
export function dayOf(seed: string, dayNumber: number): Day {
  const random = stream(seed, "sky", dayNumber);
  const summer = yearWave(dayNumber, 172);
  const daylightS = (12.1 + 3.8 * summer) * 3600;
  const sunriseS = SOLAR_NOON_S - daylightS / 2;
  const clouds = random.fraction();
  // 1 January 1970 was a Thursday.
  const weekday = (((dayNumber + 3) % 7) + 7) % 7;

  let passing = clouds;
  const sun = Array.from({ length: DAY_S / SKY_STEP_S }, (_, step) => {
    passing += random.between(-0.25, 0.25) + 0.2 * (clouds - passing);
    const shade = 0.85 * Math.min(1, Math.max(0, passing));
    const height = Math.sin((Math.PI * (step * SKY_STEP_S - sunriseS)) / daylightS);
    const isUp = step * SKY_STEP_S >= sunriseS && step * SKY_STEP_S <= sunriseS + daylightS;
    return isUp ? Math.max(0, height) * (0.6 + 0.25 * summer) * (1 - shade) : 0;
  });
  return {
    number: dayNumber,
    weekday,
    weekend: weekday >= 5,
    sunriseS,
    sunsetS: sunriseS + daylightS,
    outdoorCelsius: 9.5 + 9.5 * yearWave(dayNumber, 200) + random.between(-4, 4) - 2 * clouds,
    sun,
  };
}
