/** Time of a test: a scheduler whose clock moves only from one due task to the next, and whose idle slices are as long as the test says. */
import type { Cancel, Scheduler } from "../host.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

type IdleTask = (timeIsUp: () => boolean) => boolean;

export class VirtualTime implements Scheduler {
  #timers: Timer[] = [];
  #idle: IdleTask[] = [];
  #order = 0;
  /** True time, which no clock of a meter can step. */
  nowMs: number;
  /** How many times a slice may ask before its time is up. */
  asksInSlice = Number.POSITIVE_INFINITY;
  /** Idle slices between two timers; 0 starves idle work. */
  slicesInPause = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  after(delayMs: number, task: () => void): Cancel {
    if (!(delayMs >= 0)) throw new RangeError(`a delay of ${delayMs} ms`);
    const timer = { atMs: this.nowMs + delayMs, order: this.#order++, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  idle(task: IdleTask): void {
    this.#idle.push(task);
  }

  /** Runs what is due up to and including `untilMs`, and what idle work fits between. */
  async runTo(untilMs: number): Promise<void> {
    await this.#pause();
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.atMs > untilMs) continue;
        if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
          next = timer;
        }
      }
      if (next === undefined) break;
      const due = next;
      this.#timers = this.#timers.filter((one) => one !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.task();
      await this.#pause();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Power is cut: nothing that was asked for will run. */
  forget(): void {
    this.#timers = [];
    this.#idle = [];
  }

  async #pause(): Promise<void> {
    // promises of the uplink settle before the next task
    for (let i = 0; i < 3; i++) await undefined;
    for (let slice = 0; slice < this.slicesInPause && this.#idle.length > 0; slice++) {
      const task = this.#idle.shift();
      let asks = 0;
      if (task?.(() => ++asks >= this.asksInSlice)) this.#idle.push(task);
    }
  }
}
