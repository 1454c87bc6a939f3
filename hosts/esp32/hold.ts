/** A button that must be held: long enough that nobody does it by chance, and not by a contact that was closed when the board started. */

/** So long for a factory reset. */
export const HOLD_MS = 10_000;

/** What to do at one look at the button. */
export type HoldLook = "released" | "down" | "held";

/** One button, looked at now and then. */
export class Hold {
  /** Monotonic ms at which it went down; undefined while it is up, or was never seen up. */
  #downMs: number | undefined;
  #wasUp = false;
  #told = false;

  /** `held` once, at the first look at `HOLD_MS` or more after it went down. */
  look(pressed: boolean, nowMs: number): HoldLook {
    if (!pressed) {
      this.#wasUp = true;
      this.#downMs = undefined;
      this.#told = false;
      return "released";
    }
    if (!this.#wasUp) return "released";
    this.#downMs ??= nowMs;
    if (this.#told || nowMs - this.#downMs < HOLD_MS) return "down";
    this.#told = true;
    return "held";
  }
}
