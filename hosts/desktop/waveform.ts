/** A current clamp without a clamp: a waveform from a file, sampled again and again in the meter's own time. */

import { ChoirError } from "../../core/errors.ts";
import { HIGHEST_COUNT, type Sampler, type SampleWindow } from "../../firmware/host.ts";
import { AddedSamples, highestCount } from "../moddable/samples.ts";
import { files } from "./native.ts";

const SAMPLE_BYTES = 2;
/** Samples that are read from the file at once. */
const BLOCK_SAMPLES = 8192;
const MICROS_PER_SECOND = 1_000_000;

/** What `machine.json` says of a waveform. */
export interface Waveform {
  /** Counts of 16 bits, little-endian, 0 to 4095; after the last comes the first again. */
  readonly path: string;
  readonly samplesPerSecond: number;
}

/** A sampler that follows a file. */
export class ReplaySampler implements Sampler {
  readonly #waveform: Waveform;
  readonly #nowMs: () => number;
  readonly #samples = new AddedSamples();
  /** Samples in the file. */
  readonly #length: number;
  #sampled = 0;

  /** @throws ChoirError config_invalid for a file that is no waveform. */
  constructor(waveform: Waveform, nowMs: () => number) {
    this.#waveform = waveform;
    this.#nowMs = nowMs;
    this.#length = Math.floor((files.size(waveform.path) ?? 0) / SAMPLE_BYTES);
    if (this.#length === 0) throw new ChoirError("config_invalid", waveform.path, "samples of 16 bits", "none");
    for (let at = 0; at < this.#length; at += BLOCK_SAMPLES) {
      const highest = highestCount(this.#block(at));
      if (highest > HIGHEST_COUNT) {
        throw new ChoirError("config_invalid", waveform.path, `0 to ${HIGHEST_COUNT}`, `${highest}`);
      }
    }
  }

  read(): readonly SampleWindow[] {
    const { samplesPerSecond } = this.#waveform;
    const due = Math.floor((this.#nowMs() * samplesPerSecond) / 1000);
    const windows: SampleWindow[] = [];
    while (this.#sampled < due) {
      const block = this.#block(this.#sampled % this.#length, due - this.#sampled);
      const from = this.#sampled;
      this.#sampled += block.byteLength / SAMPLE_BYTES;
      this.#samples.add(block, this.#micros(from), this.#micros(this.#sampled));
      // taken at once: a replay that catches up loses no window
      windows.push(...this.#samples.read());
    }
    return windows;
  }

  #micros(samples: number): number {
    return Math.floor((samples * MICROS_PER_SECOND) / this.#waveform.samplesPerSecond);
  }

  /** From a place in the file to its end, `most` or a block's end. */
  #block(from: number, most = BLOCK_SAMPLES): ArrayBuffer {
    const samples = Math.min(most, BLOCK_SAMPLES, this.#length - from);
    return files.readPart(this.#waveform.path, from * SAMPLE_BYTES, samples * SAMPLE_BYTES);
  }
}
