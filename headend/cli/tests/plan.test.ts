/** `choir plan` as it is typed: wishes that hold give files that a roll takes, wishes that collide give a reason and the nearest plan. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkOthers, readOthers, withSilentHomes } from "../../authority/others-file.ts";
import { readPlan } from "../../authority/plan-file.ts";
import { choir } from "./choir.ts";

let folder = "";
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-plan-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes metering points: so many homes of each feeder and tariff, then more lines; returns the file. */
function points(homes: Readonly<Record<string, number>>, more: readonly string[] = []): string {
  let seat = 0;
  const lines = Object.entries(homes).flatMap(([place, count]) =>
    Array.from({ length: count }, () => `s${++seat},${place},,m${seat},${seat.toString(16).padStart(64, "0")}`),
  );
  writeFileSync(path("points.csv"), ["seat,feeder,tariff,kind,meter,key", ...lines, ...more].join("\n"));
  return path("points.csv");
}

const plan = (file: string, ...more: readonly string[]) =>
  choir(["plan", "--points", file, "--group", "feeder", "--group", "tariff", "--spare", "0", ...more]);

describe("wishes that hold", () => {
  test("become a plan that the roll reads, each group of whole blocks, feeders and lone loads named", async () => {
    const file = points({ "maple,day": 41, "maple,night": 20, "oak,day": 20 }, ["lamp,maple,,known,,"]);
    const out = path("plan");
    const run = await plan(file, "--out", out);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("81 homes in 4 blocks of 20 to 21, 4 groups.");
    expect(run.stdout).toContain("group feeder-maple: 61 homes in 3 blocks, measured by feeder maple");
    expect(run.stdout).toContain("feeder maple: 3 blocks, 0 homes in no block, 1 known load");
    expect(readFileSync(join(out, "others.csv"), "utf8")).toBe("seat,feeder,kind,meter,key\nlamp,maple,known,,\n");
    const read = readPlan(join(out, "seats.csv"), undefined, 0);
    expect(read.groups.map(({ group, blocks }) => [group, [...blocks].sort()]).sort()).toEqual([
      ["feeder-maple", ["maple-1", "maple-2", "maple-3"]],
      ["feeder-oak", ["oak-1"]],
      ["tariff-day", ["maple-1", "maple-2", "oak-1"]],
      ["tariff-night", ["maple-3"]],
    ]);
    expect(readFileSync(join(out, "feeders.csv"), "utf8")).toBe(
      "feeder,key,groups\nmaple,,feeder-maple\noak,,feeder-oak\n",
    );
    const again = await plan(file, "--out", out);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain("expected a folder without a plan");
  });

  test("put homes that are often late into one block, by past reports", async () => {
    const file = points({ "maple,day": 40 });
    const late = [3, 17, 25, 40];
    const reports = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 50 }, (__, t) => `s${i + 1},${t},${late.includes(i + 1) && t % 2 ? "" : 200}`),
    ).flat();
    writeFileSync(path("reports.csv"), ["seat,interval,seconds", ...reports].join("\n"));
    const { code } = await plan(file, "--out", path("plan"), "--reports", path("reports.csv"));
    expect(code).toBe(0);
    const rows = readFileSync(path("plan/seats.csv"), "utf8").split("\n");
    expect(late.map((seat) => rows.find((row) => row.startsWith(`s${seat},`))?.split(",")[3])).toEqual(
      Array(4).fill("maple-2"),
    );
  });
});

test("the next plan keeps blocks and keys, and says who waits", async () => {
  const first = path("first");
  await plan(points({ "maple,day": 41 }), "--out", first, "--at", "2026-01-01T00:00:00Z");
  const key = "ab".repeat(32);
  writeFileSync(join(first, "feeders.csv"), `feeder,key,groups\nmaple,${key},feeder-maple tariff-day\n`);
  const left = path("left.csv");
  const lines = readFileSync(path("points.csv"), "utf8").split("\n");
  writeFileSync(left, lines.filter((line) => !line.startsWith("s1,")).join("\n"));
  const next = (at: string, out: string) => plan(left, "--previous", first, "--at", at, "--out", path(out));
  const early = await next("2026-01-20T00:00:00Z", "early");
  expect(early).toMatchObject({ code: 0, stderr: "" });
  expect(early.stdout).toContain("stays as it is until 2026-01-31T00:00:00.000Z, then 1 of its seats leave");
  const late = await next("2026-02-01T00:00:00Z", "late");
  expect(late.stdout).toContain("block maple-1 loses 1 of its seats");
  expect(readFileSync(path("late/feeders.csv"), "utf8")).toContain(key);
  const seats = (plan: string) => readFileSync(path(`${plan}/seats.csv`), "utf8").split("\n");
  expect(seats("early")).toEqual(seats("first"));
  expect(seats("late")).toEqual(seats("first").filter((row) => !row.startsWith("s1,")));
});

describe("wishes that collide", () => {
  test("are told with what they lack and the nearest plan, and nothing is written", async () => {
    const run = await plan(points({ "maple,day": 40, "maple,night": 13 }), "--out", path("plan"));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("(group_too_small)");
    expect(run.stdout).toContain("behind maple: 13 homes in exactly feeder-maple + tariff-night: 7 short");
    expect(run.stdout).toContain("without --group tariff: no collision");
    expect(run.stdout).toContain("gives up 20 memberships (no plan gives up fewer)");
    expect(existsSync(path("plan"))).toBe(false);
  });

  test("give way to the nearest plan with --nearest, which a roll takes", async () => {
    const file = points({ "maple,day": 40, "oak,day": 20 }, ["x,maple,day,silent,,"]);
    const run = await plan(file, "--nearest", "--json", "--out", path("plan"));
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const told = JSON.parse(run.stdout);
    expect(told).toMatchObject({
      type: "collision",
      collisions: [{ feeder: "maple", groups: [], seats: 1, short: 19 }],
      nearest: { lost: 38, leastLost: 38 },
      feeders: [
        { feeder: "maple", blocks: 1, silent: 20, known: 0 },
        { feeder: "oak", blocks: 1, silent: 0, known: 0 },
      ],
    });
    const others = readOthers(path("plan/others.csv"));
    const feeders = path("plan/feeders.csv");
    writeFileSync(feeders, readFileSync(feeders, "utf8").replaceAll(",,", `,${"f".repeat(64)},`));
    const read = readPlan(path("plan/seats.csv"), feeders, 0);
    expect(() => checkOthers(others, read, 20)).not.toThrow();
    expect(() => checkOthers(others.slice(1), read, 20)).toThrow("(group_too_small)");
    const before = {
      party: "provider",
      rod: { learningDays: 9, feeders: { maple: { unmeteredWatts: 120 }, elm: {} } },
    };
    expect(withSilentHomes(before, others, read)).toEqual({
      party: "provider",
      rod: {
        learningDays: 9,
        feeders: { elm: {}, maple: { unmeteredWatts: 120, silentHomes: 20 }, oak: { silentHomes: 0 } },
      },
    });
  });

  test("below the floor of k_min are refused unless they are a demonstration", async () => {
    const file = points({ "maple,day": 6 });
    expect((await plan(file, "--k-min", "6")).stderr).toContain("at least 20 at this interval, or --demonstration");
    expect((await plan(file, "--k-min", "6", "--demonstration")).code).toBe(0);
  });
});

describe("a wrong file or wish", () => {
  test.each([
    [["--group", "colour"], "--group colour: expected a column: feeder, tariff"],
    [["--group", "tariff=dusk"], "values of tariff that homes have, got dusk"],
    [["--group", "feeder"], "a name for each group, each once"],
    [["--group", "x:tariff"], "NAME:ATTRIBUTE=VALUE"],
  ])("%j is told with what would do", async (more, told) => {
    const run = await plan(points({ "maple,day": 20 }), ...more);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(told);
  });
});
