/** One interval of a feeder as the measuring rod sees it: what is left unexplained, and how sure that is while blocks are not counted. */

import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { deviation, expectedResidual, type LossModel, type LossSample } from "./loss-model.ts";
import type { BalanceRecord } from "./records.ts";

/** What is behind a feeder. */
export interface FeederPlace {
  readonly intervalMs: number;
  /** Homes in the feeder's group. */
  readonly members: number;
  /** Metering points behind the feeder that are in no block of the group. */
  readonly silentHomes: number;
  /** What is drawn and not metered, in mWh an interval. */
  readonly unmeteredMilliwattHours: number;
  /** Positions of the energy channels in a balance. */
  readonly channels: EnergyChannels;
}

/** Positions of import and, where there is one, export. */
export interface EnergyChannels {
  readonly imported: number;
  readonly exported: number | undefined;
}

/** An interval that can be judged. */
export interface Measured extends LossSample {
  /** Homes of the group that are not counted and therefore estimated. */
  readonly uncounted: number;
  /** One standard deviation of that estimate, in mWh; 0 when all are counted. */
  readonly doubtMilliwattHours: number;
}

/** How an interval lies to what is expected. */
export interface Excess {
  readonly expectedMilliwattHours: number;
  /** How far the residual may lie from that, in mWh. */
  readonly bandMilliwattHours: number;
  /** Residual less expected and less what the estimate's doubt may explain, in standard deviations; 0 where that explains all. */
  readonly deviations: number;
}

const HOUR_MS = 3_600_000;
const HOURS_A_DAY = 24;
/** Doubts of an estimate that explain a residual: a block may be unlike the others for as long as it is missing. */
const EXPLAINED_DOUBTS = 2;

/** The channels of a key that tell energy; none without import. */
export function energyChannels(channels: readonly { readonly obis: string }[]): EnergyChannels | undefined {
  const position = (obis: string): number | undefined => {
    const index = channels.findIndex((channel) => channel.obis === obis);
    return index < 0 ? undefined : index;
  };
  const imported = position(OBIS_IMPORT);
  return imported === undefined ? undefined : { imported, exported: position(OBIS_EXPORT) };
}

/**
 * What a balance says; nothing before the feeder and at least one block have come. Homes that are not counted, and silent ones, are taken to draw
 * and feed what the counted ones do on average. A home's mean load differs from its neighbours' by about their mean, and its load of a quarter hour
 * from its own mean by about as much (docs/THEFT.md, Blocks left out); so does the mean of m from n - m of them by a sqrt(m n / (n - m))th part.
 */
export function measure(interval: number, balance: BalanceRecord, place: FeederPlace): Measured | undefined {
  const { contributors, sums, feeder } = balance;
  const { intervalMs, members, silentHomes, unmeteredMilliwattHours, channels } = place;
  if (feeder === undefined || contributors === 0) return undefined;
  const imported = (energies: readonly number[]): number => energies[channels.imported] ?? 0;
  const exported = (energies: readonly number[]): number =>
    channels.exported === undefined ? 0 : (energies[channels.exported] ?? 0);
  const loadMilliwattHours = imported(feeder.energies) - exported(feeder.energies);
  const scale = (members + silentHomes) / contributors;
  const gross = imported(sums) + exported(sums);
  // a roll with fewer homes may be younger than the interval
  const uncounted = Math.max(0, members - contributors);
  return {
    interval,
    hour: Math.floor((interval * intervalMs) / HOUR_MS) % HOURS_A_DAY,
    loadMilliwattHours,
    grossMilliwattHours: scale * gross,
    residualMilliwattHours: loadMilliwattHours - scale * (imported(sums) - exported(sums)) - unmeteredMilliwattHours,
    uncounted,
    doubtMilliwattHours: (gross / contributors) * Math.sqrt((uncounted * members) / contributors),
  };
}

/** Compares an interval with the model. */
export function excessOf(model: LossModel, measured: Measured): Excess {
  const { residualMilliwattHours, doubtMilliwattHours } = measured;
  const expectedMilliwattHours = expectedResidual(model, measured);
  const explained = EXPLAINED_DOUBTS * doubtMilliwattHours;
  const standard = Math.hypot(deviation(model, measured), doubtMilliwattHours);
  const apart = residualMilliwattHours - expectedMilliwattHours;
  const beyond = Math.max(0, Math.abs(apart) - explained);
  return {
    expectedMilliwattHours,
    bandMilliwattHours: explained + model.bandDeviations * standard,
    deviations: (Math.sign(apart) * beyond) / standard,
  };
}
