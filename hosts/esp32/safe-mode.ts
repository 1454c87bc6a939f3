/**
 * Safe mode: a board whose app has crashed again and again before it had run for a while starts without the meter. It then only counts and
 * listens: console, network and updates. After a while it tries again, and one more crash brings it back.
 */

import type { Store } from "../../firmware/host.ts";

/** Reasons of a start (native/board.c) that are the app's own fault; a loss of power or a restart on purpose never is. */
const CRASHES = ["abort", "panic", "interrupt-watchdog", "task-watchdog", "watchdog", "lockup"];
const KEY = "crashes";
/** So many crashes in a row make the next start a safe one. */
export const MOST_CRASHES = 5;
/** An app that has run for so long has not crashed. */
export const SOUND_AFTER_MS = 60_000;
/** A safe start lasts so long. */
export const SAFE_MS = 600_000;

/** The crashes in a row, kept in the store. */
export class SafeMode {
  readonly #store: Store;
  #crashes: number;
  /** Whether this start is a safe one. */
  readonly safe: boolean;

  /** To be made before anything that may crash. @param reason why the chip started */
  constructor(store: Store, reason: string) {
    this.#store = store;
    this.#crashes = store.get(KEY)?.[0] ?? 0;
    if (CRASHES.includes(reason)) this.#keep(Math.min(this.#crashes + 1, MOST_CRASHES));
    this.safe = this.#crashes >= MOST_CRASHES;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** The app has run for `SOUND_AFTER_MS`. A safe start says nothing of the meter, and changes nothing. */
  sound(): void {
    if (!this.safe) this.#keep(0);
  }

  /** `SAFE_MS` have passed: the next start is a whole one, and the last if it crashes. */
  tryAgain(): void {
    this.#keep(MOST_CRASHES - 1);
  }

  #keep(crashes: number): void {
    if (crashes === this.#crashes) return;
    this.#crashes = crashes;
    if (crashes === 0) this.#store.delete(KEY);
    else this.#store.set(KEY, Uint8Array.of(crashes));
  }
}
