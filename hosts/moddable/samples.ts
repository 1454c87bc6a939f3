/** A sampler whose samples come by JavaScript: from a replay, or a rig that says what the converter sees. They are reduced as the chip's are (native/sample-windows.c). */

import type { Sampler, SampleWindow } from "../../firmware/host.ts";

const NUMBERS_OF_A_WINDOW = 8;

/** The C functions of native/samples.c; each cast in this file states what the function of that name returns. */
const reduction = {
  size(): number {
    return native("choir_samples_size").call(this) as number;
  },
  add(state: ArrayBuffer, counts: ArrayBuffer, fromMicros: number, toMicros: number): void {
    native("choir_samples_add").call(this, state, counts, fromMicros, toMicros);
  },
  take(state: ArrayBuffer, numbers: ArrayBufferLike): boolean {
    return native("choir_samples_take").call(this, state, numbers) as boolean;
  },
};

/** The highest of counts of 16 bits, 0 of none. */
export function highestCount(counts: ArrayBuffer): number {
  return native("choir_samples_highest").call(undefined, counts) as number;
}

/** Reduces what is added. */
export class AddedSamples implements Sampler {
  readonly #state = new ArrayBuffer(reduction.size());

  /**
   * Samples without a hole, evenly spread from one moment to a later one.
   * @param counts of 16 bits, little-endian, each 0 to `HIGHEST_COUNT`
   * @param fromMicros where it is not the `toMicros` of before, samples were lost
   */
  add(counts: ArrayBuffer, fromMicros: number, toMicros: number): void {
    reduction.add(this.#state, counts, fromMicros, toMicros);
  }

  read(): readonly SampleWindow[] {
    return takeWindows((numbers) => reduction.take(this.#state, numbers));
  }
}

/**
 * Windows out of C, oldest first.
 * @param take writes one's eight numbers, or says that there is none
 */
export function takeWindows(take: (numbers: ArrayBufferLike) => boolean): readonly SampleWindow[] {
  const windows: SampleWindow[] = [];
  const numbers = new Float64Array(NUMBERS_OF_A_WINDOW);
  // choir_sample_window_numbers writes all eight
  const at = (index: number): number => numbers[index] as number;
  while (take(numbers.buffer)) {
    windows.push({
      samples: at(0),
      sum: at(1),
      sumOfSquares: at(2),
      minimum: at(3),
      maximum: at(4),
      clipped: at(5),
      durationMicros: at(6),
      gapMicros: at(7),
    });
  }
  return windows;
}
