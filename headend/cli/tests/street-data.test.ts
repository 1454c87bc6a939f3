/** Streets driven by files: the opened sums are the file's own, and what a meter must refuse disturbs nothing else. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeWithLoadData, loadData } from "../../../sim/tests/test-data.ts";
import { choir, smallStreet } from "./choir.ts";
import { expectWhole, type StreetLines, streetLines } from "./street-lines.ts";

const IMPORT = "1-0:1.8.0";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-data-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** mWh by time and meter, straight from a file's text: three decimals at most, and no reader of ours between. */
function milliwattHours(text: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const byTime = new Map<string, Map<string, number>>();
  for (const line of text.trim().split("\n").slice(1)) {
    const [meter = "", time = "", wattHours = ""] = line.split(",");
    const [whole = "", decimals = ""] = wattHours.split(".");
    const energies = byTime.get(time) ?? new Map<string, number>();
    byTime.set(time, energies.set(meter, Number(`${whole}${decimals.padEnd(3, "0")}`)));
  }
  return byTime;
}

/** What the opened parts of each interval add up to, by its start. */
function sums({ opened }: StreetLines): Readonly<Record<string, number>> {
  const byStart: Record<string, number> = {};
  for (const { start, channels } of opened) byStart[start] = (byStart[start] ?? 0) + (channels[IMPORT]?.sum_mwh ?? 0);
  return byStart;
}

function expectedSums(text: string, times: number, left: readonly (readonly [meter: string, time: string])[] = []) {
  const entries = [...milliwattHours(text)].slice(0, times).map(([time, energies]) => {
    const counted = [...energies].filter(([meter]) => !left.some(([m, t]) => m === meter && t === time));
    return [time, counted.reduce((sum, [, energy]) => sum + energy, 0)] as const;
  });
  return Object.fromEntries(entries);
}

const TIMES = Array.from({ length: 4 }, (_, i) => `2026-03-01T0${Math.floor(i / 4)}:${15 * (i % 4) || "00"}:00+01:00`);

/** A file of 6 meters, m1 to m6, with some readings of one's choice. */
function fileOf(
  name: string,
  special: Readonly<Record<string, string>>,
): { readonly path: string; readonly text: string } {
  const rows = TIMES.flatMap((time, i) =>
    [1, 2, 3, 4, 5, 6].map((m) => `m${m},${time},${special[`m${m}/${i}`] ?? `${100 * m + i}.${m}0${i}`}`),
  );
  const path = join(folder, name);
  const text = `meter_id,timestamp_start,energy_wh\n${rows.join("\n")}\n`;
  writeFileSync(path, text);
  return { path, text };
}

describe("a file of clean readings", () => {
  test("gives exactly the file's sums, to the mWh, and the feeder without a file is their sum", async () => {
    // nothing at all, 25 kWh, which is the most, and a tenth less
    const { path, text } = fileOf("clean.csv", { "m1/1": "0", "m2/1": "25000", "m3/1": "24999.9" });
    const run = await choir(smallStreet("--data", path, "--intervals", "all"));
    const lines = streetLines(run.stdout);
    expectWhole(lines);
    expect(sums(lines)).toEqual(expectedSums(text, 4));
    expect(lines.opened.map(({ feeder }) => feeder.residual_mwh)).toEqual([0, 0, 0, 0]);
    expect(run).toMatchObject({ code: 0, stderr: "", leftBehind: [] });
  });

  test("with a feeder's file leaves the feeder's losses as the residual, of each group its own", async () => {
    const { path, text } = fileOf("homes.csv", {});
    const feeder = join(folder, "feeders.csv");
    const byTime = [...milliwattHours(text)];
    const total = (time: string, meters: readonly string[]): number =>
      meters.reduce((sum, meter) => sum + (byTime.find(([t]) => t === time)?.[1].get(meter) ?? 0), 0);
    // in Wh with three decimals: 1.5 Wh of losses in the first group, 2 mWh too little in the second
    const rows = TIMES.map((time) => {
      const groups = [total(time, ["m1", "m2", "m3"]) + 1500, total(time, ["m4", "m5", "m6"]) - 2];
      return [time, ...groups.map((mwh) => (mwh / 1000).toFixed(3))].join();
    });
    writeFileSync(feeder, `timestamp_start,north_wh,south_wh\n${rows.join("\n")}\n`);
    const run = await choir(smallStreet("--data", path, "--groups", "2", "--feeder", feeder, "--intervals", "2"));
    const lines = streetLines(run.stdout);
    expectWhole(lines);
    expect(lines.opened.map(({ group, feeder: rod }) => [group, rod.residual_mwh])).toEqual([
      ["group-1", 1500],
      ["group-2", -2],
      ["group-1", 1500],
      ["group-2", -2],
    ]);
    expect(run.code).toBe(0);
  });
});

describe("a file of unclean readings", () => {
  test("is refused reading by reading, by name: the block is left out of that interval and nothing else is disturbed", async () => {
    const { path, text } = fileOf("unclean.csv", {
      "m2/1": "-35300",
      "m3/1": "-0.001",
      "m2/2": "9000.5",
      "m6/1": "80852",
      "m5/2": "25000.001",
    });
    const run = await choir(smallStreet("--data", path, "--intervals", "all"));
    const lines = streetLines(run.stdout);
    const [first = "", second = "", third = "", fourth = ""] = TIMES;
    const rejected = lines.rejected.map(({ meter, start, code }) => [meter, start, code].join(" ")).sort();
    expect(rejected).toEqual([
      `m2 ${second} reading_negative`,
      `m3 ${second} reading_negative`,
      `m5 ${third} reading_over_range`,
      `m6 ${second} reading_over_range`,
    ]);
    expect(lines.opened.map(({ start, part, missing, left_out }) => ({ start, part, missing, left_out }))).toEqual([
      { start: first, part: 0, missing: [], left_out: [] },
      { start: second, part: 0, missing: ["m2", "m3", "m6"], left_out: ["block-1-1", "block-1-2"] },
      { start: third, part: 0, missing: ["m5"], left_out: ["block-1-2"] },
      { start: fourth, part: 0, missing: [], left_out: [] },
    ]);
    const out = (time: string, ...meters: readonly string[]) => meters.map((meter) => [meter, time] as const);
    const left = [...out(second, "m1", "m2", "m3", "m4", "m5", "m6"), ...out(third, "m4", "m5", "m6")];
    expect(sums(lines)).toEqual(expectedSums(text, 4, left));
    expect(lines.summary).toMatchObject({ exact: true, coverage: 15 / 24 });
    expect(run).toMatchObject({ code: 0, stderr: "", leftBehind: [] });
  });
});

describeWithLoadData("the unclean week of real meters", ["unclean_week48.csv"], () => {
  test.each([
    ["2018-11-26T07:30:00+01:00", "2046645", "reading_over_range", "block-1-1"],
    ["2018-11-26T13:15:00+01:00", "9717902", "reading_negative", "block-1-2"],
  ])("at %s meter %s refuses its reading: %s", async (from, meter, code, block) => {
    const flags = ["--data", loadData("unclean_week48.csv"), "--from", from, "--intervals", "2", "--k-min", "6"];
    const run = await choir(smallStreet(...flags));
    const lines = streetLines(run.stdout);
    expect(lines.rejected.map((line) => [line.meter, line.start, line.code])).toEqual([[meter, from, code]]);
    expect(lines.opened.map(({ missing, left_out }) => [missing, left_out])).toEqual([
      [[meter], [block]],
      [[], []],
    ]);
    expect(lines.summary.exact).toBe(true);
    expect(run.code).toBe(0);
  });
});

describeWithLoadData("the clean week of 100 real homes", ["long_feeder1_week48.csv", "feeder1_week48.csv"], () => {
  test("gives the file's sums in 8 intervals, and of the feeder's own file nothing is left over", async () => {
    const [homes, feeder] = [loadData("long_feeder1_week48.csv"), loadData("feeder1_week48.csv")];
    const run = await choir(smallStreet("--data", homes, "--feeder", feeder, "--k-min", "20", "--intervals", "8"));
    const lines = streetLines(run.stdout);
    expectWhole(lines);
    expect(sums(lines)).toEqual(expectedSums(readFileSync(homes, "utf8"), 8));
    expect(lines.opened.map(({ members, feeder: rod }) => [members, rod.residual_mwh])).toEqual(
      Array.from({ length: 8 }, () => [100, 0]),
    );
    expect(run).toMatchObject({ code: 0, stderr: "", leftBehind: [] });
  });
});
