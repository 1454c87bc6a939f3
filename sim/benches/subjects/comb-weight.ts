/** Whether time tells an exponent's weight: how much longer full weight takes than weight 2, against the same comb without blinding. */

import type { Bench, Subject } from "../bench.ts";
import type { Engine } from "../engines/engine.ts";
import type { Measurement } from "../measurement.ts";
import { computes, costsOf } from "../sampling.ts";

const NAME = "comb.weight";
/** Times as many samples as elsewhere: a ratio near 1 is told from 1 by many pairs only, and these are cheap. */
const PATIENCE = 5;
const WORKS = [
  "comb, full weight",
  "comb, weight 2",
  "unblinded comb, full weight",
  "unblinded comb, weight 2",
] as const;

export const combWeight: Subject = {
  names: () => [NAME],
  async measure({ engines, options }: Bench) {
    const measured: Measurement[] = [];
    for (const engine of engines) measured.push(...(await weigh(engine, PATIENCE * options.samples)));
    return measured;
  },
};

async function weigh(engine: Engine, samples: number): Promise<readonly Measurement[]> {
  const costs = await costsOf(engine, WORKS, samples);
  const [full = [], light = [], openFull = [], openLight = []] = WORKS.map((work) => costs.get(work) ?? []);
  const about = { name: NAME, engine: engine.name, against: "unblinded comb", better: "less" } as const;
  const wall = (of: typeof full): readonly number[] => of.map(({ ms }) => ms);
  const leak = (a: readonly number[], b: readonly number[]): readonly number[] =>
    // the samples are pairs: b has as many as a
    a.map((value, i) => value / (b[i] as number));
  const time: Measurement = {
    ...about,
    unit: "x",
    values: leak(wall(full), wall(light)),
    baselines: leak(wall(openFull), wall(openLight)),
  };
  if (engine.name === "node") return [time];
  const compute: Measurement = {
    ...about,
    unit: "compute",
    values: leak(computes(full), computes(light)),
    baselines: leak(computes(openFull), computes(openLight)),
  };
  return [time, compute];
}
