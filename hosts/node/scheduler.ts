/** The scheduler port on Node's event loop: timers, and idle work in slices that end when their time is up. */

import { type Cancel, type Scheduler, SLICE_MS } from "../../firmware/host.ts";

/** Longest delay that Node's timers take; longer ones are waited for in pieces. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/** A scheduler on timers of the process; `stop` ends all of it, as a power cut would. */
export class SystemScheduler implements Scheduler {
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  after(delayMs: number, task: () => void): Cancel {
    if (this.#stopped) return () => {};
    let timer: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      const piece = Math.min(restMs, MOST_TIMER_MS);
      timer = setTimeout(() => {
        this.#timers.delete(timer);
        if (restMs > piece) wait(restMs - piece);
        else task();
      }, piece);
      this.#timers.add(timer);
    };
    wait(delayMs);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  idle(task: (timeIsUp: () => boolean) => boolean): void {
    this.after(0, () => {
      if (runSlice(task)) this.idle(task);
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** Gives a task one slice; returns whether it wants another. */
export function runSlice(task: (timeIsUp: () => boolean) => boolean): boolean {
  const end = performance.now() + SLICE_MS;
  return task(() => performance.now() >= end);
}
