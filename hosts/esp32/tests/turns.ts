/** A scheduler whose time a test moves. */
import type { Cancel } from "../../../firmware/host.ts";

export class HandTurns {
  nowMs = 0;
  #tasks: { readonly atMs: number; readonly task: () => void }[] = [];

  after(delayMs: number, task: () => void): Cancel {
    const entry = { atMs: this.nowMs + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((one) => one !== entry);
    };
  }

  /** Lets so much time pass, task by task. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#tasks.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((one) => one !== next);
      this.nowMs = next.atMs;
      next.task();
    }
    this.nowMs = endMs;
  }
}
