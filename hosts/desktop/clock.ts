/** The clock on a desktop: UTC and monotonic time of the system, both faster by a factor where a run is to be shortened. */

import type { ClockQuality } from "../../core/meter-words.ts";
import type { Clock } from "../../firmware/host.ts";
import { system } from "./native.ts";

/** Time of this machine; `speed` seconds pass in one, from now on. A controller may set it wrong. */
export class DesktopTime implements Clock {
  readonly #speed: number;
  #quality: ClockQuality;
  #stepMs = 0;
  readonly #startUtcMs = Date.now();
  readonly #startMs = system.monotonicMs();

  constructor(speed: number, quality: ClockQuality) {
    this.#speed = speed;
    this.#quality = quality;
  }

  utcMs(): number {
    // at its own speed the system's UTC, with the corrections that it gets
    const utcMs = this.#speed === 1 ? Date.now() : Math.floor(this.#startUtcMs + this.monotonicMs());
    return utcMs + this.#stepMs;
  }

  /** From now on UTC differs from the system's by `stepMs`, and is as good as its quality says. */
  set(quality: ClockQuality, stepMs: number): void {
    this.#quality = quality;
    this.#stepMs = stepMs;
  }

  quality(): ClockQuality {
    return this.#quality;
  }

  monotonicMs(): number {
    return (system.monotonicMs() - this.#startMs) * this.#speed;
  }
}
