/** The benches in the Moddable simulator, run small: what C is worth there. Nothing here depends on how fast anything is. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import { findSdk, whyNoSdk } from "../../../hosts/moddable/runner/sdk.ts";
import { type BenchOptions, runBenches } from "../bench.ts";
import { lineOf, type Measurement } from "../measurement.ts";

const SAMPLES = 2;
const NAMES = ["ring.native", "ring.native.residues", "ring.native.square", "sign.native"];

const options = (changes: Partial<BenchOptions>): BenchOptions => ({
  ...{ keyBits: 512, samples: SAMPLES, meters: 20, messages: 24, batches: [2] },
  ...{ only: undefined, moddable: undefined },
  ...changes,
});

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`sim/benches, native: skipped: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

describe("without the simulator", () => {
  test.each(NAMES)("%s is a name that there is not", async (only) => {
    await expect(runBenches(options({ only })).next()).rejects.toMatchObject({ code: "input_invalid" });
  });
});

whereTheSdkIs("in the simulator", () => {
  const measured: Measurement[] = [];

  beforeAll(async () => {
    // a debug build, which is made for other tests as well; its figures are worth nothing
    const moddable = { sdk: findSdk(), goal: "debug" } as const;
    for (const only of ["ring.native", "sign.native"]) {
      for await (const one of runBenches(options({ only, moddable }))) measured.push(one);
    }
  });

  test("each name is measured in milliseconds, as often as what it is compared with", () => {
    expect(measured.map(({ name }) => name)).toEqual(NAMES);
    for (const one of measured) {
      expect([one.engine, one.unit]).toEqual(["moddable", "ms"]);
      expect([one.values.length, one.baselines.length]).toEqual([SAMPLES, SAMPLES]);
      for (const sample of [...one.values, ...one.baselines]) expect(Number.isFinite(sample) && sample > 0).toBe(true);
      const { value, baseline, ratio } = lineOf(one);
      expect(ratio).toBe(baseline / value);
    }
  });

  test("the native product alone has a ratio that is promised", () => {
    expect(measured.flatMap(({ name, target }) => (target === undefined ? [] : [[name, target]]))).toEqual([
      ["ring.native", 5],
    ]);
  });
});
