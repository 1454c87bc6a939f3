/** A current clamp as a pulse counter: each mWh that its windows add up to is a pulse, so that register and intervals treat it as any other. */

import type { ClampConstants } from "./clamp-constants.ts";
import { EnergyIntegrator } from "./energy-integrator.ts";
import type { PulseCounter, Sampler, SampleWindow } from "./host.ts";
import { currentMicroAmperes, isPlausible, powerMicrowatts, variance } from "./window-power.ts";

/** What was wrong with the samples since it was last asked. */
export interface ClampTrouble {
  /** Samples at an end of the converter's range: the current was larger than what was counted. */
  readonly clipped: number;
  /** Holes in the windows, and windows that no samples can have made. */
  readonly gaps: number;
}

/** What whoever installs a clamp wants to see of its last window. */
export interface ClampReading {
  readonly currentMilliAmperes: number;
  readonly powerMilliwatts: number;
  readonly clipped: boolean;
}

/** A stretch of samples for its calibration (clamp-calibration.ts). */
export interface ClampMeasurement {
  readonly seconds: number;
  /** RMS of the counts about their mean over all of them; 0 where there were none. */
  readonly countsRms: number;
  readonly clipped: number;
}

/** Turns a sampler's windows into energy. */
export class CurrentClamp implements PulseCounter {
  readonly #sampler: Sampler;
  readonly #clamp: ClampConstants;
  readonly #energy = new EnergyIntegrator();
  #coveredMicros = 0;
  #clipped = 0;
  #gaps = 0;
  #last: ClampReading | undefined;
  /** Of the stretch that is being measured: time, and variance times time. */
  #measuredMicros = 0;
  #measuredSquares = 0;
  #measuredClipped = 0;

  constructor(sampler: Sampler, clamp: ClampConstants) {
    this.#sampler = sampler;
    this.#clamp = clamp;
  }

  /** mWh since the clamp got power. To be called well within the windows that a sampler keeps. */
  read(): number {
    for (const window of this.#sampler.read()) this.#take(window);
    return this.#energy.milliwattHours;
  }

  /** Time whose energy is counted, in microseconds: what it lacks of the time that went by is missing, and nothing is made up for it. */
  get coveredMicros(): number {
    return this.#coveredMicros;
  }

  /** None before the first window. */
  get last(): ClampReading | undefined {
    return this.#last;
  }

  takeTrouble(): ClampTrouble {
    const trouble = { clipped: this.#clipped, gaps: this.#gaps };
    this.#clipped = 0;
    this.#gaps = 0;
    return trouble;
  }

  /** All windows since this was last asked. */
  takeMeasurement(): ClampMeasurement {
    this.read();
    const micros = this.#measuredMicros;
    const measurement = {
      seconds: micros / 1_000_000,
      countsRms: micros === 0 ? 0 : Math.sqrt(this.#measuredSquares / micros),
      clipped: this.#measuredClipped,
    };
    this.#measuredMicros = 0;
    this.#measuredSquares = 0;
    this.#measuredClipped = 0;
    return measurement;
  }

  #take(window: SampleWindow): void {
    if (!isPlausible(window)) {
      this.#gaps++;
      return;
    }
    const { durationMicros, clipped } = window;
    const squared = variance(window);
    const current = currentMicroAmperes(squared, this.#clamp);
    const power = powerMicrowatts(current, this.#clamp);
    this.#energy.add(power, durationMicros);
    this.#coveredMicros += durationMicros;
    this.#clipped += clipped;
    if (window.gapMicros > 0) this.#gaps++;
    this.#measuredMicros += durationMicros;
    this.#measuredSquares += squared * durationMicros;
    this.#measuredClipped += clipped;
    this.#last = {
      currentMilliAmperes: Math.round(current / 1000),
      powerMilliwatts: Math.round(power / 1000),
      clipped: clipped > 0,
    };
  }
}
