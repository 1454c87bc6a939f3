/** Taking samples in turn, so that whatever slows the machine for a while slows both sides of a ratio. */

import { ChoirError } from "../../core/errors.ts";
import type { Cost, Engine, EngineName } from "./engines/engine.ts";
import type { WorkName } from "./engines/works.ts";
import type { Measurement } from "./measurement.ts";

/** A sample runs its work about this long on end, at least once: short against the machine's moods, long against its clock. */
const SAMPLE_MS = 10;
const MOST_RUNS = 1000;

/** One work against another. */
export interface Comparison<Work = WorkName> {
  readonly name: string;
  readonly work: Work;
  readonly baseline: Work;
  /** Engines on which a least ratio is promised, and the ratio. */
  readonly target?: { readonly engine: EngineName; readonly ratio: number };
}

/** Takes `samples` samples of each task, in turn: A B C A B C ...; the results by task. */
export async function inTurn<T>(
  samples: number,
  tasks: readonly (() => Promise<T>)[],
): Promise<readonly (readonly T[])[]> {
  const results = tasks.map((): T[] => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [i, task] of tasks.entries()) results[i]?.push(await task());
  }
  return results;
}

/** How often a function that takes `ms` runs in one sample. */
export function runsPerSample(ms: number): number {
  return Math.min(MOST_RUNS, Math.max(1, Math.ceil(SAMPLE_MS / ms)));
}

/** Compares works on one engine, all in turn; on XS each gives a second measurement, of compute units. */
export async function compareWorks<Work extends string>(
  engine: Engine<EngineName, Work>,
  comparisons: readonly Comparison<Work>[],
  samples: number,
): Promise<readonly Measurement[]> {
  const works = [...new Set(comparisons.flatMap(({ work, baseline }) => [work, baseline]))];
  const costs = await costsOf(engine, works, samples);
  const of = (work: Work): readonly Cost[] => costs.get(work) ?? [];
  return comparisons.flatMap(({ name, work, baseline, target }): Measurement[] => {
    const about = { name, engine: engine.name, against: baseline, better: "less" } as const;
    const wall: Measurement = {
      ...about,
      unit: "ms",
      values: of(work).map(({ ms }) => ms),
      baselines: of(baseline).map(({ ms }) => ms),
      ...(target?.engine === engine.name ? { target: target.ratio } : {}),
    };
    if (engine.name !== "xs") return [wall];
    return [wall, { ...about, unit: "compute", values: computes(of(work)), baselines: computes(of(baseline)) }];
  });
}

/** Costs of works on one engine, sampled in turn. */
export async function costsOf<Work extends string>(
  engine: Engine<EngineName, Work>,
  works: readonly Work[],
  samples: number,
): Promise<ReadonlyMap<Work, readonly Cost[]>> {
  const tasks: (() => Promise<Cost>)[] = [];
  for (const work of works) {
    // the first run of anything is slower, and no sample
    await engine.sample(work, 1);
    const times = runsPerSample((await engine.sample(work, 1)).ms);
    tasks.push(() => engine.sample(work, times));
  }
  const costs = await inTurn(samples, tasks);
  return new Map(works.map((work, i) => [work, costs[i] ?? []]));
}

/** Compute units of costs. @throws ChoirError engine_failed for an engine that counts none. */
export function computes(costs: readonly Cost[]): readonly number[] {
  return costs.map(({ compute }) => {
    if (compute === undefined) throw new ChoirError("engine_failed", "compute units", "an engine with them", "none");
    return compute;
  });
}
