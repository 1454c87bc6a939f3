/** Work under way, counted, so that whoever steps the clock or closes the service can wait until all has settled. */

import { setImmediate } from "node:timers/promises";

/** A count of running tasks, and a way to wait for none. */
export class Activity {
  #running = 0;
  #waiting: (() => void)[] = [];

  /** Counts one more piece of work until `leave`. */
  enter(): void {
    this.#running++;
  }

  leave(): void {
    this.#running--;
    if (this.#running > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Counts a task until it settles. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.enter();
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /** Resolves when nothing runs and what ended last has started nothing new. */
  async idle(): Promise<void> {
    do {
      if (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      await setImmediate();
    } while (this.#running > 0);
  }
}
