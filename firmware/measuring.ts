/** Measuring: looks at counters and clock on a grid of UTC and at each boundary, and hands on closed intervals. It needs no network and no key. */

import type { Rejection } from "../core/meter-words.ts";
import type { ClosedInterval } from "./bookmark.ts";
import type { Cancel, Clock, Scheduler } from "./host.ts";
import { type Instant, Intervals, type Outcome } from "./intervals.ts";
import type { Register } from "./register.ts";

/** Where measuring reports to. */
export interface MeasuringEnds {
  /** A closed interval, persisted. Returns false to be asked again at the next look. */
  readonly closed: (interval: ClosedInterval) => boolean;
  readonly rejected: (interval: number, code: Rejection) => void;
  readonly stepped: () => void;
  /** At each look, when the counters have been read. Returns what is wrong with a sensor, if that spoils the open interval. */
  readonly sensed: () => Rejection | undefined;
  /** After each look at a clock that is in touch with its time source. */
  readonly looked: (utcMs: number) => void;
}

/** Settings of the grid. */
export interface MeasuringPlan {
  /** None while no key file fixes it: the meter then only counts. */
  readonly intervalMs: number | undefined;
  readonly checkpointMs: number;
  readonly boundaryToleranceMs: number;
}

/** Drives register and intervals. */
export class Measuring {
  readonly #register: Register;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #plan: MeasuringPlan;
  readonly #ends: MeasuringEnds;
  readonly #intervals: Intervals | undefined;
  #timer: Cancel | undefined;

  constructor(register: Register, clock: Clock, scheduler: Scheduler, plan: MeasuringPlan, ends: MeasuringEnds) {
    this.#register = register;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#plan = plan;
    this.#ends = ends;
    this.#intervals =
      plan.intervalMs === undefined
        ? undefined
        : new Intervals(plan.intervalMs, plan.boundaryToleranceMs, register.bookmark);
  }

  /** The first look, and from then on the next ones by timer. */
  start(): void {
    this.#look();
  }

  /** Reads the counters between two looks, for the sake of `checkpointPulses`. */
  glance(): void {
    this.#register.observe();
  }

  /** One last checkpoint, and no more looks. */
  stop(): void {
    this.#timer?.();
    this.#register.observe();
    this.#register.checkpoint();
  }

  #look(): void {
    const now = this.#now();
    this.#timer = this.#scheduler.after(this.#delayMs(now), () => this.#look());
    this.#register.observe();
    const sensed = this.#ends.sensed();
    const fault = this.#register.takeFall() ? "reading_negative" : sensed;
    const outcome = this.#intervals?.observe(now, this.#register.totals(), fault);
    if (outcome?.changed && this.#intervals !== undefined) {
      const closed = outcome.closed ?? this.#register.bookmark.closed;
      this.#register.mark({ open: this.#intervals.open, closed });
    } else this.#register.checkpoint();
    if (outcome !== undefined) this.#report(outcome, now);
  }

  #report({ rejected, stepped }: Outcome, now: Instant): void {
    if (stepped) this.#ends.stepped();
    if (rejected !== undefined) this.#ends.rejected(rejected.interval, rejected.code);
    if (now.quality === "unset") return;
    const { closed } = this.#register.bookmark;
    if (closed !== undefined && this.#ends.closed(closed)) this.#register.forgetClosed();
    if (now.quality === "synced") this.#ends.looked(now.utcMs);
  }

  /** The next point of the grid or boundary, whichever is sooner; plain checkpoints while there is no UTC. */
  #delayMs({ utcMs, quality }: Instant): number {
    const { checkpointMs, intervalMs } = this.#plan;
    if (quality === "unset") return checkpointMs;
    const next = (stepMs: number): number => Math.ceil((Math.floor(utcMs / stepMs) + 1) * stepMs);
    const sooner = Math.min(next(checkpointMs), intervalMs === undefined ? Number.POSITIVE_INFINITY : next(intervalMs));
    return Math.max(1, sooner - utcMs);
  }

  #now(): Instant {
    return {
      utcMs: this.#clock.utcMs(),
      monotonicMs: this.#clock.monotonicMs(),
      quality: this.#clock.quality(),
    };
  }
}
