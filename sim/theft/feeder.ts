/**
 * The feeder of the theft bench, more detailed than the provider's model of it: three phases and a neutral, a transformer, service cables, copper
 * whose resistance follows the weather, and meters that err (docs/THEFT.md, Bench).
 */

import { type Random, stream } from "../random.ts";
import type { Homes } from "./homes.ts";

/** What was metered behind a feeder and at it; energies in Wh, a value an interval. */
export interface FeederRun {
  readonly intervals: number;
  /** By home. */
  readonly imported: readonly Float64Array[];
  readonly exported: readonly Float64Array[];
  /** At the feeder, net: homes, losses and what is stolen, as its meter has it. */
  net(theft: Theft | undefined): Float64Array;
}

/** Energy that one home takes past its meter. */
export interface Theft {
  readonly home: number;
  /** The first interval. */
  readonly from: number;
  /** Beside the meter, day and night. */
  readonly watts: number;
  /** Part of the home's own consumption that is led past the meter, 0 to 1. */
  readonly bypassed: number;
}

const VOLTS = 230;
const PHASES = 3;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Ohm of a service cable, there and back: 20 m of 10 mm2 copper. */
const SERVICE_OHMS = 0.07;
/** Losses of the main cables at all moments over energy at all moments: the order of a network that was built well. */
const CABLE_LOSS_SHARE = 0.015;
/** A transformer is this many times its peak load, and loses these parts of its rating in its iron and, at its rating, in its windings. */
const TRANSFORMER = { timesPeak: 1.25, ironShare: 0.0013, windingShare: 0.0115 } as const;
/** The conductors' temperature about its mean in K: within a day and from day to day; and what copper's resistance gains from 1 K. */
const WEATHER = { dayKelvin: 6, daysKelvin: 4, gainPerKelvin: 0.0039 } as const;
/** Standard deviations of constant errors: half of what class B (EN 50470-3) allows a home's meter, and class 0.5 (IEC 62053-21) a feeder's. */
const METER_ERRORS = { home: 0.005, feeder: 0.0025 } as const;

/** Lays out a feeder for these homes. */
export function layFeeder(homes: Homes, intervalMs: number, seed: string): FeederRun {
  const { watts, phases, stepMs } = homes;
  const steps = watts[0]?.length ?? 0;
  const stepsPerInterval = intervalMs / stepMs;
  const intervals = Math.floor(steps / stepsPerInterval);
  const random = stream(seed, "feeder");
  const loads = Array.from({ length: PHASES }, () => new Float64Array(steps));
  const serviceSquares = new Float64Array(steps);
  for (const [home, series] of watts.entries()) {
    const load = loads[phases[home] ?? 0];
    for (let step = 0; step < steps; step++) {
      const power = series[step] ?? 0;
      if (load !== undefined) load[step] = (load[step] ?? 0) + power;
      serviceSquares[step] = (serviceSquares[step] ?? 0) + (power / VOLTS) ** 2;
    }
  }
  const losses = lossesOf(loads, serviceSquares, weather(homes, random));
  const feederGain = 1 + METER_ERRORS.feeder * normal(random);
  const energies = watts.map((series) => meterHome(series, homes, intervalMs, 1 + METER_ERRORS.home * normal(random)));

  return {
    intervals,
    imported: energies.map(({ imported }) => imported),
    exported: energies.map(({ exported }) => exported),
    net: (theft) => {
      const net = new Float64Array(intervals);
      const phase = theft === undefined ? 0 : (phases[theft.home] ?? 0);
      for (let step = 0; step < intervals * stepsPerInterval; step++) {
        const interval = Math.floor(step / stepsPerInterval);
        // what is led past the meter flows through the feeder with or without a theft
        const stolen = theft !== undefined && interval >= theft.from ? theft.watts : 0;
        const atHomes = loads.reduce((sum, load) => sum + (load[step] ?? 0), stolen);
        const energy = ((atHomes + losses(step, phase, stolen)) * stepMs) / HOUR_MS;
        net[interval] = (net[interval] ?? 0) + energy * feederGain;
      }
      return net;
    },
  };
}

/** Losses in W at a step, with so many W more on a phase. */
function lossesOf(
  loads: readonly Float64Array[],
  serviceSquares: Float64Array,
  resistance: (step: number) => number,
): (step: number, phase: number, moreWatts: number) => number {
  const currents = (step: number, phase: number, moreWatts: number): number[] =>
    loads.map((load, p) => ((load[step] ?? 0) + (p === phase ? moreWatts : 0)) / VOLTS);
  let [energy, cableSquares, peak] = [0, 0, 0];
  for (let step = 0; step < serviceSquares.length; step++) {
    const amperes = currents(step, 0, 0);
    const power = VOLTS * amperes.reduce((sum, i) => sum + i, 0);
    energy += Math.abs(power);
    peak = Math.max(peak, Math.abs(power));
    cableSquares += squares(amperes) + neutralSquare(amperes);
  }
  const cableOhms = (CABLE_LOSS_SHARE * energy) / cableSquares;
  const rating = TRANSFORMER.timesPeak * peak;
  const ratedSquares = PHASES * (rating / PHASES / VOLTS) ** 2;
  return (step, phase, moreWatts) => {
    const amperes = currents(step, phase, moreWatts);
    const copper =
      cableOhms * (squares(amperes) + neutralSquare(amperes)) +
      (TRANSFORMER.windingShare * rating * squares(amperes)) / ratedSquares +
      SERVICE_OHMS * (serviceSquares[step] ?? 0);
    return TRANSFORMER.ironShare * rating + copper * resistance(step);
  };
}

function squares(amperes: readonly number[]): number {
  return amperes.reduce((sum, i) => sum + i * i, 0);
}

/** The square of the neutral's current: that of the sum of three currents a third of a turn apart. */
function neutralSquare([a = 0, b = 0, c = 0]: readonly number[]): number {
  return a * a + b * b + c * c - a * b - b * c - c * a;
}

/** Resistance of copper against its mean. */
function weather({ stepMs }: Homes, random: Random): (step: number) => number {
  const days: number[] = [];
  return (step) => {
    const atDay = (step * stepMs) / DAY_MS;
    const day = Math.floor(atDay);
    while (days.length <= day + 1) days.push(WEATHER.daysKelvin * normal(random));
    const within = WEATHER.dayKelvin * Math.cos(2 * Math.PI * (atDay - day - 0.6));
    const between = (days[day] ?? 0) + ((days[day + 1] ?? 0) - (days[day] ?? 0)) * (atDay - day);
    return 1 + WEATHER.gainPerKelvin * (within + between);
  };
}

/** A home's registers by interval, in pulses of 1 Wh. */
function meterHome(
  series: Float32Array,
  { stepMs }: Homes,
  intervalMs: number,
  gain: number,
): { readonly imported: Float64Array; readonly exported: Float64Array } {
  const stepsPerInterval = intervalMs / stepMs;
  const intervals = Math.floor(series.length / stepsPerInterval);
  const [imported, exported] = [new Float64Array(intervals), new Float64Array(intervals)];
  let [totalIn, totalOut] = [0, 0];
  for (let interval = 0; interval < intervals; interval++) {
    const [beforeIn, beforeOut] = [Math.floor(totalIn), Math.floor(totalOut)];
    for (let i = 0; i < stepsPerInterval; i++) {
      const energy = ((series[interval * stepsPerInterval + i] ?? 0) * gain * stepMs) / HOUR_MS;
      if (energy > 0) totalIn += energy;
      else totalOut -= energy;
    }
    imported[interval] = Math.floor(totalIn) - beforeIn;
    exported[interval] = Math.floor(totalOut) - beforeOut;
  }
  return { imported, exported };
}

/** A normal deviate (Box and Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
}
