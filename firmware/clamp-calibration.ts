/** Calibration of a current clamp: its constants out of measurements without a load and with known ones (docs/HARDWARE.md, Current clamp: calibration). */

import { ChoirError } from "../core/errors.ts";
import type { ClampConstants } from "./clamp-constants.ts";
import { HIGHEST_COUNT } from "./host.ts";
import { currentMicroAmperes } from "./window-power.ts";

const LEAST_LOADS = 2;
const MOST_MILLI_AMPERES = 10_000_000;
/** The most that the constant may be (clamp-constants.ts). */
const MOST_MICRO_AMPERES_PER_COUNT = 10_000_000;
const PARTS = 1_000_000;

/** What the clamp showed while another instrument showed so much. */
export interface CalibrationPoint {
  /** RMS of the counts about their mean: 0 to half of `HIGHEST_COUNT`. */
  readonly countsRms: number;
  /** RMS of the current in the conductor; 0 without a load. */
  readonly referenceMilliAmperes: number;
}

/** The constants that a calibration finds, and how well they fit. */
export interface Calibration extends Pick<ClampConstants, "microAmperesPerCount" | "noiseFloorMilliAmperes"> {
  /** Largest difference between a load and what these constants, rounded as they are, make of its counts, in parts per million of the load. */
  readonly residualPartsPerMillion: number;
}

/**
 * The noise floor is the RMS without a load; the current per count is the one for which the relative errors of the loads have the least
 * sum of squares, so that a small load weighs as much as a large one.
 * @throws ChoirError input_invalid for no measurement without a load, fewer than two different loads, a load that does not rise above the noise, values out of range.
 */
export function calibrateClamp(points: readonly CalibrationPoint[]): Calibration {
  for (const point of points) checkPoint(point);
  const idle = points.filter(({ referenceMilliAmperes }) => referenceMilliAmperes === 0);
  const loads = points.filter(({ referenceMilliAmperes }) => referenceMilliAmperes > 0);
  if (idle.length === 0) throw wrong("a measurement without a load", "none");
  const differentLoads = new Set(loads.map(({ referenceMilliAmperes }) => referenceMilliAmperes)).size;
  if (differentLoads < LEAST_LOADS) throw wrong(`${LEAST_LOADS} different loads or more`, `${differentLoads}`);
  const noiseSquared = idle.reduce((sum, { countsRms }) => sum + countsRms * countsRms, 0) / idle.length;
  let [ratios, squares] = [0, 0];
  for (const { countsRms, referenceMilliAmperes } of loads) {
    const signalSquared = countsRms * countsRms - noiseSquared;
    if (signalSquared <= 0) throw wrong("loads that rise above the noise", `${countsRms} counts`);
    // counts per mA of this load; the error to be made small is 1 - k * ratio
    const ratio = Math.sqrt(signalSquared) / referenceMilliAmperes;
    ratios += ratio;
    squares += ratio * ratio;
  }
  const microAmperesPerCount = Math.round((1000 * ratios) / squares);
  if (microAmperesPerCount < 1 || microAmperesPerCount > MOST_MICRO_AMPERES_PER_COUNT) {
    throw wrong(`1 to ${MOST_MICRO_AMPERES_PER_COUNT} uA per count`, `${microAmperesPerCount}`);
  }
  // rounded up, so that the measured noise itself counts as none
  const noiseFloorMilliAmperes = Math.ceil((Math.sqrt(noiseSquared) * microAmperesPerCount) / 1000);
  const constants = {
    microAmperesPerCount,
    noiseFloorMilliAmperes,
    nominalMilliVolts: 1000,
    powerFactorPerMille: 1000,
  };
  const worst = loads.map(({ countsRms, referenceMilliAmperes }) => {
    const milliAmperes = currentMicroAmperes(countsRms * countsRms, constants) / 1000;
    return Math.abs(milliAmperes / referenceMilliAmperes - 1);
  });
  return {
    microAmperesPerCount,
    noiseFloorMilliAmperes,
    residualPartsPerMillion: Math.round(PARTS * Math.max(...worst)),
  };
}

function checkPoint({ countsRms, referenceMilliAmperes }: CalibrationPoint): void {
  if (!(countsRms >= 0 && countsRms <= HIGHEST_COUNT / 2)) {
    throw wrong(`0 to ${HIGHEST_COUNT / 2} counts`, `${countsRms}`);
  }
  if (!(referenceMilliAmperes >= 0 && referenceMilliAmperes <= MOST_MILLI_AMPERES)) {
    throw wrong(`0 to ${MOST_MILLI_AMPERES} mA`, `${referenceMilliAmperes}`);
  }
}

function wrong(expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", "calibration", expected, got);
}
