/** The arithmetic under everything: residues lo + n*hi with a reciprocal of n, against BigInt's own product and `%`. */

import type { Subject } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import { type Comparison, compareWorks } from "../sampling.ts";

const COMPARISONS: readonly Comparison[] = [
  { name: "ring.multiply", work: "product of residues", baseline: "(a*b) % n^2" },
  { name: "ring.square", work: "square of residues", baseline: "(a*a) % n^2" },
];

export const ringArithmetic: Subject = {
  names: () => COMPARISONS.map(({ name }) => name),
  async measure({ engines, options }, wanted) {
    const comparisons = COMPARISONS.filter(({ name }) => wanted(name));
    const measured: Measurement[] = [];
    for (const engine of engines) measured.push(...(await compareWorks(engine, comparisons, options.samples)));
    return measured;
  },
};
