/** What a meter pays for a reading, online and in idle time, against textbook Paillier on the same engine. */

import type { Subject } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import { type Comparison, compareWorks } from "../sampling.ts";

const COMPARISONS: readonly Comparison[] = [
  {
    name: "seal.online",
    work: "seal.online",
    baseline: "textbook encryption",
    target: { engine: "xs", ratio: 2000 },
  },
  { name: "seal.prove", work: "seal.prove", baseline: "textbook encryption" },
  { name: "close-to-publish", work: "close-to-publish", baseline: "textbook encryption" },
  { name: "close-to-publish.signature", work: "signature", baseline: "textbook encryption" },
  { name: "pool.rho", work: "pool.rho", baseline: "textbook r^n", target: { engine: "xs", ratio: 10 } },
  { name: "pool.entry", work: "pool.entry", baseline: "textbook r^n", target: { engine: "xs", ratio: 4 } },
];

export const sealing: Subject = {
  names: () => COMPARISONS.map(({ name }) => name),
  async measure({ engines, options }, wanted) {
    const comparisons = COMPARISONS.filter(({ name }) => wanted(name));
    const measured: Measurement[] = [];
    for (const engine of engines) measured.push(...(await compareWorks(engine, comparisons, options.samples)));
    return measured;
  },
};
