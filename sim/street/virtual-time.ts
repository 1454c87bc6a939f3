/** Stepped time: it stands still until all that an instant set off has settled, so a slow machine makes a run longer and never loses a reading. */

import type { Scheduler } from "../../firmware/host.ts";
import { runSlice } from "../../hosts/node/scheduler.ts";

/** A scheduler whose timers and idle work end together, as in a power cut. */
export interface StoppableScheduler extends Scheduler {
  stop(): void;
}

/** The street's idea of time: stepped, or the machine's own. */
export interface StreetTime {
  nowMs(): number;
  /** A scheduler for one party. */
  scheduler(): StoppableScheduler;
  /** Work in the network or in an engine that must end before time goes on. */
  track(work: Promise<unknown>): void;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Time that goes on by `stepTo` alone. */
export class VirtualTime implements StreetTime {
  readonly #timers = new Set<Timer>();
  readonly #idle: { readonly task: (timeIsUp: () => boolean) => boolean; readonly isLive: () => boolean }[] = [];
  readonly #work = new Set<Promise<unknown>>();
  #nowMs: number;
  #order = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  scheduler(): StoppableScheduler {
    const mine = new Set<Timer>();
    let live = true;
    return {
      after: (delayMs, task) => {
        if (!live) return () => {};
        const timer: Timer = {
          atMs: this.#nowMs + Math.max(0, delayMs),
          order: this.#order++,
          task: () => {
            mine.delete(timer);
            task();
          },
        };
        mine.add(timer);
        this.#timers.add(timer);
        return () => {
          mine.delete(timer);
          this.#timers.delete(timer);
        };
      },
      idle: (task) => void this.#idle.push({ task, isLive: () => live }),
      stop: () => {
        live = false;
        for (const timer of mine) this.#timers.delete(timer);
        mine.clear();
      },
    };
  }

  track(work: Promise<unknown>): void {
    this.#work.add(work);
    const forget = (): void => void this.#work.delete(work);
    work.then(forget, forget);
  }

  /** The instant of the next timer; undefined when there is none. */
  nextMs(): number | undefined {
    let next: number | undefined;
    for (const { atMs } of this.#timers) if (next === undefined || atMs < next) next = atMs;
    return next;
  }

  /** Goes on to `utcMs` and runs what is due there, in the order of instants and then of asking. */
  stepTo(utcMs: number): void {
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= utcMs);
      const first = due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (first === undefined) break;
      this.#timers.delete(first);
      this.#nowMs = Math.max(this.#nowMs, first.atMs);
      first.task();
    }
    this.#nowMs = Math.max(this.#nowMs, utcMs);
  }

  /** Whether nothing is under way at this instant. */
  isSettled(): boolean {
    const next = this.nextMs();
    return this.#work.size === 0 && this.#idle.length === 0 && (next === undefined || next > this.#nowMs);
  }

  /** Resolves when all work that this instant set off is done, idle work included. */
  async settle(): Promise<void> {
    while (!this.isSettled()) {
      this.stepTo(this.#nowMs);
      const slice = this.#idle.shift();
      if (slice !== undefined) {
        if (slice.isLive() && runSlice(slice.task)) this.#idle.push(slice);
        await new Promise<void>((resolve) => setImmediate(resolve));
      } else {
        await Promise.allSettled(this.#work);
        // what the work set off in turn comes with the next turn of the loop
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
  }
}
