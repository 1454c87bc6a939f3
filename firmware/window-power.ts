/** Current and power of one window of samples, by the constants of its clamp (docs/HARDWARE.md, Current clamp). */

import type { ClampConstants } from "./clamp-constants.ts";
import { HIGHEST_COUNT, MOST_WINDOW_SAMPLES, type SampleWindow } from "./host.ts";

/** A window that lasts longer is none: the energy of one stays exact up to here. */
const MOST_DURATION_MICROS = 10_000_000;
const MICROS_PER_MILLI = 1000;
/** uA * mV * per mille are this much of a microwatt. */
const PER_MICROWATT = 1_000_000;

/** Mean square of the counts about their own mean, so that the bias they ride on does not count. One rounding, by the division. */
export function variance({ samples, sum, sumOfSquares }: SampleWindow): number {
  // both products are whole and at most samples^2 * 4095^2 < 2^53, so their difference is exact
  return (samples * sumOfSquares - sum * sum) / (samples * samples);
}

/**
 * RMS current of a mean square of counts in uA. The noise floor is taken off in quadrature; what is left below it counts as none, since
 * that much the noise itself may swing.
 */
export function currentMicroAmperes(countsSquared: number, clamp: ClampConstants): number {
  const noise = clamp.noiseFloorMilliAmperes * MICROS_PER_MILLI;
  const square = countsSquared * clamp.microAmperesPerCount * clamp.microAmperesPerCount - noise * noise;
  return square < noise * noise ? 0 : Math.sqrt(square);
}

/** Active power as far as a clamp can know it: RMS current, nominal voltage and power factor, to the nearest uW; below 2.1 * 10^13. */
export function powerMicrowatts(currentMicroAmperes: number, clamp: ClampConstants): number {
  return Math.round((currentMicroAmperes * clamp.nominalMilliVolts * clamp.powerFactorPerMille) / PER_MICROWATT);
}

/** Whether samples can have made this window; one that they cannot have made counts as missing. */
export function isPlausible(window: SampleWindow): boolean {
  const { samples, sum, sumOfSquares, minimum, maximum, clipped, durationMicros, gapMicros } = window;
  const isWhole = (value: number, least: number, most: number): boolean =>
    Number.isSafeInteger(value) && value >= least && value <= most;
  return (
    isWhole(samples, 1, MOST_WINDOW_SAMPLES) &&
    isWhole(minimum, 0, HIGHEST_COUNT) &&
    isWhole(maximum, minimum, HIGHEST_COUNT) &&
    isWhole(sum, samples * minimum, samples * maximum) &&
    // the mean square is never below the square of the mean
    isWhole(sumOfSquares, (sum * sum) / samples, samples * maximum * maximum) &&
    isWhole(clipped, 0, samples) &&
    isWhole(durationMicros, 1, MOST_DURATION_MICROS) &&
    isWhole(gapMicros, 0, Number.MAX_SAFE_INTEGER)
  );
}
