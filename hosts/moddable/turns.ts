/** The scheduler port on the SDK's timers. */

import Timer from "timer";
import { type Cancel, type Scheduler, SLICE_MS } from "../../firmware/host.ts";

/** Longest delay that the SDK's timers take; longer ones are waited for in pieces. */
const MOST_TIMER_MS = 2 ** 31 - 1;
/** A timer of 0 ms comes before the network's and the window's turn, so an endless row of them would starve both. */
const LEAST_TIMER_MS = 1;

/** Turns of the engine. */
export class EngineTurns implements Scheduler {
  readonly #monotonicMs: () => number;
  readonly #speed: number;

  /**
   * @param monotonicMs the machine's own time
   * @param speed how many seconds of the scheduler's time pass in one of the machine's
   */
  constructor(monotonicMs: () => number, speed = 1) {
    this.#monotonicMs = monotonicMs;
    this.#speed = speed;
  }

  after(delayMs: number, task: () => void): Cancel {
    const delay = new Delay(this.#monotonicMs, this.#monotonicMs() + delayMs / this.#speed, task);
    delay.wait();
    return () => delay.cancel();
  }

  idle(task: (timeIsUp: () => boolean) => boolean): void {
    Timer.set(() => {
      const end = this.#monotonicMs() + SLICE_MS;
      if (task(() => this.#monotonicMs() >= end)) this.idle(task);
    }, LEAST_TIMER_MS);
  }
}

/** One delay. A class, whose methods lie in flash: XS copies the code of a function that a preloaded one makes into memory. */
class Delay {
  readonly #monotonicMs: () => number;
  readonly #endMs: number;
  readonly #task: () => void;
  #timer: Timer | undefined;

  constructor(monotonicMs: () => number, endMs: number, task: () => void) {
    this.#monotonicMs = monotonicMs;
    this.#endMs = endMs;
    this.#task = task;
  }

  wait(): void {
    const restMs = Math.ceil(this.#endMs - this.#monotonicMs());
    this.#timer = Timer.set(() => this.pass(), Math.min(MOST_TIMER_MS, Math.max(LEAST_TIMER_MS, restMs)));
  }

  /** The SDK's timers go by ticks of the system, which come late while interrupts are off: they can be a tick short. */
  pass(): void {
    this.#timer = undefined;
    if (this.#monotonicMs() < this.#endMs) this.wait();
    else this.#task();
  }

  cancel(): void {
    if (this.#timer !== undefined) Timer.clear(this.#timer);
    this.#timer = undefined;
  }
}
