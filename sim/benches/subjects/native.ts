/** What a host's C is worth on the engine that the meter has: the Montgomery ring against BigInt's own product and `%` and against residues, libsodium's signature against @noble's. */

import type { Subject } from "../bench.ts";
import { moddableEngine } from "../engines/moddable-engine.ts";
import type { NativeWorkName } from "../engines/native-works.ts";
import { type Comparison, compareWorks } from "../sampling.ts";

const COMPARISONS: readonly Comparison<NativeWorkName>[] = [
  { name: "ring.native", work: "native product", baseline: "(a*b) % n^2", target: { engine: "moddable", ratio: 5 } },
  { name: "ring.native.residues", work: "native product", baseline: "product of residues" },
  { name: "ring.native.square", work: "native square", baseline: "square of residues" },
  { name: "sign.native", work: "native signature", baseline: "@noble signature" },
];

export const native: Subject = {
  names: ({ moddable }) => (moddable === undefined ? [] : COMPARISONS.map(({ name }) => name)),
  async measure({ options }, wanted) {
    if (options.moddable === undefined) return [];
    const engine = await moddableEngine(options.moddable, options.keyBits);
    try {
      return await compareWorks(
        engine,
        COMPARISONS.filter(({ name }) => wanted(name)),
        options.samples,
      );
    } finally {
      await engine.close();
    }
  },
};
