/** A door that lets a bounded number through at a time; the others wait their turn, none is sent away. */

/** The door. */
export class Gate {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs the task once there is room. */
  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // whoever waits takes the place over
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
