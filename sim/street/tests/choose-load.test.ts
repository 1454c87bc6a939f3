/** From flags to a load: what each says when it stands alone, and which do not fit together. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hasCode } from "../../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import { describeWithLoadData, loadData } from "../../tests/test-data.ts";
import { chooseLoad, type LoadChoice } from "../choose-load.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

const TIMES = ["08:00", "08:15", "08:30", "08:45"].map((time) => `2026-01-13T${time}:00+01:00`);
const rows = (meters: readonly string[], wattHours: (meter: number, interval: number) => string): readonly string[] =>
  meters.flatMap((meter, m) => TIMES.map((time, i) => `${meter},${time},${wattHours(m, i)}`));
const csv = (header: string, lines: readonly string[]): string => `${[header, ...lines].join("\n")}\n`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-loads-"));
  const whole = rows(["a", "b", "c", "d", "e"], (m, i) => `${100 * (m + 1) + i}`);
  const header = "meter_id,timestamp_start,energy_wh";
  writeFileSync(file("whole.csv"), csv(header, whole));
  writeFileSync(
    file("holes.csv"),
    csv(
      header,
      whole.filter((line) => !line.startsWith(`b,${TIMES[2]}`)),
    ),
  );
  writeFileSync(
    file("old.csv"),
    csv(
      header,
      whole.map((line) => line.replace("2026", "1960")),
    ),
  );
  const feeders = TIMES.map((time, i) => `${time},${1000 + i},${2000 + i}`);
  writeFileSync(file("feeders.csv"), csv("timestamp_start,north_wh,south_wh", feeders));
  writeFileSync(file("short-feeders.csv"), csv("timestamp_start,north_wh,south_wh", feeders.slice(0, 2)));
  writeFileSync(
    file("hourly-feeders.csv"),
    csv("timestamp_start,north_wh", [`${TIMES[0]},1`, "2026-01-13T09:00:00+01:00,2"]),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING: LoadChoice = {
  perGroup: undefined,
  groups: 2,
  intervals: undefined,
  from: undefined,
  dataFile: undefined,
  feederFile: undefined,
  seed: "s",
};
const fromFlags = (flags: Partial<LoadChoice>) => chooseLoad({ ...NOTHING, ...flags });
const fromWhole = (flags: Partial<LoadChoice>) => fromFlags({ groups: 1, dataFile: file("whole.csv"), ...flags });

describe("generated homes", () => {
  test("are 24 in each of 2 groups over 6 quarter hours of an evening unless told otherwise", () => {
    const { load, perGroup, feederEnergy, description } = fromFlags({});
    expect([load.meters.length, perGroup, load.intervals, load.intervalMs]).toEqual([48, 24, 6, 900_000]);
    expect([load.meters[0], load.meters[47]]).toEqual(["home-01", "home-48"]);
    expect(load.startUtcMs).toBe(Date.parse("2026-01-13T17:00:00+01:00"));
    expect([feederEnergy, description]).toEqual([undefined, "generated households"]);
  });

  test("are as many, as long and from when the flags say, and others with another seed", () => {
    const flags = { perGroup: 7, groups: 3, intervals: 2, from: "2026-07-01T12:00:00Z" };
    const { load, perGroup } = fromFlags(flags);
    expect([load.meters.length, perGroup, load.intervals, load.startUtcMs]).toEqual([
      21,
      7,
      2,
      Date.parse("2026-07-01T12:00:00Z"),
    ]);
    const energies = (seed: string) => {
      const { load: drawn } = fromFlags({ ...flags, seed });
      return drawn.meters.map((_, m) => drawn.energyMilliwattHours(m, 1, OBIS_IMPORT));
    };
    expect(energies("s")).toEqual(energies("s"));
    expect(energies("s")).not.toEqual(energies("t"));
  });
});

describe("a file", () => {
  test("is taken whole, as one group, for at most 6 intervals", () => {
    const { load, perGroup, description } = fromWhole({});
    expect([load.meters.length, perGroup, load.intervals]).toEqual([5, 5, 4]);
    expect(description).toBe(file("whole.csv"));
    expect(load.energyMilliwattHours(4, 3, OBIS_IMPORT)).toBe(503_000);
    expect(load.energyMilliwattHours(4, 3, OBIS_EXPORT)).toBe(0);
  });

  test("gives its first meters, shared among the groups, from and for as long as the flags say", () => {
    expect(fromWhole({ groups: 2 }).load.meters).toEqual(["a", "b", "c", "d"]);
    expect(fromWhole({ groups: 2, perGroup: 1 }).load.meters).toEqual(["a", "b"]);
    const { load } = fromWhole({ perGroup: 3, from: TIMES[2] ?? "", intervals: "all" });
    expect([load.meters, load.intervals]).toEqual([["a", "b", "c"], 2]);
    expect(load.energyMilliwattHours(1, 1, OBIS_IMPORT)).toBe(203_000);
  });

  test("with a hole is refused by meter and time, unless the run keeps clear of it", () => {
    const holes = { dataFile: file("holes.csv") };
    expect(() => fromWhole(holes)).toThrow(
      `${file("holes.csv")}: expected a reading of meter b at 2026-01-13T08:30:00+01:00, got none (input_invalid)`,
    );
    expect(fromWhole({ ...holes, intervals: 2 }).load.intervals).toBe(2);
    expect(fromWhole({ ...holes, perGroup: 1 }).load.intervals).toBe(4);
    expect(fromWhole({ ...holes, from: TIMES[3] ?? "" }).load.intervals).toBe(1);
  });

  test("of feeders says what flows into each group's", () => {
    const { feederEnergy } = fromWhole({ groups: 2, feederFile: file("feeders.csv"), from: TIMES[1] ?? "" });
    expect([feederEnergy?.(0, 0), feederEnergy?.(1, 2)]).toEqual([1_001_000, 2_003_000]);
  });
});

/** Flags, and what of them the error names, expects and got. Names in braces are files of the test. */
const WRONG: readonly (readonly [name: string, flags: Partial<LoadChoice>, says: string])[] = [
  ["a time without an offset", { from: "2026-01-13T17:00:00" }, "--from: expected a time of RFC 3339 with its offset"],
  [
    "a start within an interval",
    { from: "2026-01-13T17:01:00Z" },
    "expected the start of an interval of 900 s, got 2026-01-13T17:01:00Z",
  ],
  [
    "a start before 1970",
    { from: "1969-12-31T23:45:00Z" },
    "expected a start from 1970 on, as intervals are counted, got 1969-12-31T23:45:00Z",
  ],
  [
    "all intervals of what has no end",
    { intervals: "all" },
    "--intervals all: expected --data, which has an end, got no --data",
  ],
  ["no such file", { dataFile: "{absent.csv}" }, "{absent.csv}: expected a readable file, got ENOENT"],
  [
    "more meters than the file has",
    { dataFile: "{whole.csv}", perGroup: 6, groups: 1 },
    "--meters and --groups: expected groups that {whole.csv} has meters for: 5, got 1 of 6",
  ],
  [
    "more groups than the file has meters for",
    { dataFile: "{whole.csv}", perGroup: 3, groups: 2 },
    "has meters for: 5, got 2 of 3",
  ],
  ["more groups than meters", { dataFile: "{whole.csv}", groups: 6 }, "has meters for: 5, got 6 of 0"],
  [
    "more intervals than the file has",
    { dataFile: "{whole.csv}", groups: 1, intervals: 5 },
    "intervals: expected a whole number from 1 to 4, got 5",
  ],
  [
    "a start that the file does not reach",
    { dataFile: "{whole.csv}", groups: 1, from: "2026-01-13T09:00:00+01:00" },
    "from 2026-01-13T08:00:00+01:00 to 2026-01-13T08:45:00+01:00, got 2026-01-13T09:00:00+01:00",
  ],
  ["a file from before 1970", { dataFile: "{old.csv}", groups: 1 }, "expected a start from 1970 on"],
  [
    "no such feeder file",
    { dataFile: "{whole.csv}", feederFile: "{absent.csv}" },
    "{absent.csv}: expected a readable file, got ENOENT",
  ],
  [
    "too few feeders",
    { dataFile: "{whole.csv}", groups: 3, feederFile: "{feeders.csv}" },
    "{feeders.csv}: expected 3 feeders in intervals of 900 s, got 2 in intervals of 900 s",
  ],
  [
    "feeders of another interval",
    { dataFile: "{whole.csv}", groups: 1, feederFile: "{hourly-feeders.csv}" },
    "{hourly-feeders.csv}: expected 1 feeders in intervals of 900 s, got 1 in intervals of 3600 s",
  ],
  [
    "feeders that end too early",
    { dataFile: "{whole.csv}", groups: 1, feederFile: "{short-feeders.csv}" },
    "{short-feeders.csv}: expected 2026-01-13T08:30:00+01:00, got no row for it",
  ],
  [
    "feeders of another day",
    { feederFile: "{feeders.csv}" },
    "{feeders.csv}: expected 2026-01-13T17:00:00+01:00, got no row for it",
  ],
];

test.each(WRONG)("%s is refused", (_, flags, says) => {
  const inFolder = (text: string): string => text.replace(/\{([^}]+)\}/g, (_all, name: string) => file(name));
  const files = Object.fromEntries(
    (["dataFile", "feederFile"] as const).flatMap((flag) => {
      const value = flags[flag];
      return value === undefined ? [] : [[flag, inFolder(value)]];
    }),
  );
  let error: unknown;
  try {
    fromFlags({ ...flags, ...files });
  } catch (caught) {
    error = caught;
  }
  expect(hasCode(error, "input_invalid")).toBe(true);
  expect(String(error)).toContain(inFolder(says));
});

describeWithLoadData("real load files", ["long_feeder1_week48.csv", "feeder1_week48.csv"], () => {
  test("give one group of all meters, their whole week where asked, and their feeder", () => {
    const dataFile = loadData("long_feeder1_week48.csv");
    const feederFile = loadData("feeder1_week48.csv");
    const { load, perGroup, feederEnergy } = fromFlags({ groups: 1, dataFile, feederFile, intervals: "all" });
    expect([load.meters.length, perGroup, load.intervals]).toEqual([100, 100, 672]);
    const sum = load.meters.reduce((total, _, m) => total + (load.energyMilliwattHours(m, 671, OBIS_IMPORT) ?? 0), 0);
    expect(feederEnergy?.(0, 671)).toBe(sum);
  });
});
