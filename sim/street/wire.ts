/** The pulse wires of a street's homes: what a load says was used arrives in equal steps on a grid of tenths of an interval. */

import type { PulseCounter } from "../../firmware/host.ts";
import { MILLIWATT_HOURS_PER_KILOWATT_HOUR } from "../units.ts";

/** Grid points in an interval; meters checkpoint on the same grid, so that a power cut between its points loses no pulse. */
export const GRID_STEPS = 10;

/** The grid's step in ms, a whole number for every interval of whole seconds. */
export function gridMs(intervalMs: number): number {
  return intervalMs / GRID_STEPS;
}

/** Energy in mWh of each interval of the run. */
export type EnergyOf = (intervalIndex: number) => number;

/** What one wire needs to know of its run. */
export interface WireRun {
  readonly startUtcMs: number;
  readonly intervalMs: number;
  readonly intervals: number;
  readonly pulsesPerKilowattHour: number;
}

/**
 * One channel's wire: pulses as a function of time. In an interval of negative energy the sensor is broken: its count falls, which a
 * count cannot, and is back at the end where it was, so that the intervals after it are whole again.
 */
export class Wire {
  readonly #run: WireRun;
  readonly #energyOf: EnergyOf;
  /** Pulses before each interval of the run. */
  readonly #before: number[] = [0];

  constructor(run: WireRun, energyOf: EnergyOf) {
    this.#run = run;
    this.#energyOf = energyOf;
  }

  /** Pulses from the start of the run to the last grid point at or before `utcMs`; nothing flows before or after the run. Exact below 2^49. */
  total(utcMs: number): number {
    const { startUtcMs, intervalMs, intervals } = this.#run;
    const elapsed = Math.max(0, utcMs - startUtcMs);
    const index = Math.min(Math.floor(elapsed / intervalMs), intervals);
    if (index === intervals) return this.#pulsesBefore(intervals);
    const step = Math.floor((elapsed - index * intervalMs) / gridMs(intervalMs));
    // rounded down, so that the smallest negative energy shows at the first grid point
    return this.#pulsesBefore(index) + Math.floor((this.pulses(index) * step) / GRID_STEPS);
  }

  /** The counter of a meter that got power at `bootUtcMs`; what flowed in the dark since `darkUtcMs` arrives at the first grid point in the light. */
  counter(nowMs: () => number, bootUtcMs: number, darkUtcMs: number): PulseCounter {
    const step = gridMs(this.#run.intervalMs);
    const baseline = this.total(darkUtcMs);
    return {
      read: () => {
        const gridPoint = Math.floor(nowMs() / step) * step;
        return gridPoint <= bootUtcMs ? 0 : this.total(gridPoint) - baseline;
      },
    };
  }

  #pulsesBefore(index: number): number {
    for (let i = this.#before.length; i <= index; i++) {
      // the entry before was made by the turn before
      this.#before.push((this.#before[i - 1] as number) + Math.max(0, this.pulses(i - 1)));
    }
    return this.#before[index] as number;
  }

  /** Pulses of one interval; negative where the sensor is broken. */
  pulses(index: number): number {
    // divided first: the product would leave the safe integers
    return this.#energyOf(index) / (MILLIWATT_HOURS_PER_KILOWATT_HOUR / this.#run.pulsesPerKilowattHour);
  }
}

/** The coarsest common pulse constant in which every energy is a whole number of pulses: 1,000 per kWh for whole Wh, else 1,000,000. */
export function pulsesPerKilowattHour(energies: Iterable<number>): number {
  for (const energy of energies) if (energy % 1000 !== 0) return 1_000_000;
  return 1000;
}
