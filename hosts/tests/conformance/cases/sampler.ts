/** Sampler: what the converter saw as windows with exact sums; whatever no window covers is a gap of the next. */

import { OBIS_IMPORT } from "../../../../core/names.ts";
import { HIGHEST_COUNT, type SampleWindow, WINDOW_MICROS, WINDOWS_KEPT } from "../../../../firmware/host.ts";
import { type Bench, type Case, material, same, until } from "../case.ts";

const MICROS_PER_SECOND = 1_000_000;
const FIELDS = [
  "samples",
  "sum",
  "sumOfSquares",
  "minimum",
  "maximum",
  "clipped",
  "durationMicros",
  "gapMicros",
] as const;

/** Counts over the whole range, both ends among them, of a label. */
function countsOf(bench: Bench, label: number, samples: number): Uint16Array {
  const bytes = material(bench.host, label, 2 * samples);
  const counts = new Uint16Array(samples);
  for (let i = 0; i < samples; i++) {
    // both bytes are within the material
    const word = 256 * (bytes[2 * i] as number) + (bytes[2 * i + 1] as number);
    counts[i] = word % 16 === 0 ? (word % 32 === 0 ? 0 : HIGHEST_COUNT) : word >> 4;
  }
  return counts;
}

function windowOf(counts: Uint16Array, durationMicros: number, gapMicros: number): SampleWindow {
  const sum = (of: (count: number) => number): number => counts.reduce((total, count) => total + of(count), 0);
  return {
    samples: counts.length,
    sum: sum((count) => count),
    sumOfSquares: sum((count) => count * count),
    // as many arguments as counts would not fit on a chip's stack
    minimum: counts.reduce((least, count) => Math.min(least, count), HIGHEST_COUNT),
    maximum: counts.reduce((most, count) => Math.max(most, count), 0),
    clipped: sum((count) => (count === 0 || count === HIGHEST_COUNT ? 1 : 0)),
    durationMicros,
    gapMicros,
  };
}

const asText = (windows: readonly SampleWindow[]): string =>
  windows.map((window) => FIELDS.map((field) => `${field} ${window[field]}`).join(", ")).join("; ");

function read({ host }: Bench): readonly SampleWindow[] {
  const sampler = host.samplers.get(OBIS_IMPORT);
  if (sampler === undefined) throw new RangeError(`this machine has no sampler for ${OBIS_IMPORT}`);
  return sampler.read();
}

/** Time that these windows account for. */
const accounted = (windows: readonly SampleWindow[]): number =>
  windows.reduce((sum, { durationMicros, gapMicros }) => sum + durationMicros + gapMicros, 0);

/** Reads until the windows account for so much time. */
async function readAll(bench: Bench, micros: number): Promise<readonly SampleWindow[]> {
  const windows: SampleWindow[] = [];
  await until(bench.host, () => {
    windows.push(...read(bench));
    return accounted(windows) >= micros;
  });
  return windows;
}

export const samplerCases: readonly Case[] = [
  {
    name: "Sampler: gives no window before there was a sample",
    run: async (bench) => same(asText(read(bench)), "", "windows"),
  },
  {
    name: "Sampler: reduces samples to windows of 200 ms, sums and extremes exact, clipped ones counted, whatever blocks they come in",
    run: async (bench) => {
      const counts = countsOf(bench, 1, 4000);
      for (const [from, to] of [
        [0, 1000],
        [1000, 1003],
        [1003, 4000],
      ] as const) {
        await bench.world.convert(counts.slice(from, to), 0, 250 * (to - from));
      }
      const expected = [0, 1, 2, 3, 4].map((i) => windowOf(counts.slice(800 * i, 800 * (i + 1)), WINDOW_MICROS, 0));
      same(asText(await readAll(bench, MICROS_PER_SECOND)), asText(expected), "windows");
    },
  },
  {
    name: "Sampler: a window ends with the first sample that is late enough, and the next begins there",
    run: async (bench) => {
      // one sample every 642.86 us: the 311th ends 199.93 ms after the first began, the 312th 200.57 ms
      const counts = countsOf(bench, 2, 624);
      await bench.world.convert(counts, 0, 401_142);
      const expected = [counts.slice(0, 312), counts.slice(312)].map((half) => windowOf(half, 200_571, 0));
      same(asText(await readAll(bench, 401_142)), asText(expected), "windows");
    },
  },
  {
    name: "Sampler: each window is given once",
    run: async (bench) => same(asText(read(bench)), "", "windows"),
  },
  {
    name: "Sampler: lost samples end a window without keeping it, and the next one's gap has its time and theirs",
    run: async (bench) => {
      const counts = countsOf(bench, 3, 1200);
      await bench.world.convert(counts.slice(800), 0, 100_000);
      await bench.world.convert(counts.slice(0, 800), 700_000, WINDOW_MICROS);
      const windows = await readAll(bench, 1_000_000);
      same(asText(windows), asText([windowOf(counts.slice(0, 800), WINDOW_MICROS, 800_000)]), "windows");
    },
  },
  {
    name: "Sampler: keeps windows for a late reader, and shows those beyond as a gap: no time is unaccounted for",
    run: async (bench) => {
      const seconds = 20;
      for (let second = 0; second < seconds; second++) {
        await bench.world.convert(countsOf(bench, 4, 100), 0, MICROS_PER_SECOND);
      }
      const kept = await readAll(bench, WINDOWS_KEPT * WINDOW_MICROS);
      same(kept.length, WINDOWS_KEPT, "windows that were kept");
      await bench.world.convert(countsOf(bench, 5, 100), 0, MICROS_PER_SECOND);
      const after = await readAll(bench, (seconds + 1) * MICROS_PER_SECOND - accounted(kept));
      same(accounted([...kept, ...after]), (seconds + 1) * MICROS_PER_SECOND, "time accounted for");
      same(after[0]?.gapMicros, seconds * MICROS_PER_SECOND - accounted(kept), "the gap");
    },
  },
];
