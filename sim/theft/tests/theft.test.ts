/** The theft bench: the same seed gives the same figures, energy is conserved, and trials count what they say. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { RodConfig, watchDesign } from "../../../headend/provider/rod-config.ts";
import { LEAVINGS_OUT, runExperiment, THEFTS } from "../experiment.ts";
import { layFeeder } from "../feeder.ts";
import { generatedHomes, ieeeHomes } from "../homes.ts";
import { figuresOf, theftTable } from "../table.ts";
import { runTrial } from "../trial.ts";

const INTERVAL_MS = 900_000;
const PER_DAY = 96;
const design = watchDesign(v.parse(RodConfig, { learningDays: 3 }), INTERVAL_MS);
const source = generatedHomes(24);
const [ALL_COUNTED, , , ONE_FOR_GOOD] = LEAVINGS_OUT;
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe("a feeder of the bench", () => {
  const homes = source.make("1", 2);
  const feeder = layFeeder(homes, INTERVAL_MS, "1");

  test("measures what its homes draw and a few hundredths of losses", () => {
    const drawn = sum(feeder.imported.map(sum)) - sum(feeder.exported.map(sum));
    const net = sum(feeder.net(undefined));
    expect(net / drawn).toBeGreaterThan(1.005);
    expect(net / drawn).toBeLessThan(1.08);
  });

  test("measures what is stolen beside a meter, and a little more of losses", () => {
    const theft = { home: 5, from: 100, watts: 1000, bypassed: 0 };
    const [clean, stolen] = [feeder.net(undefined), feeder.net(theft)];
    expect(sum(stolen.slice(0, 100))).toBe(sum(clean.slice(0, 100)));
    const more = (sum(stolen) - sum(clean)) / (feeder.intervals - 100);
    expect(more).toBeGreaterThan(245);
    expect(more).toBeLessThan(275);
  });
});

describe("a trial", () => {
  const run = layFeeder(source.make("2", 6), INTERVAL_MS, "2");
  const trial = { run, blockHomes: 6, design, intervalMs: INTERVAL_MS, seed: "2" };
  const theft = { home: 3, from: 3 * PER_DAY + 40, watts: 5000, bypassed: 0 };

  test("notices a large theft in its first intervals, and nothing without one", () => {
    if (ALL_COUNTED === undefined) throw new Error("the first way leaves nothing out");
    expect(runTrial({ ...trial, theft, leavingOut: ALL_COUNTED })).toMatchObject({ noticedAfter: 1, losses: 1 });
    const clean = runTrial({ ...trial, theft: undefined, leavingOut: ALL_COUNTED });
    expect(clean).toEqual({ losses: 0, surpluses: 0, standing: 0, judged: 3 * PER_DAY, noticedAfter: undefined });
  });

  test("judges every interval with a block missing for good", () => {
    if (ONE_FOR_GOOD === undefined) throw new Error("the last way leaves one out");
    expect(runTrial({ ...trial, theft: undefined, leavingOut: ONE_FOR_GOOD }).judged).toBe(3 * PER_DAY);
  });
});

test("the same seed gives the same table, with a row a theft", () => {
  const few = generatedHomes(6);
  const experiment = { source: few, design, intervalMs: INTERVAL_MS, runs: 1, days: 2, blockHomes: 3, seed: "3" };
  const table = (): string => theftTable(runExperiment(experiment, () => {}).map((row) => figuresOf(row, INTERVAL_MS)));
  const first = table();
  expect(table()).toBe(first);
  expect(first.split("\n")).toHaveLength(4 + THEFTS.length);
});

test("rates are per feeder and year of watching, times in hours, shares of all feeders", () => {
  const outcome = { losses: 1, surpluses: 0, standing: 3, judged: 365 * PER_DAY };
  const leavingOut = { name: "all", chance: 0, forGood: false };
  const outcomes = [4, 200, undefined, undefined].map((noticedAfter) => ({ ...outcome, noticedAfter }));
  expect(figuresOf({ theft: undefined, leavingOut, outcomes }, INTERVAL_MS)).toEqual({
    theft: "none",
    leavingOut: "all",
    feeders: 4,
    lossAlarmsPerYear: 1,
    surplusAlarmsPerYear: 0,
    noticedInADay: 0.25,
    noticed: 0.5,
    medianHours: 1,
  });
});

test("a day of the IEEE feeder is used again, at its phases, shifted and scaled; a wrong minute is refused by its line", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-"));
  const put = (rows: string): void =>
    writeFileSync(join(folder, "long_55loads.csv"), `meter_id,minute,power_w\n${rows}\n`);
  writeFileSync(join(folder, "meters.csv"), "meter_id,bus,phase\nLOAD1,34,C\nLOAD2,47,A\n");
  put(["LOAD1,1,36", "LOAD1,2,40", "LOAD2,1440,100"].join("\n"));
  const ieee = ieeeHomes(folder);
  const homes = ieee.make("1", 3);
  expect(homes).toMatchObject({ phases: [2, 0], stepMs: 60_000 });
  expect(homes.watts.map(({ length }) => length)).toEqual([4320, 4320]);
  const strongest = Math.max(...(homes.watts[1] ?? []));
  expect(strongest).toBeGreaterThanOrEqual(70);
  expect(strongest).toBeLessThanOrEqual(130);
  put("LOAD1,1441,36");
  expect(() => ieeeHomes(folder)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  rmSync(folder, { recursive: true });
});
