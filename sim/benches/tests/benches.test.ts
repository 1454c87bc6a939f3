/** The benches, run small: every line has its shape and its arithmetic. Nothing here depends on how fast anything is. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { xsWorkerPath } from "../../../hosts/xs/engine.ts";
import { type BenchOptions, runBenches } from "../bench.ts";
import { type Line, lineOf, type Measurement, median } from "../measurement.ts";
import { short, tableOf } from "../table.ts";

const SMALL: BenchOptions = {
  keyBits: 512,
  samples: 2,
  meters: 20,
  messages: 24,
  batches: [2, 5],
  only: undefined,
  moddable: undefined,
};
const hasXs = xsWorkerPath() !== undefined;

const WORKS = ["seal.online", "seal.prove", "close-to-publish", "close-to-publish.signature", "pool.rho", "pool.entry"];
const ON_BOTH = [...WORKS, "comb.weight", "ring.multiply", "ring.square"];
const ON_NODE = [
  ...["paillier-bigint.encrypt", "paillier-bigint.decrypt", "provider.open"],
  ...["proof.verify", "proof.verify.batch-2", "proof.verify.batch-5"],
  ...["aggregator.accept", "aggregator.accept.one-core", "trustee.check", "message.overhead"],
];

async function measure(options: BenchOptions): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for await (const measurement of runBenches(options)) measured.push(measurement);
  return measured;
}

describe("the benches, run small", () => {
  let measured: readonly Measurement[] = [];
  const find = (name: string, engine: string, unit?: string): Line => {
    const found = measured.find((one) => one.name === name && one.engine === engine && (unit ?? one.unit) === one.unit);
    if (found === undefined) throw new Error(`no line of ${name} on ${engine}`);
    return lineOf(found);
  };

  beforeAll(async () => {
    measured = await measure(SMALL);
  });

  test("measure each subject once on Node, and what a meter does on XS as well, by the clock and in compute units", () => {
    const of = (engine: string, compute: boolean) =>
      measured.filter((one) => one.engine === engine && (one.unit === "compute") === compute).map(({ name }) => name);
    expect(of("node", false).sort()).toEqual([...ON_BOTH, ...ON_NODE].sort());
    expect(of("node", true)).toEqual([]);
    for (const compute of [false, true]) expect(of("xs", compute).sort()).toEqual(hasXs ? [...ON_BOTH].sort() : []);
  });

  test("take as many samples of the baseline as of the value, all positive, and the ratio says how many times better", () => {
    for (const one of measured) {
      const samples = { "message.overhead": 1, "comb.weight": 5 * SMALL.samples }[one.name] ?? SMALL.samples;
      expect(one.values.length).toBe(samples);
      expect(one.baselines.length).toBe(one.values.length);
      for (const sample of [...one.values, ...one.baselines]) expect(Number.isFinite(sample) && sample > 0).toBe(true);
      const line = lineOf(one);
      expect(Object.keys(line)).toEqual(["name", "engine", "value", "unit", "baseline", "ratio"]);
      const [better, worse] = one.better === "less" ? [line.baseline, line.value] : [line.value, line.baseline];
      expect(line.ratio).toBe(better / worse);
    }
  });

  test("hold what does not depend on the machine: proofs one by one are their own baseline, and a message has 200 bytes to spend", () => {
    expect(find("proof.verify", "node").ratio).toBe(1);
    const overhead = find("message.overhead", "node");
    expect(overhead).toMatchObject({ unit: "byte", baseline: 200, ratio: 200 / overhead.value });
    expect(overhead.value).toBeLessThanOrEqual(200);
  });

  if (hasXs) {
    test("show in the engine's own units that blinding hides an exponent's weight, and that the same comb without it does not", () => {
      const { value, baseline } = find("comb.weight", "xs", "compute");
      expect(Math.abs(value - 1)).toBeLessThan(0.02);
      expect(baseline).toBeGreaterThan(1.1);
    });
  }
});

describe("--only", () => {
  test("picks one name, or all that begin with it", async () => {
    const names = async (only: string) => (await measure({ ...SMALL, only })).map(({ name }) => name);
    expect(await names("proof.verify.batch-5")).toEqual(["proof.verify.batch-5"]);
    expect(await names("proof")).toEqual(["proof.verify", "proof.verify.batch-2", "proof.verify.batch-5"]);
    expect(await names("paillier-bigint.decrypt")).toEqual(["paillier-bigint.decrypt"]);
  });

  test("refuses a name that there is not, and the first letters of one", async () => {
    for (const only of ["seal.offline", "sea", ""]) {
      await expect(measure({ ...SMALL, only })).rejects.toMatchObject({ code: "input_invalid", subject: "--only" });
    }
  });
});

describe("a line", () => {
  const about = { name: "a", engine: "xs", against: "b", unit: "ms" } as const;

  test("compares medians, and more is better in its ratio for costs and rates alike", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 100])).toBe(3.5);
    const samples = { values: [2, 4, 100], baselines: [8, 1, 80] };
    expect(lineOf({ ...about, ...samples, better: "less" })).toMatchObject({ value: 4, baseline: 8, ratio: 2 });
    expect(lineOf({ ...about, ...samples, better: "more" })).toMatchObject({ value: 4, baseline: 8, ratio: 0.5 });
  });

  test("stands in the table with median, least and most, and what is promised", () => {
    const one: Measurement = { ...about, values: [2, 4, 1000], baselines: [80_000], better: "less", target: 2000 };
    expect(tableOf([one])).toBe(
      [
        "name  engine  unit  median    min    max  baseline   ratio  at least  against",
        "a     xs      ms     4.000  2.000  1,000    80,000  20,000     2,000  b",
      ].join("\n"),
    );
  });

  test.each([
    [0, "0.000"],
    [0.01630449, "0.01630"],
    [0.99996, "1.000"],
    [999.96, "1,000"],
    [43_854.3, "43,850"],
    [414_123_456, "414,100,000"],
  ])("writes %p as %p", (value, text) => {
    expect(short(value)).toBe(text);
  });
});

describe("npm run bench", () => {
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const run = (...flags: readonly string[]) =>
    execFileSync(process.execPath, [main, ...flags], { encoding: "utf8", stdio: "pipe" });

  test("prints JSON lines, or a table", () => {
    const flags = ["--key-bits", "512", "--only", "message.overhead"];
    const line = JSON.parse(run(...flags, "--json")) as Line;
    expect(line).toEqual({
      ...{ name: "message.overhead", engine: "node", unit: "byte" },
      ...{ value: line.value, baseline: 200, ratio: 200 / line.value },
    });
    expect(run(...flags)).toMatch(
      /^512 bits, medians of 9, Node .*\n\nname +engine .*\nmessage\.overhead +node +byte .* 200 bytes\n$/,
    );
  });

  test.each([[["--key-bits", "1000"]], [["--samples", "0"]], [["--samples", "1.5"]], [["--only", "nothing"]]])(
    "refuses %p in one line",
    (flags) => {
      expect(() => run(...flags)).toThrow(/bench: --.*\(input_invalid\)\n$/);
    },
  );
});
