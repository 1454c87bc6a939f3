/** A soak: hours of simulated metering at many times the speed of time, with everything that was fed, counted, sealed, opened and kept in memory on record. */

import { setTimeout } from "node:timers/promises";
import { intervalAt, intervalEnd, intervalStart } from "../../core/interval.ts";
import { REJECTIONS } from "../../core/meter-words.ts";
import type { Diagnostics } from "../../core/wire/status.ts";
import type { MemorySample } from "../../hosts/moddable/runner/debug-listener.ts";
import { type Bench, INTERVAL_MS, openBench, toleranceMs } from "./bench.ts";
import type { BoundaryRecord, ChannelRecord, SoakRecord } from "./record.ts";
import { momentsOfRun, type Replay } from "./replay.ts";
import type { Point } from "./slope.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The first pulse comes when a whole interval has been observed, however long the meter took to start. */
const LEAD_MS = 3 * INTERVAL_MS;
/** After its last pulse a meter has this long for what it still has to send. */
const TAIL_MS = 3 * INTERVAL_MS;
/** How often the head end is moved and the meter asked, by the system's time. */
const STEP_MS = 250;
/** When in an interval memory is looked at: all that the boundary set off is over by then. */
const AT_REST = 0.7;
const MILLIWATT_HOURS_PER_PULSE = 1000;

/** What to soak. */
export interface SoakOptions {
  readonly hours: number;
  readonly speed: number;
  readonly keyBits: number;
  readonly replay: Replay;
  readonly cli: string;
}

/** How a soak ended. */
export interface SoakOutcome {
  readonly record: SoakRecord;
  readonly samples: readonly MemorySample[];
  /** Longest time, by the system's clock, in which the pool was not full after a boundary; as fine as the meter is asked. */
  readonly slowestRefillMs: number;
  /** Longest time between two of the samples that the engine takes once a second: how long the system kept it waiting. */
  readonly longestSilenceMs: number;
}

/** An opened reading, of a group of one. */
interface Opened {
  readonly interval: number;
  readonly energies: Readonly<Record<string, number>>;
}

/** Runs a soak. @throws ChoirError as `openBench`; the signal's reason when it is aborted. */
export async function soak(
  options: SoakOptions,
  tell: (line: string) => void,
  stop?: AbortSignal,
): Promise<SoakOutcome> {
  const lengthMs = options.hours * HOUR_MS;
  const days = [...options.replay.moments];
  const moments = new Map(days.map(([obis, day]) => [obis, momentsOfRun(day, LEAD_MS, lengthMs)]));
  const results: string[] = [];
  const { speed, keyBits, cli } = options;
  const rejections: string[] = [];
  const onLine = (line: string): void => {
    const [, text, code] = /^log info event ((\w+), interval \d+)$/.exec(line) ?? [];
    if (text !== undefined && REJECTIONS.some((one) => one === code)) rejections.push(text);
  };
  const onResult = (line: string): unknown => results.push(line);
  const bench = await openBench({ speed, keyBits, cli, moments, onResult, onLine });
  try {
    return await Promise.race([
      new Soak(options, bench, { moments, results, rejections, tell }).run(stop),
      bench.failure,
    ]);
  } finally {
    await bench.close();
  }
}

/** What goes in and comes out beside the bench. */
interface SoakEnds {
  /** Pulses by channel. */
  readonly moments: ReadonlyMap<string, readonly number[]>;
  /** Lines of the provider, taken as they come. */
  readonly results: string[];
  /** What the meter said of its intervals. */
  readonly rejections: readonly string[];
  readonly tell: (line: string) => void;
}

class Soak {
  readonly #options: SoakOptions;
  readonly #bench: Bench;
  readonly #ends: SoakEnds;
  readonly #opened: Opened[] = [];
  readonly #live: Point[] = [];
  #refused = 0;
  #mostWaiting = 0;
  #fullPool = 0;
  #lookedAtRest = -1;
  #slowestRefillMs = 0;
  #toldHours = -1;

  constructor(options: SoakOptions, bench: Bench, ends: SoakEnds) {
    this.#options = options;
    this.#bench = bench;
    this.#ends = ends;
  }

  async run(stop: AbortSignal | undefined): Promise<SoakOutcome> {
    const { meter, time } = this.#bench;
    const fedMs = LEAD_MS + this.#options.hours * HOUR_MS;
    for (;;) {
      stop?.throwIfAborted();
      await this.#bench.step();
      const diagnostics = await this.#bench.diagnostics();
      this.#takeResults();
      await this.#look(diagnostics);
      const upMs = diagnostics.uptimeSeconds * 1000;
      // the last reading that holds a pulse ends at the first boundary after it
      const last = intervalAt(time.startUtcMs + fedMs, INTERVAL_MS);
      const isDone = this.#opened.some(({ interval }) => interval >= last) && diagnostics.outboxDepth === 0;
      if ((upMs > fedMs && isDone) || upMs > fedMs + TAIL_MS) return this.#outcome(await meter.totals(), diagnostics);
      await setTimeout(STEP_MS, undefined, { signal: stop });
    }
  }

  #takeResults(): void {
    for (const line of this.#ends.results.splice(0)) {
      // the provider's own words (docs/OPERATIONS.md, Results)
      const result = JSON.parse(line) as {
        readonly type: string;
        readonly interval: number;
        readonly contributors: number;
        readonly sumsMilliwattHours: Readonly<Record<string, number>>;
      };
      if (result.type !== "opened") this.#refused++;
      // a part without contributors says that the reading is not there, or not yet
      else if (result.contributors > 0) {
        this.#opened.push({ interval: result.interval, energies: result.sumsMilliwattHours });
      }
    }
  }

  async #look({ outboxDepth, poolLevel, uptimeSeconds }: Diagnostics): Promise<void> {
    const { time, meter } = this.#bench;
    const utcMs = time.utcMs(Date.now());
    const interval = intervalAt(utcMs, INTERVAL_MS);
    const intoMs = utcMs - intervalStart(interval, INTERVAL_MS);
    this.#mostWaiting = Math.max(this.#mostWaiting, outboxDepth);
    if (this.#fullPool > 0 && poolLevel < this.#fullPool) {
      this.#slowestRefillMs = Math.max(this.#slowestRefillMs, intoMs / this.#options.speed);
    }
    if (intoMs < AT_REST * INTERVAL_MS || interval === this.#lookedAtRest) return;
    this.#lookedAtRest = interval;
    this.#fullPool = Math.max(this.#fullPool, poolLevel);
    const { chunkBytes, slotBytes } = await meter.liveMemory();
    this.#live.push({ x: (uptimeSeconds * 1000) / DAY_MS, y: chunkBytes + slotBytes });
    const hours = Math.floor((uptimeSeconds * 1000) / HOUR_MS);
    if (hours === this.#toldHours) return;
    this.#toldHours = hours;
    const live = (chunkBytes + slotBytes).toLocaleString("en-GB");
    this.#ends.tell(`${hours} h: ${this.#opened.length} readings opened, outbox ${outboxDepth}, live ${live} bytes`);
  }

  #outcome(register: ReadonlyMap<string, number>, diagnostics: Diagnostics): SoakOutcome {
    const { faults, samples } = this.#bench.meter;
    const opened = [...this.#opened].sort((a, b) => a.interval - b.interval);
    const channels = [...this.#ends.moments].map(([obis, moments]): ChannelRecord => {
      const openedMilliwattHours = opened.reduce((sum, { energies }) => sum + (energies[obis] ?? 0), 0);
      return { obis, fed: moments.length, register: register.get(obis) ?? 0, openedMilliwattHours };
    });
    const record: SoakRecord = {
      hours: this.#options.hours,
      intervalMs: INTERVAL_MS,
      channels,
      opened: this.#opened.map(({ interval }) => interval),
      refused: this.#refused,
      boundaries: [...this.#ends.moments].flatMap(([obis, moments]) => this.#boundaries(opened, obis, moments)),
      diagnostics,
      rejections: this.#ends.rejections,
      mostWaiting: this.#mostWaiting,
      live: this.#live,
      faults,
    };
    const silences = samples.slice(1).map(({ atMs }, i) => atMs - (samples[i]?.atMs ?? atMs));
    return { record, samples, slowestRefillMs: this.#slowestRefillMs, longestSilenceMs: Math.max(...silences) };
  }

  /** What was opened up to each boundary, beside the pulses that had come by then for certain, and those that may have. */
  #boundaries(opened: readonly Opened[], obis: string, moments: readonly number[]): readonly BoundaryRecord[] {
    const { startUtcMs, uncertaintyMs } = this.#bench.time;
    const energyUntil = (upMs: number): number => MILLIWATT_HOURS_PER_PULSE * countUntil(moments, upMs);
    let sum = 0;
    return opened.map(({ interval, energies }) => {
      sum += energies[obis] ?? 0;
      const boundaryMs = intervalEnd(interval, INTERVAL_MS) - startUtcMs;
      return {
        interval,
        obis,
        openedMilliwattHours: sum,
        leastMilliwattHours: energyUntil(boundaryMs - uncertaintyMs),
        mostMilliwattHours: energyUntil(boundaryMs + uncertaintyMs + toleranceMs(this.#options.speed)),
      };
    });
  }
}

/** How many of these ascending moments are not later. */
export function countUntil(moments: readonly number[], atMs: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
