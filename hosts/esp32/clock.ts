/** The clock port on the chip: its monotonic time, and its UTC as far as the time servers' word reaches. */

import type { ClockQuality } from "../../core/meter-words.ts";
import type { Clock } from "../../firmware/host.ts";
import { Discipline } from "./discipline.ts";
import type { HeldNote } from "./held-note.ts";
import { time } from "./native.ts";
import type { TimeSample } from "./sntp-packet.ts";

/** One chip's time. */
export class ChipClock implements Clock {
  readonly #note: HeldNote;
  readonly #discipline: Discipline;

  constructor(note: HeldNote) {
    this.#note = note;
    this.#discipline = new Discipline(note.note.syncedUtcMs);
  }

  utcMs(): number {
    return Math.floor(time.utcMs());
  }

  monotonicMs(): number {
    return time.monotonicMs();
  }

  quality(): ClockQuality {
    return this.#discipline.quality(time.utcMs(), time.monotonicMs());
  }

  /** Takes a time server's word. Returns whether it was of use. */
  take(sample: TimeSample): boolean {
    const correction = this.#discipline.correction(sample, time.utcMs(), time.monotonicMs());
    if (correction.kind === "none") return false;
    if (correction.kind === "step") time.step(time.utcMs() + correction.byMs);
    else time.slew(correction.byMs);
    const utcMs = Math.floor(time.utcMs());
    this.#discipline.corrected(utcMs, time.monotonicMs());
    this.#note.change({ syncedUtcMs: utcMs });
    return true;
  }
}
