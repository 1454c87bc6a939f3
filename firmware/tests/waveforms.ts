/** A converter of a test: waveforms as counts, and a sampler that reduces counts to windows by the rules of the port (firmware/host.ts). */

import {
  HIGHEST_COUNT,
  MOST_WINDOW_SAMPLES,
  type Sampler,
  type SampleWindow,
  WINDOW_MICROS,
  WINDOWS_KEPT,
} from "../host.ts";

/** What a 12-bit converter makes of a voltage, in its steps. */
export function converted(volts: number): number {
  return Math.min(HIGHEST_COUNT, Math.max(0, Math.round(volts)));
}

/** Counts of a wave: `wave` gives steps at a time in seconds. */
export function countsOf(wave: (seconds: number) => number, samplesPerSecond: number, samples: number): number[] {
  return Array.from({ length: samples }, (_, i) => converted(wave(i / samplesPerSecond)));
}

/** The sampler's double: what is added is what was converted. */
export class WaveformSampler implements Sampler {
  readonly #windows: SampleWindow[] = [];
  #samples = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #minimum = HIGHEST_COUNT;
  #maximum = 0;
  #clipped = 0;
  #beganMicros = 0;
  /** End of the last sample. */
  #endMicros: number | undefined;
  /** End of the last window that was kept, or the beginning of sampling. */
  #keptMicros = 0;

  /** Samples without a hole, evenly spread from one time to another. A time that is not the last one's end is a hole before them. */
  add(counts: readonly number[] | Uint16Array, fromMicros: number, toMicros: number): void {
    if (this.#endMicros === undefined) this.#keptMicros = fromMicros;
    if (this.#endMicros !== fromMicros) this.#begin(fromMicros);
    const span = toMicros - fromMicros;
    counts.forEach((count, i) => {
      this.#samples++;
      this.#sum += count;
      this.#sumOfSquares += count * count;
      this.#minimum = Math.min(this.#minimum, count);
      this.#maximum = Math.max(this.#maximum, count);
      if (count === 0 || count === HIGHEST_COUNT) this.#clipped++;
      this.#end(fromMicros + Math.floor((span * (i + 1)) / counts.length));
    });
    this.#endMicros = toMicros;
  }

  read(): readonly SampleWindow[] {
    return this.#windows.splice(0);
  }

  #end(atMicros: number): void {
    if (atMicros - this.#beganMicros < WINDOW_MICROS) return;
    if (this.#windows.length < WINDOWS_KEPT && this.#samples <= MOST_WINDOW_SAMPLES) {
      this.#windows.push({
        samples: this.#samples,
        sum: this.#sum,
        sumOfSquares: this.#sumOfSquares,
        minimum: this.#minimum,
        maximum: this.#maximum,
        clipped: this.#clipped,
        durationMicros: atMicros - this.#beganMicros,
        gapMicros: this.#beganMicros - this.#keptMicros,
      });
      this.#keptMicros = atMicros;
    }
    this.#begin(atMicros);
  }

  #begin(atMicros: number): void {
    this.#beganMicros = atMicros;
    this.#samples = 0;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    this.#minimum = HIGHEST_COUNT;
    this.#maximum = 0;
    this.#clipped = 0;
  }
}

/** The window of counts that last so long, whatever a sampler would make of them. */
export function windowOf(counts: readonly number[], durationMicros: number): SampleWindow {
  const sum = (of: (count: number) => number): number => counts.reduce((total, count) => total + of(count), 0);
  return {
    samples: counts.length,
    sum: sum((count) => count),
    sumOfSquares: sum((count) => count * count),
    minimum: Math.min(...counts),
    maximum: Math.max(...counts),
    clipped: sum((count) => (count === 0 || count === HIGHEST_COUNT ? 1 : 0)),
    durationMicros,
    gapMicros: 0,
  };
}

/** A sampler that gives out what it was handed. */
export class WindowList implements Sampler {
  readonly #windows: SampleWindow[] = [];

  push(...windows: readonly SampleWindow[]): void {
    this.#windows.push(...windows);
  }

  read(): readonly SampleWindow[] {
    return this.#windows.splice(0);
  }
}

/** A square wave about mid-scale whose size in counts follows time; `undefined` loses the window's samples. It keeps as many windows as it must. */
export class SquareWaveSampler implements Sampler {
  readonly #nowMs: () => number;
  readonly #amplitude: (ms: number) => number | undefined;
  #atMs: number;
  #gapMicros = 0;

  constructor(nowMs: () => number, amplitude: (ms: number) => number | undefined) {
    this.#nowMs = nowMs;
    this.#amplitude = amplitude;
    this.#atMs = nowMs();
  }

  read(): readonly SampleWindow[] {
    const windows: SampleWindow[] = [];
    const windowMs = WINDOW_MICROS / 1000;
    for (; this.#atMs + windowMs <= this.#nowMs(); this.#atMs += windowMs) {
      const amplitude = this.#amplitude(this.#atMs);
      if (amplitude === undefined || windows.length === WINDOWS_KEPT) {
        this.#gapMicros += WINDOW_MICROS;
        continue;
      }
      const counts = Array.from({ length: 20 }, (_, i) => converted(2048 + (i % 2 === 0 ? amplitude : -amplitude)));
      windows.push({ ...windowOf(counts, WINDOW_MICROS), gapMicros: this.#gapMicros });
      this.#gapMicros = 0;
    }
    return windows;
  }
}
