/** The household generator: pure in seed, meter and time; additive; whole Wh within a home's fuse; like real homes. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { homeOf, MAIN_FUSE_WATTS } from "../loads/home.ts";
import { type HouseholdOptions, householdLoad } from "../loads/household.ts";
import type { Load } from "../loads/load.ts";

const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;
const MONDAY = Date.parse("2026-01-12T00:00:00+01:00");

function street(options: Partial<HouseholdOptions> = {}): Load {
  return householdLoad({
    seed: "1",
    meters: ["m-1"],
    intervalMs: QUARTER_HOUR_MS,
    startUtcMs: MONDAY,
    intervals: 96,
    utcOffsetMinutes: 60,
    ...options,
  });
}

function energies(load: Load, meterIndex: number, channel: string): number[] {
  return Array.from(
    { length: load.intervals },
    (_, i) => load.energyMilliwattHours(meterIndex, i, channel) ?? Number.NaN,
  );
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const seeds = fc.string({ maxLength: 8 });
const meters = fc.integer({ min: 0, max: 9999 }).map((number) => `m-${number}`);
/** A quarter hour of the years 2020 to 2032. */
const quarterHours = fc.integer({ min: 1_753_152, max: 2_173_920 }).map((index) => index * QUARTER_HOUR_MS);
const channels = fc.constantFrom(OBIS_IMPORT, OBIS_EXPORT);

describe("a generated load", () => {
  test("is the same for the same seed, meter and instant, wherever the run starts and whoever else is in it", () => {
    const property = fc.property(
      seeds,
      meters,
      quarterHours,
      fc.nat(200),
      channels,
      (seed, meter, start, later, channel) => {
        const one = street({ seed, meters: [meter], startUtcMs: start });
        const other = street({ seed, meters: ["other", meter], startUtcMs: start + later * QUARTER_HOUR_MS });
        expect(other.energyMilliwattHours(1, 0, channel)).toBe(one.energyMilliwattHours(0, later, channel));
      },
    );
    fc.assert(property, { numRuns: 30 });
  });

  test("differs from seed to seed and from meter to meter", () => {
    const load = street({ meters: ["m-1", "m-2"] });
    expect(energies(load, 0, OBIS_IMPORT)).not.toEqual(energies(load, 1, OBIS_IMPORT));
    expect(energies(load, 0, OBIS_IMPORT)).not.toEqual(energies(street({ seed: "2" }), 0, OBIS_IMPORT));
  });

  test("of an interval is the sum of the loads of its parts, over midnight too", () => {
    const lengths = fc.constantFrom(1000, 5000, 60_000, 300_000, QUARTER_HOUR_MS, 3_600_000);
    const property = fc.property(
      seeds,
      meters,
      fc.integer({ min: 17_000, max: 24_000 }),
      lengths,
      channels,
      (...values) => {
        const [seed, meter, day, partMs, channel] = values;
        const wholeMs = partMs >= 300_000 ? DAY_MS : partMs * 60;
        // The whole begins at midnight of UTC, an hour into the local day.
        const startUtcMs = day * DAY_MS;
        const whole = street({ seed, meters: [meter], intervalMs: wholeMs, startUtcMs, intervals: 1 });
        const parts = street({ seed, meters: [meter], intervalMs: partMs, startUtcMs, intervals: wholeMs / partMs });
        expect(total(energies(parts, 0, channel))).toBe(whole.energyMilliwattHours(0, 0, channel));
      },
    );
    fc.assert(property, { numRuns: 30 });
  });

  test("is whole Wh from 0 to what the main fuse lets through", () => {
    const lengths = fc.constantFrom(1000, 60_000, QUARTER_HOUR_MS, DAY_MS);
    const property = fc.property(
      seeds,
      meters,
      fc.integer({ min: 17_000, max: 24_000 }),
      lengths,
      (seed, meter, day, intervalMs) => {
        const load = street({ seed, meters: [meter], intervalMs, startUtcMs: day * DAY_MS, intervals: 96 });
        // One Wh more, as a register turns over once an interval at the earliest.
        const mostMilliwattHours = 1000 * ((MAIN_FUSE_WATTS * intervalMs) / 3_600_000 + 1);
        for (const energy of [...energies(load, 0, OBIS_IMPORT), ...energies(load, 0, OBIS_EXPORT)]) {
          expect(Number.isInteger(energy / 1000)).toBe(true);
          expect(energy).toBeGreaterThanOrEqual(0);
          expect(energy).toBeLessThanOrEqual(mostMilliwattHours);
        }
      },
    );
    fc.assert(property, { numRuns: 25 });
  });

  test("moves no register that a home does not have", () => {
    const load = street();
    expect(load.channels).toEqual([OBIS_IMPORT, OBIS_EXPORT]);
    expect(load.energyMilliwattHours(0, 0, "1-0:3.8.0")).toBe(0);
    const ids = Array.from({ length: 30 }, (_, i) => `m-${i}`);
    const homes = ids.map((id) => homeOf("1", id));
    expect(homes.some(({ panelPeakWatts }) => panelPeakWatts > 0)).toBe(true);
    const noon = street({ meters: ids, startUtcMs: Date.parse("2026-06-15T10:00:00Z"), intervals: 8 });
    for (const [i, { panelPeakWatts }] of homes.entries()) {
      expect(total(energies(noon, i, OBIS_EXPORT)) > 0).toBe(panelPeakWatts > 0);
    }
  });

  test("refuses a start beside the grid, a length that is none, and a meter that is not there", () => {
    expect(() => street({ startUtcMs: MONDAY + 60_000 })).toThrow(
      "from: expected the start of an interval of 900 s, got 2026-01-12T00:01:00+01:00 (input_invalid)",
    );
    expect(() => street({ intervalMs: 1500 })).toThrow("value_out_of_range");
    expect(() => street().energyMilliwattHours(1, 0, OBIS_IMPORT)).toThrow("value_out_of_range");
  });
});

describe("a street of a hundred homes over a week", () => {
  const ids = Array.from({ length: 100 }, (_, i) => `m-${i}`);
  const load = street({ meters: ids, intervalMs: 3_600_000, intervals: 168 });
  const weeks = ids.map((_, i) => energies(load, i, OBIS_IMPORT));
  const kilowattHoursADay = weeks.map((week) => total(week) / 7e6);

  test("uses 2 to 15 kWh a day in a typical home", () => {
    const typical = kilowattHoursADay.filter((_, i) => {
      const { heating, chargerWatts } = homeOf("1", ids[i] ?? "");
      return heating === undefined && chargerWatts === 0;
    });
    const within = typical.filter((energy) => energy >= 2 && energy <= 15);
    expect(typical.length).toBeGreaterThan(40);
    expect(within.length / typical.length).toBeGreaterThan(0.9);
    // Nobody is without a fridge.
    expect(Math.min(...kilowattHoursADay)).toBeGreaterThan(0.5);
  });

  test("uses more on a winter evening than in the small hours, and more in January than in July", () => {
    const atHour = (hour: number): number => total(weeks.map((week) => total(week.filter((_, i) => i % 24 === hour))));
    expect(atHour(18)).toBeGreaterThan(1.4 * atHour(5));
    const july = street({
      meters: ids,
      intervalMs: DAY_MS,
      startUtcMs: Date.parse("2026-07-13T00:00:00Z"),
      intervals: 7,
    });
    expect(total(weeks.flat())).toBeGreaterThan(1.2 * total(ids.flatMap((_, i) => energies(july, i, OBIS_IMPORT))));
  });
});
