/**
 * A door that lets a bounded number through at a time, and only some in one turn of the event loop, so that what is on its way to the disk
 * is written while the next are judged; the others wait, none is sent away.
 */

import { setImmediate } from "node:timers/promises";

/** Judging this many takes some 10 ms. Each turn ends in a synced write, which costs as much as judging three, however many it holds. */
const MOST_IN_A_TURN = 64;

/** The door. */
export class Gate {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;
  #inThisTurn = 0;
  #nextTurn: Promise<void> | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs the task once there is room. */
  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside++;
    try {
      while (this.#inThisTurn >= MOST_IN_A_TURN) await this.#turn();
      this.#inThisTurn++;
      void this.#turn();
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // whoever waits takes the place over
      if (next === undefined) this.#inside--;
      else next();
    }
  }

  #turn(): Promise<void> {
    this.#nextTurn ??= setImmediate().then(() => {
      this.#nextTurn = undefined;
      this.#inThisTurn = 0;
    });
    return this.#nextTurn;
  }
}
