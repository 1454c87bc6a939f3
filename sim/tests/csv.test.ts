/** Load and feeder files: what is read, exactly, and what is refused, by file and line. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { parseLoadCsv, readLoadCsv } from "../loads/csv.ts";
import { parseFeederCsv, readFeederCsv } from "../loads/feeder-csv.ts";
import { testData } from "./test-data.ts";

const HEADER = "meter_id,timestamp_start,energy_wh";

function load(...rows: readonly string[]) {
  return parseLoadCsv("load.csv", [HEADER, ...rows].join("\n"));
}

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!hasCode(error, "input_invalid")) throw error;
    return String(error);
  }
  return "nothing was refused";
}

interface ErrorCase {
  readonly name: string;
  /** The whole file, or its rows beneath the usual header. */
  readonly lines?: readonly string[];
  readonly rows?: readonly string[];
  readonly at: string;
  readonly says: string;
}

describe("a load file", () => {
  test("gives meters in the file's order on a grid of its smallest gap, with null where a row is missing", () => {
    const read = load(
      "b,2018-11-26T00:15:00+01:00,280",
      "a,2018-11-26T00:00:00+01:00,-35300",
      "b,2018-11-26T00:45:00+01:00,80852",
      "a,2018-11-25T23:30:00Z,0.5",
    );
    expect(read).toMatchObject({
      meters: ["b", "a"],
      intervalMs: 900_000,
      startUtcMs: Date.parse("2018-11-25T23:00:00Z"),
      intervals: 4,
      utcOffsetMinutes: 60,
      channels: [OBIS_IMPORT],
    });
    const table = [0, 1].map((meter) => [0, 1, 2, 3, 4].map((i) => read.energyMilliwattHours(meter, i, OBIS_IMPORT)));
    expect(table).toEqual([
      [null, 280_000, null, 80_852_000, null],
      [-35_300_000, null, 500, null, null],
    ]);
    // A register that the file does not know never moves, where there is a reading at all.
    expect([0, 1].map((i) => read.energyMilliwattHours(0, i, OBIS_EXPORT))).toEqual([null, 0]);
  });

  test("may have other columns, in any order, a byte order mark and CRLF", () => {
    const text =
      "\ufeffenergy_wh,note,timestamp_start,meter_id\r\n1,x,2018-11-26T00:00:00Z,a\r\n2,,2018-11-26T00:15:00Z,a\r\n";
    const read = parseLoadCsv("load.csv", text);
    expect([0, 1].map((i) => read.energyMilliwattHours(0, i, OBIS_IMPORT))).toEqual([1000, 2000]);
  });

  test("gives every mWh exactly, to the digit", () => {
    const energies = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(energies, (milliwattHours) => {
        const digits = String(Math.abs(milliwattHours)).padStart(4, "0");
        const text = `${milliwattHours < 0 ? "-" : ""}${digits.slice(0, -3)}.${digits.slice(-3)}`;
        const read = load(`a,2018-11-26T00:00:00Z,${text}`, "a,2018-11-26T00:15:00Z,-0.0");
        expect(read.energyMilliwattHours(0, 0, OBIS_IMPORT)).toBe(milliwattHours);
        expect(read.energyMilliwattHours(0, 1, OBIS_IMPORT)).toBe(0);
      }),
    );
  });

  // The file holds an array of these.
  test.each(testData("csv-errors.json") as ErrorCase[])("with $name is refused at $at", ({ lines, rows, at, says }) => {
    const text = (lines ?? [HEADER, ...(rows ?? [])]).join("\n");
    const refusal = refusalOf(() => parseLoadCsv("load.csv", text));
    expect(refusal).toContain(` ${at}: `);
    expect(refusal).toContain(says);
  });

  test("that is not there is refused by its name", () => {
    expect(refusalOf(() => readLoadCsv("absent/load.csv"))).toContain(
      "absent/load.csv: expected a readable file, got ENOENT",
    );
  });
});

describe("a feeder file", () => {
  test("gives each feeder's total by instant", () => {
    const text =
      "timestamp_start,north_wh,south_wh\n2018-11-26T00:00:00+01:00,59804,1.5\n2018-11-26T00:15:00+01:00,64582,2\n";
    const read = parseFeederCsv("feeder.csv", text);
    const start = Date.parse("2018-11-25T23:00:00Z");
    expect(read.feeders).toEqual(["north", "south"]);
    expect(read.intervalMs).toBe(900_000);
    expect([0, 1, 2].map((i) => read.energyMilliwattHours(0, start + i * 900_000))).toEqual([
      59_804_000,
      64_582_000,
      null,
    ]);
    expect(read.energyMilliwattHours(1, start)).toBe(1500);
    expect(read.energyMilliwattHours(2, start)).toBeNull();
    expect(read.energyMilliwattHours(0, start + 1)).toBeNull();
  });

  test.each([
    ["no energies", "timestamp_start,total\n2018-11-26T00:00:00Z,1", "feeder.csv:1", "a column that ends in _wh"],
    ["no times", "time,f_wh\n2018-11-26T00:00:00Z,1", "feeder.csv:1", "one column timestamp_start"],
    ["garbage", "timestamp_start,f_wh\n2018-11-26T00:00:00Z,1\n2018-11-26T00:15:00Z,x", "feeder.csv:3 f_wh", 'got "x"'],
    [
      "a time twice",
      "timestamp_start,f_wh\n2018-11-26T00:00:00Z,1\n2018-11-26T00:15:00Z,1\n2018-11-26T00:15:00Z,1",
      "feeder.csv:4",
      "again",
    ],
  ])("with %s is refused", (_, text, at, says) => {
    const refusal = refusalOf(() => parseFeederCsv("feeder.csv", text));
    expect(refusal).toContain(` ${at}: `);
    expect(refusal).toContain(says);
  });

  test("that is not there is refused by its name", () => {
    expect(refusalOf(() => readFeederCsv("absent.csv"))).toContain("absent.csv");
  });
});
