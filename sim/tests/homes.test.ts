/** Homes, their people and their appliances: what the generated loads are made of. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { OBIS_IMPORT } from "../../core/names.ts";
import { APPLIANCES } from "../loads/appliances.ts";
import { type Home, homeOf } from "../loads/home.ts";
import { householdLoad } from "../loads/household.ts";
import { type Presence, presenceOn } from "../loads/occupancy.ts";
import { DAY_S, type PowerBlock } from "../loads/power-curve.ts";
import { type Day, dayOf } from "../loads/sky.ts";
import { stream } from "../random.ts";

const IDS = Array.from({ length: 200 }, (_, i) => `m-${i}`);
const MONDAY = Date.parse("2026-01-12T00:00:00Z") / (DAY_S * 1000);

const homeDays = fc.record({
  seed: fc.string({ maxLength: 6 }),
  meter: fc.constantFrom(...IDS),
  dayNumber: fc.integer({ min: 17_000, max: 24_000 }),
});

function blocksOf(appliance: string, home: Home, day: Day, presence: Presence): PowerBlock[] {
  return APPLIANCES[appliance]?.({ home, day, presence, random: stream("test", appliance, day.number) }) ?? [];
}

describe("a home", () => {
  test("is another under another seed", () => {
    expect(IDS.map((id) => homeOf("1", id))).toEqual(IDS.map((id) => homeOf("1", id)));
    expect(homeOf("1", "m-1")).not.toEqual({ ...homeOf("2", "m-1") });
  });

  test("has what some homes have and others have not", () => {
    const homes = IDS.map((id) => homeOf("1", id));
    const shares = [
      homes.filter(({ panelPeakWatts }) => panelPeakWatts > 0),
      homes.filter(({ chargerWatts }) => chargerWatts > 0),
      homes.filter(({ boilerWatts }) => boilerWatts > 0),
      homes.filter(({ heating }) => heating?.kind === "heat-pump"),
      homes.filter(({ heating }) => heating?.kind === "electric"),
      homes.filter(({ people }) => people.length === 1),
    ];
    for (const { length } of shares) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThan(homes.length / 2);
    }
  });
});

describe("the people of a home", () => {
  test("are awake in disjoint stretches of the day, in which somebody is at home", () => {
    fc.assert(
      fc.property(homeDays, ({ seed, meter, dayNumber }) => {
        const home = homeOf(seed, meter);
        const presence = presenceOn(seed, meter, home.people, dayOf(seed, dayNumber));
        let before = 0;
        for (const { fromS, toS } of presence.spans) {
          expect(fromS).toBeGreaterThan(before);
          expect(toS).toBeGreaterThan(fromS);
          expect(toS).toBeLessThanOrEqual(DAY_S);
          expect(presence.countAt((fromS + toS) / 2)).toBeGreaterThan(0);
          expect(presence.countAt((before + fromS) / 2)).toBe(0);
          before = toS;
        }
      }),
    );
  });

  test("are more often out on a workday than on a Sunday", () => {
    const atHome = (dayNumber: number): number =>
      IDS.filter((id) => presenceOn("1", id, homeOf("1", id).people, dayOf("1", dayNumber)).countAt(11 * 3600) > 0)
        .length;
    expect(atHome(MONDAY)).toBeLessThan(0.8 * atHome(MONDAY + 6));
  });
});

describe("a day of the sky", () => {
  test("knows its weekday, and has sun between sunrise and sunset only, for longer in June", () => {
    expect(
      [0, 4, 5, 6, 7].map((later) => dayOf("1", MONDAY + later)).map(({ weekday, weekend }) => [weekday, weekend]),
    ).toEqual([
      [0, false],
      [4, false],
      [5, true],
      [6, true],
      [0, false],
    ]);
    const [winter, summer] = [dayOf("1", MONDAY), dayOf("1", MONDAY + 160)];
    for (const { sun, sunriseS, sunsetS } of [winter, summer]) {
      expect(sun.every((part) => part >= 0 && part <= 1)).toBe(true);
      const lit = sun.flatMap((part, step) => (part > 0 ? [step * 300] : []));
      expect(Math.min(...lit)).toBeGreaterThanOrEqual(sunriseS);
      expect(Math.max(...lit)).toBeLessThanOrEqual(sunsetS);
    }
    expect(summer.sunsetS - summer.sunriseS).toBeGreaterThan(1.5 * (winter.sunsetS - winter.sunriseS));
    expect(summer.outdoorCelsius).toBeGreaterThan(winter.outdoorCelsius);
  });
});

describe("appliances", () => {
  test("draw whole watts, feed in from panels only, and are done by the end of the next day", () => {
    fc.assert(
      fc.property(homeDays, ({ seed, meter, dayNumber }) => {
        const home = homeOf(seed, meter);
        const day = dayOf(seed, dayNumber);
        const presence = presenceOn(seed, meter, home.people, day);
        for (const name of Object.keys(APPLIANCES)) {
          for (const { fromS, toS, watts } of blocksOf(name, home, day, presence)) {
            expect(toS).toBeGreaterThan(fromS);
            expect(toS).toBeLessThanOrEqual(2 * DAY_S);
            expect(Number.isInteger(watts)).toBe(true);
            expect(watts <= 0).toBe(name === "panels");
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("that people switch on stay off while everybody is away", () => {
    const nobody: Presence = { spans: [], countAt: () => 0 };
    const day = dayOf("1", MONDAY);
    const used = new Set(
      IDS.flatMap((id) =>
        Object.keys(APPLIANCES).filter((name) => blocksOf(name, homeOf("1", id), day, nobody).length > 0),
      ),
    );
    expect([...used].sort()).toEqual(["fridges", "heating", "panels", "standby"]);
  });

  test("light homes after dark, and heat them more when it is cold", () => {
    const home = homeOf("1", IDS.find((id) => homeOf("1", id).heating?.kind === "heat-pump") ?? "");
    const presence: Presence = { spans: [{ fromS: 7 * 3600, toS: 22 * 3600 }], countAt: () => 1 };
    const day = dayOf("1", MONDAY);
    for (const { fromS, toS } of blocksOf("lighting", home, day, presence)) {
      expect(toS <= day.sunriseS || fromS >= day.sunsetS).toBe(true);
    }
    const heat = (outdoorCelsius: number): number =>
      blocksOf("heating", home, { ...day, outdoorCelsius }, presence).reduce(
        (sum, { fromS, toS, watts }) => sum + (toS - fromS) * watts,
        0,
      );
    expect(heat(-5)).toBeGreaterThan(2 * heat(10));
  });

  test("that run past midnight are on both days' registers", () => {
    const cars = IDS.filter((id) => homeOf("1", id).chargesAtNight && homeOf("1", id).chargerWatts === 3680);
    // Five minutes on either side of each of 30 midnights.
    const aroundMidnight = cars.flatMap((meter) =>
      Array.from({ length: 30 }, (_, i) => {
        const midnightMs = (MONDAY + i) * DAY_S * 1000;
        const options = { seed: "1", meters: [meter], intervalMs: 300_000, intervals: 2, utcOffsetMinutes: 0 };
        const load = householdLoad({ ...options, startUtcMs: midnightMs - 300_000 });
        return [0, 1].map((interval) => Number(load.energyMilliwattHours(0, interval, OBIS_IMPORT)));
      }),
    );
    const charging = aroundMidnight.filter(([before = 0]) => before > 300_000);
    const chargingOn = charging.filter(([, after = 0]) => after > 300_000);
    expect(charging.length).toBeGreaterThan(5);
    // A charge that ends in those very ten minutes is rare.
    expect(chargingOn.length).toBeGreaterThan(0.8 * charging.length);
  });
});
