/** Pulse counters without a wire: counted by the control connection, or replayed from a file of moments; never by the meter being on time. */

import type { PulseCounter } from "../../firmware/host.ts";
import { files } from "./native.ts";

const MOMENT_BYTES = 4;
const WINDOW_MOMENTS = 128;

/** A counter that whoever drives the simulator moves. */
export class HandCounter implements PulseCounter {
  #count = 0;

  read(): number {
    return this.#count;
  }

  add(pulses: number): void {
    this.#count += pulses;
  }
}

/** A counter that follows a file: ascending moments in ms since power came, 4 bytes big-endian each, read a window at a time. */
export class ReplayCounter implements PulseCounter {
  readonly #path: string;
  readonly #moments: number;
  readonly #nowMs: () => number;
  #count = 0;
  #window = new DataView(new ArrayBuffer(0));
  #windowStart = 0;

  constructor(path: string, nowMs: () => number) {
    this.#path = path;
    this.#moments = Math.floor((files.size(path) ?? 0) / MOMENT_BYTES);
    this.#nowMs = nowMs;
  }

  read(): number {
    const now = this.#nowMs();
    while (this.#count < this.#moments && this.#moment(this.#count) <= now) this.#count++;
    return this.#count;
  }

  #moment(index: number): number {
    let at = (index - this.#windowStart) * MOMENT_BYTES;
    if (at >= this.#window.byteLength) {
      const length = Math.min(WINDOW_MOMENTS, this.#moments - index) * MOMENT_BYTES;
      this.#window = new DataView(files.readPart(this.#path, index * MOMENT_BYTES, length));
      this.#windowStart = index;
      at = 0;
    }
    return this.#window.getUint32(at);
  }
}
