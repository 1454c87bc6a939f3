/**
 * Intervals: which have both boundaries observed, and why the others have not (docs/PROTOCOL.md, Interval). A boundary is observed when
 * the first look at the clock behind it comes within the tolerance; in between, clock and monotonic time must agree on the length.
 */

import { intervalAt, intervalStart } from "../core/interval.ts";
import type { ClockQuality, Rejection } from "../core/meter-words.ts";
import type { Bookmark, ClosedInterval, OpenInterval, Totals } from "./bookmark.ts";

/** One look at the clock. */
export interface Instant {
  readonly utcMs: number;
  readonly monotonicMs: number;
  readonly quality: ClockQuality;
}

/** An interval without a reading. */
export interface Rejected {
  readonly interval: number;
  readonly code: Rejection;
}

/** What one look brought. */
export interface Outcome {
  /** The open interval is another one than before, or has got a fault: it must be persisted before anything is done with `closed`. */
  readonly changed: boolean;
  readonly closed: ClosedInterval | undefined;
  readonly rejected: Rejected | undefined;
  /** The clock moved against monotonic time by more than the tolerance since the last look. */
  readonly stepped: boolean;
}

/** Follows the clock from interval to interval. */
export class Intervals {
  readonly #lengthMs: number;
  readonly #toleranceMs: number;
  #open: OpenInterval | undefined;
  /** The interval that the last look fell in. */
  #current: number | undefined;
  /** When the open interval began; unknown after a restart within it. */
  #began: Instant | undefined;
  #last: Instant | undefined;
  /** The clock was unset or moved since the last boundary that it passed. */
  #unsure = false;
  /** The last interval that has its word, a reading or a rejection: a clock that goes back ends intervals again. */
  #reported = -1;
  /** Why the current interval is not open. */
  #unopened: Rejection = "boundary_unobserved";

  /** @param bookmark of the register, from before a restart */
  constructor(lengthMs: number, toleranceMs: number, bookmark: Bookmark) {
    this.#lengthMs = lengthMs;
    this.#toleranceMs = toleranceMs;
    this.#open = bookmark.open;
    this.#current = bookmark.open?.interval;
  }

  get open(): OpenInterval | undefined {
    return this.#open;
  }

  /**
   * One look at clock and register.
   * @param fault of a sensor since the last look: the open interval gives no reading
   */
  observe(now: Instant, totals: Totals, fault: Rejection | undefined): Outcome {
    const faulted = fault !== undefined && this.#open !== undefined && this.#open.fault === undefined;
    if (faulted && this.#open !== undefined) this.#open = { ...this.#open, fault };
    if (now.quality === "unset") {
      this.#unsure = true;
      this.#last = undefined;
      return { changed: faulted, closed: undefined, rejected: undefined, stepped: false };
    }
    const stepped = this.#last !== undefined && !this.#agree(this.#last, now);
    if (stepped) this.#unsure = true;
    this.#last = now;
    const interval = intervalAt(now.utcMs, this.#lengthMs);
    if (interval === this.#current) return { changed: faulted, closed: undefined, rejected: undefined, stepped };
    return { ...this.#pass(interval, now, totals), changed: true, stepped };
  }

  /** Leaves the current interval for another. */
  #pass(interval: number, now: Instant, totals: Totals): Pick<Outcome, "closed" | "rejected"> {
    const left = this.#current;
    const open = this.#open;
    const inTime = now.utcMs - intervalStart(interval, this.#lengthMs) <= this.#toleranceMs;
    const missed: Rejection = this.#unsure ? "clock_unsure" : "boundary_unobserved";
    let closed: ClosedInterval | undefined;
    let rejected: Rejected | undefined;
    // a clock that goes back comes to the end of this interval once more: only then is it known whether it has a reading
    if (left !== undefined && interval > left) {
      const code =
        open === undefined ? this.#unopened : (open.fault ?? this.#faultAt(open, interval, now, inTime, missed));
      if (code === undefined && open !== undefined) closed = { interval: left, start: open.start, end: totals };
      else if (code !== undefined && left > this.#reported) rejected = { interval: left, code };
      this.#reported = Math.max(this.#reported, left);
    }
    this.#current = interval;
    this.#open = inTime ? { interval, start: totals, fault: undefined } : undefined;
    this.#began = inTime ? now : undefined;
    this.#unopened = missed;
    this.#unsure = false;
    return { closed, rejected };
  }

  #faultAt(
    open: OpenInterval,
    interval: number,
    now: Instant,
    inTime: boolean,
    missed: Rejection,
  ): Rejection | undefined {
    if (interval !== open.interval + 1 || !inTime) return missed;
    return this.#began !== undefined && !this.#agree(this.#began, now) ? "clock_unsure" : undefined;
  }

  #agree(from: Instant, to: Instant): boolean {
    return Math.abs(to.utcMs - from.utcMs - (to.monotonicMs - from.monotonicMs)) <= this.#toleranceMs;
  }
}
