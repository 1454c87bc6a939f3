/** How good the clock is, and what to do about a time server's word: the first one sets it, small corrections are led in, large ones step. */

import type { ClockQuality } from "../../core/meter-words.ts";
import type { TimeSample } from "./sntp-packet.ts";

/** A clock that was asked about at most so long ago is in touch with its time source. */
export const SYNCED_MS = 3 * 3_600_000;
/** A crystal of 40 ppm is wrong by 24 s at most after so long by itself; then nobody knows. */
export const HOLDOVER_MS = 7 * 86_400_000;
/** Corrections from here on step: led in, they would take longer than half a minute. */
const STEP_MS = 500;
/** The beginning of 2026: this firmware is younger, and a server that says otherwise is wrong. */
const EARLIEST_UTC_MS = 1_767_225_600_000;
/** An answer that was longer on its way is right to worse than half of this. */
const MOST_DELAY_MS = 1_000;

/** What a sample makes of the clock. */
export type Correction = { readonly kind: "none" } | { readonly kind: "slew" | "step"; readonly byMs: number };

/** When the clock was last right, and how good it is since. */
export class Discipline {
  /** UTC in ms. */
  #syncedUtcMs: number | undefined;
  /** The same moment in monotonic ms; undefined while only an earlier boot saw it. */
  #syncedMs: number | undefined;

  /** @param syncedUtcMs when an earlier boot was in touch, which the chip's UTC has survived */
  constructor(syncedUtcMs: number | undefined) {
    this.#syncedUtcMs = syncedUtcMs;
  }

  /** What is to be done about a sample; once it is done, call `corrected`. */
  correction({ offsetMs, delayMs }: TimeSample, utcMs: number, monotonicMs: number): Correction {
    if (delayMs < 0 || delayMs > MOST_DELAY_MS || utcMs + offsetMs < EARLIEST_UTC_MS) return { kind: "none" };
    const steps = this.quality(utcMs, monotonicMs) === "unset" || Math.abs(offsetMs) >= STEP_MS;
    return { kind: steps ? "step" : "slew", byMs: offsetMs };
  }

  /** The clock is right now. */
  corrected(utcMs: number, monotonicMs: number): void {
    this.#syncedUtcMs = utcMs;
    this.#syncedMs = monotonicMs;
  }

  quality(utcMs: number, monotonicMs: number): ClockQuality {
    const syncedUtcMs = this.#syncedUtcMs;
    if (syncedUtcMs === undefined) return "unset";
    // over a reset only UTC itself tells how long ago it was; a clock that has gone back tells nothing
    const ageMs = this.#syncedMs === undefined ? utcMs - syncedUtcMs : monotonicMs - this.#syncedMs;
    if (ageMs < 0 || ageMs > HOLDOVER_MS) return "unset";
    return this.#syncedMs !== undefined && ageMs <= SYNCED_MS ? "synced" : "holdover";
  }
}
