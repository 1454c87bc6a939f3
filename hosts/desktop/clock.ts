/** The clock and the turns of the engine on a desktop: UTC and monotonic time of the system, both faster by a factor where a run is to be shortened. */

import Timer from "timer";
import type { ClockQuality } from "../../core/meter-words.ts";
import { type Cancel, type Clock, type Scheduler, SLICE_MS } from "../../firmware/host.ts";
import { system } from "./native.ts";

/** Longest delay that the SDK's timers take; longer ones are waited for in pieces. */
const MOST_TIMER_MS = 2 ** 31 - 1;
/** A timer of 0 ms comes before the network's and the window's turn in the simulator, so an endless row of them would starve both. */
const LEAST_TIMER_MS = 1;

/** Time of this machine; `speed` seconds pass in one, from now on. */
export class DesktopTime implements Clock, Scheduler {
  readonly #speed: number;
  readonly #quality: ClockQuality;
  readonly #startUtcMs = Date.now();
  readonly #startMs = system.monotonicMs();

  constructor(speed: number, quality: ClockQuality) {
    this.#speed = speed;
    this.#quality = quality;
  }

  utcMs(): number {
    // at its own speed the system's UTC, with the corrections that it gets
    return this.#speed === 1 ? Date.now() : Math.floor(this.#startUtcMs + this.monotonicMs());
  }

  quality(): ClockQuality {
    return this.#quality;
  }

  monotonicMs(): number {
    return (system.monotonicMs() - this.#startMs) * this.#speed;
  }

  after(delayMs: number, task: () => void): Cancel {
    let timer: Timer | undefined;
    const wait = (restMs: number): void => {
      const piece = Math.min(restMs, MOST_TIMER_MS);
      timer = Timer.set(
        () => {
          timer = undefined;
          if (restMs > piece) wait(restMs - piece);
          else task();
        },
        Math.max(LEAST_TIMER_MS, piece),
      );
    };
    wait(Math.ceil(delayMs / this.#speed));
    return () => {
      if (timer !== undefined) Timer.clear(timer);
      timer = undefined;
    };
  }

  idle(task: (timeIsUp: () => boolean) => boolean): void {
    Timer.set(() => {
      const end = system.monotonicMs() + SLICE_MS;
      if (task(() => system.monotonicMs() >= end)) this.idle(task);
    }, LEAST_TIMER_MS);
  }
}
