/** Pulses of a run: read strictly, generated alike in every run, day after day, as the simulator reads them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "@jest/globals";
import { generatedReplay, momentsOfRun, replayFile, replayOfFile } from "../replay.ts";

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "choir-replay-"));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const csv = "meter_id,pulse_ms\nTB1,18392\nTB2,7\nTB1,35905\nTB1,86399999\n";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file of pulses", () => {
  test("gives the pulses of its first meter, or of the one that is named, gzipped or not", () => {
    const plain = replayOfFile(file("pulses.csv", csv));
    expect([...plain.moments]).toEqual([["1-0:1.8.0", [18_392, 35_905, 86_399_999]]]);
    expect(replayOfFile(file("pulses.csv.gz", gzipSync(csv)))).toEqual(plain);
    expect([...replayOfFile(file("pulses.csv", csv), "TB2").moments.values()]).toEqual([[7]]);
  });

  test.each([
    ["a moment that falls", "meter_id,pulse_ms\na,5\na,4\n", /:3 pulse_ms.*"4"/],
    ["a moment beyond the day", "meter_id,pulse_ms\na,86400000\n", /:2 pulse_ms.*"86400000"/],
    ["a moment that is no number", "meter_id,pulse_ms\na,1e3\n", /:2 pulse_ms.*"1e3"/],
    ["a file without its column", "meter_id,pulse\na,1\n", /one column pulse_ms/],
  ])("with %s is refused, with its line", (_, text, message) => {
    expect(() => replayOfFile(file("wrong.csv", text))).toThrow(message);
  });

  test("without the meter asked for, or that is not there, is refused", () => {
    expect(() => replayOfFile(file("pulses.csv", csv), "TB9")).toThrow(/TB9.*input_invalid/);
    expect(() => replayOfFile(join(folder, "absent.csv"))).toThrow(/ENOENT.*input_invalid/);
  });
});

test("the generated home is the same in every run, ascending within a day, and both draws and feeds in", () => {
  const { moments } = generatedReplay();
  expect([...moments.keys()]).toEqual(["1-0:1.8.0", "1-0:2.8.0"]);
  for (const day of moments.values()) {
    expect(day.length).toBeGreaterThan(1000);
    expect(day.every((moment, i) => moment >= (day[i - 1] ?? 0) && moment < DAY_MS)).toBe(true);
  }
  expect(generatedReplay()).toEqual({ source: "a generated home", moments });
});

test("a run repeats its day after the lead until its length is over", () => {
  expect(momentsOfRun([0, 50_000_000], 1000, 2 * DAY_MS)).toEqual([
    1000,
    50_001_000,
    DAY_MS + 1000,
    DAY_MS + 50_001_000,
  ]);
  expect(momentsOfRun([0, 50_000_000], 1000, 50_000_000)).toEqual([1000]);
});

test("a replay file holds each moment in four bytes, the highest first", () => {
  expect(Buffer.from(replayFile([1, 2 ** 32 - 1])).toString("hex")).toBe("00000001ffffffff");
});
