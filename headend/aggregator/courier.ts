/** Sends sealed parts until the provider's receipt for them has come: again at every connection, and after ever longer waits. */

import { graceMs } from "../../core/interval.ts";
import type { Cancel, ServiceClock } from "../service/clock.ts";

const MOST_WAIT_MS = 3_600_000;

/** What the courier works with. */
export interface CourierParts {
  readonly clock: ServiceClock;
  readonly intervalMs: number;
  readonly publish: (message: Uint8Array) => Promise<void>;
}

interface Errand {
  readonly interval: number;
  readonly message: Uint8Array;
  attempts: number;
  /** Published and not yet acknowledged by the broker. */
  underWay: boolean;
  cancel: Cancel;
}

/** The courier of one group. */
export class Courier {
  readonly #parts: CourierParts;
  readonly #errands = new Map<string, Errand>();
  /** Parts to be shown to the provider once more, for its receipt. */
  readonly #reminders = new Map<string, Cancel>();

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** Takes a part on. */
  send(interval: number, part: number, message: Uint8Array): void {
    const errand = { interval, message, attempts: 0, underWay: false, cancel: () => {} };
    this.#errands.set(`${interval}/${part}`, errand);
    this.#attempt(errand);
  }

  /** The provider has spoken on it. */
  done(interval: number, part: number): void {
    const key = `${interval}/${part}`;
    this.#errands.get(key)?.cancel();
    this.#errands.delete(key);
  }

  /** Sends everything outstanding once more; the broker may have lost it. */
  connected(): void {
    for (const errand of this.#errands.values()) this.#attempt(errand);
  }

  /** Sends a part that has its receipt once more, soon and once for all who ask, so that the provider repeats the receipt. */
  remind(interval: number, part: number, message: Uint8Array): void {
    const key = `${interval}/${part}`;
    if (this.#errands.has(key) || this.#reminders.has(key)) return;
    const { clock, intervalMs, publish } = this.#parts;
    const cancel = clock.at(clock.nowMs() + graceMs(intervalMs) / 2, () => {
      this.#reminders.delete(key);
      // fails only when the link is closed, and then whoever asked asks again
      publish(message).catch(() => {});
    });
    this.#reminders.set(key, cancel);
  }

  /** Gives up what is older than `firstKept`. */
  prune(firstKept: number): void {
    for (const [key, { interval, cancel }] of this.#errands) {
      if (interval >= firstKept) continue;
      cancel();
      this.#errands.delete(key);
    }
  }

  /** Stops; the ledger knows what is outstanding. */
  stop(): void {
    for (const { cancel } of this.#errands.values()) cancel();
    for (const cancel of this.#reminders.values()) cancel();
    this.#errands.clear();
    this.#reminders.clear();
  }

  #attempt(errand: Errand): void {
    if (errand.underWay) return;
    const { clock, intervalMs, publish } = this.#parts;
    errand.cancel();
    errand.underWay = true;
    const wait = Math.min(MOST_WAIT_MS, graceMs(intervalMs) * 2 ** Math.min(errand.attempts++, 30));
    const rest = (): void => {
      errand.underWay = false;
    };
    publish(errand.message).then(rest, rest);
    errand.cancel = clock.at(clock.nowMs() + wait, () => this.#attempt(errand));
  }
}
