/** The current clamps of a meter: reads them in time, and finds the intervals in which their samples were missing or clipped. */

import { ChoirError } from "../core/errors.ts";
import type { MeterEventCode, Rejection } from "../core/meter-words.ts";
import type { ClampConstants } from "./clamp-constants.ts";
import { CurrentClamp } from "./current-clamp.ts";
import type { Cancel, Host, PulseCounter } from "./host.ts";

/** How often the windows are fetched, in ms: a small part of what a sampler keeps of them. */
const READ_MS = 1000;
/** Missing time that is worth a word, in ms: above what the windows under way make it swing, two of them. */
const SAID_MS = 1000;

/** What a look at all clamps found. */
export interface ClampFindings {
  /** Codes that were not yet said of this interval. */
  readonly events: readonly MeterEventCode[];
  /** Why the interval can have no reading, if so. */
  readonly fault: Rejection | undefined;
}

/** Missing time of one clamp. */
interface Watched {
  readonly clamp: CurrentClamp;
  /** Since the meter started, at the last inspection and at the last one of the interval before, in ms. */
  missingMs: number;
  missingBeforeMs: number;
}

/** All clamps that the settings name. */
export class Clamps {
  readonly #host: Pick<Host, "clock" | "scheduler">;
  readonly #toleranceMs: number;
  readonly #watched = new Map<string, Watched>();
  readonly #said = new Set<MeterEventCode>();
  #interval: number | undefined;
  #timer: Cancel | undefined;
  #startMs = 0;

  /**
   * @param toleranceMs the most that may be missing from an interval which still has a reading
   * @throws ChoirError config_invalid when a clamp has no sampler to hang on.
   */
  constructor(
    host: Pick<Host, "clock" | "scheduler" | "samplers">,
    clamps: ReadonlyMap<string, ClampConstants>,
    toleranceMs: number,
  ) {
    this.#host = host;
    this.#toleranceMs = toleranceMs;
    for (const [obis, constants] of clamps) {
      const sampler = host.samplers.get(obis);
      if (sampler === undefined) throw new ChoirError("config_invalid", `clamp of ${obis}`, "a sampler", "none");
      this.#watched.set(obis, { clamp: new CurrentClamp(sampler, constants), missingMs: 0, missingBeforeMs: 0 });
    }
  }

  /** The counters of pulse inputs and clamps; a clamp takes its channel. */
  beside(counters: ReadonlyMap<string, PulseCounter>): ReadonlyMap<string, PulseCounter> {
    return new Map([...counters, ...[...this.#watched].map(([obis, { clamp }]) => [obis, clamp] as const)]);
  }

  clamp(obis: string): CurrentClamp | undefined {
    return this.#watched.get(obis)?.clamp;
  }

  /** What was sampled before counts; what is missing from before does not. */
  start(): void {
    if (this.#watched.size === 0) return;
    this.#startMs = this.#host.clock.monotonicMs();
    for (const watched of this.#watched.values()) {
      watched.clamp.read();
      watched.missingMs = watched.missingBeforeMs = this.#missingMs(watched.clamp);
    }
    this.#readLater();
  }

  stop(): void {
    this.#timer?.();
  }

  /**
   * To be called when all counters have just been read.
   * @param interval the one that is or was open since the last call, none if none
   */
  inspect(interval: number | undefined): ClampFindings {
    const isNew = interval !== this.#interval;
    if (isNew) this.#said.clear();
    this.#interval = interval;
    let isSilent = false;
    const found: MeterEventCode[] = [];
    for (const watched of this.#watched.values()) {
      if (isNew) watched.missingBeforeMs = watched.missingMs;
      watched.missingMs = this.#missingMs(watched.clamp);
      const missingMs = watched.missingMs - watched.missingBeforeMs;
      const { clipped, gaps } = watched.clamp.takeTrouble();
      if (clipped > 0) found.push("sensor_clipped");
      if (gaps > 0 || missingMs > SAID_MS) found.push("sensor_gap");
      if (missingMs > this.#toleranceMs) isSilent = true;
    }
    const events = [...new Set(found)].filter((code) => !this.#said.has(code));
    for (const code of events) this.#said.add(code);
    return { events, fault: isSilent ? "sensor_silent" : undefined };
  }

  #missingMs(clamp: CurrentClamp): number {
    return this.#host.clock.monotonicMs() - this.#startMs - clamp.coveredMicros / 1000;
  }

  #readLater(): void {
    this.#timer = this.#host.scheduler.after(READ_MS, () => {
      for (const { clamp } of this.#watched.values()) clamp.read();
      this.#readLater();
    });
  }
}
