/** Sends sealed parts until the provider's receipt for them has come: again at every connection, and after ever longer waits. */

import { graceMs } from "../../core/interval.ts";
import type { Cancel, ServiceClock } from "../service/clock.ts";

const MOST_WAIT_MS = 3_600_000;

/** What the courier works with. */
export interface CourierParts {
  readonly clock: ServiceClock;
  readonly intervalMs: number;
  /** Sends a part, and what belongs to it; resolves when the broker has it. */
  readonly publish: (sealed: SealedPart) => Promise<void>;
  /** Sends a part alone, for its receipt. */
  readonly remind: (sealed: SealedPart) => Promise<void>;
}

/** A part that is on the disk. */
export interface SealedPart {
  readonly interval: number;
  readonly part: number;
  readonly blocks: readonly string[];
  readonly message: Uint8Array;
}

interface Errand {
  readonly sealed: SealedPart;
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
  send(sealed: SealedPart): void {
    const errand = { sealed, attempts: 0, underWay: false, cancel: () => {} };
    this.#errands.set(nameOf(sealed), errand);
    this.#attempt(errand);
  }

  /** The provider has spoken on it. */
  done(part: Pick<SealedPart, "interval" | "part">): void {
    const key = nameOf(part);
    this.#errands.get(key)?.cancel();
    this.#errands.delete(key);
  }

  /** Sends everything outstanding once more; the broker may have lost it. */
  connected(): void {
    for (const errand of this.#errands.values()) this.#attempt(errand);
  }

  /** Sends a part that has its receipt once more, soon and once for all who ask, so that the provider repeats the receipt. */
  remind(sealed: SealedPart): void {
    const key = nameOf(sealed);
    if (this.#errands.has(key) || this.#reminders.has(key)) return;
    const { clock, intervalMs, remind } = this.#parts;
    const cancel = clock.at(clock.nowMs() + graceMs(intervalMs) / 2, () => {
      this.#reminders.delete(key);
      // fails only when the link is closed, and then whoever asked asks again
      remind(sealed).catch(() => {});
    });
    this.#reminders.set(key, cancel);
  }

  /** Gives up what is older than `firstKept`. */
  prune(firstKept: number): void {
    for (const [key, { sealed, cancel }] of this.#errands) {
      if (sealed.interval >= firstKept) continue;
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
    publish(errand.sealed).then(rest, rest);
    errand.cancel = clock.at(clock.nowMs() + wait, () => this.#attempt(errand));
  }
}

function nameOf({ interval, part }: Pick<SealedPart, "interval" | "part">): string {
  return `${interval}/${part}`;
}
