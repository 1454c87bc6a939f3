/**
 * The watch over one feeder: learns its losses, then sums each interval's excess in the order of the intervals, and knows which alarms stand
 * (docs/THEFT.md). What comes late takes its place in that order, and all after it is summed again.
 */

import { type CusumDesign, cusumStep } from "./cusum.ts";
import { fitLosses, type LossModel, lossShare } from "./loss-model.ts";
import { type Excess, excessOf, type Measured } from "./measured.ts";

/** More flowed than homes and losses account for, less did, or what was learned as losses is more than losses can be. */
export const ALARMS = ["loss", "surplus", "baseline"] as const;
export type Alarm = (typeof ALARMS)[number];

/** What found it: a single interval outside the band, or the sum of small excesses; for a baseline what was learned. */
export type FoundBy = "band" | "cusum" | "model";

/** An alarm that stands. */
export interface Standing {
  readonly by: FoundBy;
  /** The interval with which it began. */
  readonly since: number;
}

/**
 * One side's sums, in standard deviations, and the alarm that stands until both are 0 again. Intervals with homes that were estimated have a sum of
 * their own: they say little, and would else drown what the whole ones say, or add up to what no whole one says.
 */
export interface Side {
  /** Over intervals in which every home was counted. */
  readonly whole: number;
  /** Over the others. */
  readonly estimated: number;
  readonly standing: Standing | null;
}

/** Both sides after an interval. */
export interface Sides {
  readonly loss: Side;
  readonly surplus: Side;
}

/** What must outlive a restart; the rest is made again from the balances after `closed`. */
export interface WatchState {
  readonly model: LossModel | null;
  /** The latest interval that no more parts can come for, and the sums after it; every interval up to it is forgotten. */
  readonly closed: { readonly interval: number; readonly sides: Sides };
}

/** How a feeder is watched. */
export interface WatchDesign {
  readonly cusum: CusumDesign;
  /** Intervals to learn from, in which every home was counted. */
  readonly samples: number;
  /** Losses above this share of the reference load are an alarm. */
  readonly mostLossShare: number;
  /** Intervals after which no more parts come. */
  readonly openIntervals: number;
}

/** An interval that was judged. */
export interface Judged {
  readonly measured: Measured;
  readonly excess: Excess;
}

interface Entry {
  readonly measured: Measured;
  after: Sides;
}

const QUIET: Side = { whole: 0, estimated: 0, standing: null };

/** The state of a feeder of which nothing is known. */
export function newWatch(learnFrom: number): WatchState {
  return { model: null, closed: { interval: learnFrom - 1, sides: { loss: QUIET, surplus: QUIET } } };
}

/** Losses, sums and standing alarms of one feeder. */
export class FeederWatch {
  readonly #design: WatchDesign;
  #model: LossModel | null;
  #closed: WatchState["closed"];
  /** By interval, ascending. */
  #open: Entry[] = [];
  #samples = new Map<number, Measured>();

  constructor(design: WatchDesign, state: WatchState) {
    this.#design = design;
    this.#model = state.model;
    this.#closed = state.closed;
  }

  get state(): WatchState {
    return { model: this.#model, closed: this.#closed };
  }

  /** How much of the learning is done, 0 to 1. */
  get learned(): number {
    return this.#model === null ? this.#samples.size / this.#design.samples : 1;
  }

  /** Both sums after the latest interval. */
  get sides(): Sides {
    return this.#open.at(-1)?.after ?? this.#closed.sides;
  }

  /** The alarm of this kind, if one stands. */
  standing(alarm: Alarm): Standing | null {
    if (alarm !== "baseline") return this.sides[alarm].standing;
    const model = this.#model;
    const tooMuch = model !== null && lossShare(model) > this.#design.mostLossShare;
    return tooMuch ? { by: "model", since: model.learnedUntil } : null;
  }

  /** An interval that is still open as it was judged, the latest unless told; none while learning. */
  judged(interval?: number): Judged | undefined {
    const entry = interval === undefined ? this.#open.at(-1) : this.#open[this.#position(interval)];
    if (this.#model === null || entry === undefined) return undefined;
    if (interval !== undefined && entry.measured.interval !== interval) return undefined;
    return { measured: entry.measured, excess: excessOf(this.#model, entry.measured) };
  }

  /** Takes an interval, or what is now known of one that was taken before. One that is closed changes nothing. */
  take(measured: Measured): void {
    const { interval } = measured;
    if (interval <= this.#closed.interval) return;
    const position = this.#position(interval);
    const isKnown = this.#open[position]?.measured.interval === interval;
    this.#open.splice(position, isKnown ? 1 : 0, { measured, after: this.#before(position) });
    if (this.#model === null && this.#learn(measured)) this.#sumFrom(0);
    else this.#sumFrom(position);
    this.#close();
  }

  /** Whether there is a model now. */
  #learn(measured: Measured): boolean {
    if (measured.uncounted === 0) this.#samples.set(measured.interval, measured);
    if (this.#samples.size < this.#design.samples) return false;
    this.#model = fitLosses([...this.#samples.values()]) ?? null;
    // a feeder through which nothing has flowed begins again
    this.#samples = new Map();
    return this.#model !== null;
  }

  #sumFrom(position: number): void {
    if (this.#model === null) return;
    for (let i = position; i < this.#open.length; i++) {
      // the index is below the length
      const entry = this.#open[i] as Entry;
      entry.after = this.#step(this.#model, this.#before(i), entry.measured);
    }
  }

  #step(model: LossModel, { loss, surplus }: Sides, measured: Measured): Sides {
    const { deviations } = excessOf(model, measured);
    const { cusum } = this.#design;
    const sumName = measured.uncounted === 0 ? "whole" : "estimated";
    const side = (before: Side, excess: number): Side => {
      // what is further out is the band's matter: a single interval must not fill the sum
      const lasting = Math.min(excess, model.bandDeviations) / model.persistence;
      const after = { ...before, [sumName]: cusumStep(cusum, before[sumName], lasting) };
      if (after.whole === 0 && after.estimated === 0) return QUIET;
      const by = excess > model.bandDeviations ? "band" : after[sumName] >= cusum.limit ? "cusum" : undefined;
      if (before.standing !== null || by === undefined) return after;
      return { ...after, standing: { by, since: measured.interval } };
    };
    return { loss: side(loss, deviations), surplus: side(surplus, -deviations) };
  }

  #close(): void {
    const newest = this.#open.at(-1)?.measured.interval ?? 0;
    const firstOpen = this.#open.findIndex(({ measured }) => measured.interval > newest - this.#design.openIntervals);
    const last = this.#open[firstOpen - 1];
    if (last === undefined) return;
    this.#closed = { interval: last.measured.interval, sides: last.after };
    this.#open.splice(0, firstOpen);
  }

  #before(position: number): Sides {
    return this.#open[position - 1]?.after ?? this.#closed.sides;
  }

  /** Where an interval is or belongs. */
  #position(interval: number): number {
    let position = this.#open.length;
    // nearly all that comes is the latest
    while (position > 0 && (this.#open[position - 1] as Entry).measured.interval >= interval) position--;
    return position;
  }
}
