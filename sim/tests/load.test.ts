/** Choosing a part of a load. */

import { describe, expect, test } from "@jest/globals";
import { type Load, type LoadSelection, selectLoad } from "../loads/load.ts";

const HOUR_MS = 3_600_000;

/** Energies that say where they come from: 1000 x meter + interval. */
const LOAD: Load = {
  meters: ["a", "b", "c"],
  intervalMs: HOUR_MS,
  startUtcMs: 10 * HOUR_MS,
  intervals: 10,
  utcOffsetMinutes: 60,
  channels: ["1-0:1.8.0"],
  energyMilliwattHours: (meterIndex, intervalIndex) => 1000 * meterIndex + intervalIndex,
};

describe("a part of a load", () => {
  test("is all of it where nothing is asked for", () => {
    expect(selectLoad(LOAD, {})).toMatchObject({ meters: LOAD.meters, startUtcMs: LOAD.startUtcMs, intervals: 10 });
  });

  test("has the first meters, from an interval on, and as many intervals as asked for", () => {
    const part = selectLoad(LOAD, { meters: 2, fromUtcMs: 13 * HOUR_MS, intervals: 4 });
    expect(part).toMatchObject({ meters: ["a", "b"], startUtcMs: 13 * HOUR_MS, intervals: 4, intervalMs: HOUR_MS });
    expect(part.energyMilliwattHours(1, 2, "1-0:1.8.0")).toBe(1005);
    expect(selectLoad(LOAD, { fromUtcMs: 13 * HOUR_MS, intervals: "all" }).intervals).toBe(7);
  });

  test.each<[string, LoadSelection, string]>([
    ["no meter", { meters: 0 }, "meters: expected a whole number from 1 to 3"],
    ["more meters than there are", { meters: 4 }, "meters: expected a whole number from 1 to 3, got 4"],
    ["no interval", { intervals: 0 }, "intervals: expected a whole number from 1 to 10"],
    ["half an interval", { intervals: 1.5 }, "got 1.5"],
    ["more intervals than are left", { fromUtcMs: 13 * HOUR_MS, intervals: 8 }, "from 1 to 7, got 8"],
    ["a start beside the grid", { fromUtcMs: 13.5 * HOUR_MS }, "got 1970-01-01T14:30:00+01:00"],
    [
      "a start before the first",
      { fromUtcMs: 9 * HOUR_MS },
      "from 1970-01-01T11:00:00+01:00 to 1970-01-01T20:00:00+01:00",
    ],
    ["a start after the last", { fromUtcMs: 20 * HOUR_MS }, "got 1970-01-01T21:00:00+01:00"],
  ])("is refused with %s", (_, selection, says) => {
    expect(() => selectLoad(LOAD, selection)).toThrow(says);
    expect(() => selectLoad(LOAD, selection)).toThrow("input_invalid");
  });
});
