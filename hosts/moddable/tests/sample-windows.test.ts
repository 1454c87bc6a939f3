/** The reduction of samples in C against the port's double: the same windows from any stream, with holes and late readers. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HIGHEST_COUNT, type SampleWindow, WINDOW_MICROS, WINDOWS_KEPT } from "../../../firmware/host.ts";
import { WaveformSampler } from "../../../firmware/tests/waveforms.ts";

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));
const compiler = process.env["CC"] ?? "cc";
const isThere = spawnSync(compiler, ["--version"]).status === 0;
if (!isThere) process.stderr.write("skipped: the reduction of samples in C (no C compiler; CC names one)\n");

/** Samples without a hole, or a reading of the windows. */
type Step = { readonly counts: readonly number[]; readonly fromMicros: number; readonly toMicros: number } | "read";

/** What the double gives at each reading. */
function byDouble(steps: readonly Step[]): readonly (readonly SampleWindow[])[] {
  const sampler = new WaveformSampler();
  const readings: (readonly SampleWindow[])[] = [];
  for (const step of steps) {
    if (step === "read") readings.push(sampler.read());
    else sampler.add(step.counts, step.fromMicros, step.toMicros);
  }
  return readings;
}

function operation(step: Step): Buffer {
  if (step === "read") return Buffer.of(1);
  const bytes = Buffer.alloc(1 + 8 + 8 + 4 + 2 * step.counts.length);
  bytes.writeUInt8(2, 0);
  bytes.writeBigUInt64LE(BigInt(step.fromMicros), 1);
  bytes.writeBigUInt64LE(BigInt(step.toMicros), 9);
  bytes.writeUInt32LE(step.counts.length, 17);
  step.counts.forEach((count, i) => {
    bytes.writeUInt16LE(count, 21 + 2 * i);
  });
  return bytes;
}

(isThere ? describe : describe.skip)("samples in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-samples-"));
  const program = join(folder, "reduce-samples");

  beforeAll(() => {
    const sources = ["native/sample-windows.c", "tests/native/reduce-samples.c"].map((name) =>
      join(root, "hosts/moddable", name),
    );
    const flags = [
      "-std=c11",
      "-O2",
      "-Wall",
      "-Wextra",
      "-Wconversion",
      "-Werror",
      "-fsanitize=undefined",
      "-fsanitize-undefined-trap-on-error",
    ];
    const { status, stderr } = spawnSync(compiler, [...flags, "-o", program, ...sources], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function byProgram(steps: readonly Step[]): readonly (readonly SampleWindow[])[] {
    const input = Buffer.concat([Buffer.of(0), ...steps.map(operation)]);
    const { stdout, stderr, status } = spawnSync(program, { input, encoding: "utf8", maxBuffer: 1 << 26 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.split(".\n").slice(0, -1).map(windowsOf);
  }

  test("give the same windows as the double, whatever the blocks, rates, holes and readers", () => {
    const block = fc.record({
      counts: fc.array(fc.integer({ min: 0, max: HIGHEST_COUNT }), { minLength: 1, maxLength: 300 }),
      sampleMicros: fc.integer({ min: 10, max: 5000 }),
      isCut: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
      holeMicros: fc.integer({ min: 1, max: 500_000 }),
      isRead: fc.integer({ min: 0, max: 7 }).map((one) => one === 0),
    });
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 2 ** 48 }),
        (blocks, start) => {
          const steps: Step[] = [];
          let at = start;
          for (const { counts, sampleMicros, isCut, holeMicros, isRead } of blocks) {
            if (isCut) at += holeMicros;
            const toMicros = at + counts.length * sampleMicros - (counts.length > 3 ? 3 : 0);
            steps.push({ counts, fromMicros: at, toMicros });
            at = toMicros;
            if (isRead) steps.push("read");
          }
          steps.push("read");
          expect(byProgram(steps)).toEqual(byDouble(steps));
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test("keep the windows of a reader who is late, and show those beyond as a gap: durations and gaps are all of the time", () => {
    const second = (from: number): Step => ({
      counts: Array.from({ length: 1000 }, (_, i) => (i * 37) % 4096),
      fromMicros: from * 1_000_000,
      toMicros: (from + 1) * 1_000_000,
    });
    const steps: Step[] = [...Array.from({ length: 30 }, (_, i) => second(i)), "read", second(30), "read"];
    const [late = [], after = []] = byProgram(steps);
    expect(late.length).toBe(WINDOWS_KEPT);
    expect(after.map(({ gapMicros }) => gapMicros)).toEqual([30_000_000 - WINDOWS_KEPT * WINDOW_MICROS, 0, 0, 0, 0]);
    const all = [...late, ...after].reduce((sum, { durationMicros, gapMicros }) => sum + durationMicros + gapMicros, 0);
    expect(all).toBe(31_000_000);
  });

  test("drop a window of more samples than are exact, and samples that take no time", () => {
    const fast: Step = { counts: new Array<number>(60_003).fill(4095), fromMicros: 0, toMicros: 600_000 };
    const slow: Step = { counts: new Array<number>(30_000).fill(4095), fromMicros: 600_000, toMicros: 1_200_000 };
    const timeless: Step = { counts: [1, 2, 3], fromMicros: 1_200_000, toMicros: 1_200_000 };
    const [windows = []] = byProgram([fast, slow, timeless, "read"]);
    expect(windows.map(({ samples, gapMicros }) => [samples, gapMicros])).toEqual([
      [10_000, 600_000],
      [10_000, 0],
      [10_000, 0],
    ]);
  });
});

function windowsOf(lines: string): readonly SampleWindow[] {
  return lines.split("\n").slice(0, -1).map(windowOf);
}

function windowOf(line: string): SampleWindow {
  const numbers = line.split(" ").map(Number);
  const at = (index: number): number => numbers[index] ?? Number.NaN;
  return {
    samples: at(0),
    sum: at(1),
    sumOfSquares: at(2),
    minimum: at(3),
    maximum: at(4),
    clipped: at(5),
    durationMicros: at(6),
    gapMicros: at(7),
  };
}
