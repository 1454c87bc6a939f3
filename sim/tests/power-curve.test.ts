/** A day's blocks of power as two registers. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DAY_S, integrateDay } from "../loads/power-curve.ts";

const HOUR_S = 3600;
const hourMs = (hour: number): number => hour * HOUR_S * 1000;

describe("a day's energy", () => {
  test("adds up what overlaps, and cuts off what is not of the day", () => {
    const day = integrateDay(
      [
        { fromS: -HOUR_S, toS: 2 * HOUR_S, watts: 100 },
        { fromS: HOUR_S, toS: 3 * HOUR_S, watts: 1000 },
        { fromS: DAY_S - HOUR_S, toS: DAY_S + HOUR_S, watts: 50 },
      ],
      10_000,
    );
    const read = [0, 1, 1.5, 2, 3, 23, 24].map((hour) => day.importWattHours(hourMs(hour)));
    expect(read).toEqual([0, 100, 650, 1200, 2200, 2200, 2250]);
    expect(day.exportWattHours(hourMs(24))).toBe(0);
  });

  test("exports what a generator makes beyond the demand of the moment, and counts nothing on both registers", () => {
    const day = integrateDay(
      [
        { fromS: 0, toS: DAY_S, watts: 300 },
        { fromS: 10 * HOUR_S, toS: 14 * HOUR_S, watts: -1000 },
      ],
      10_000,
    );
    expect(day.importWattHours(hourMs(24))).toBe(20 * 300);
    expect(day.exportWattHours(hourMs(24))).toBe(4 * 700);
    expect(day.exportWattHours(hourMs(11))).toBe(700);
  });

  test("holds at the fuse what would blow it", () => {
    const day = integrateDay([{ fromS: 0, toS: HOUR_S, watts: 30_000 }], 17_250);
    expect(day.importWattHours(hourMs(24))).toBe(17_250);
  });

  test("never runs backwards", () => {
    const second = fc.integer({ min: -DAY_S, max: 2 * DAY_S });
    const blocks = fc.array(fc.record({ fromS: second, toS: second, watts: fc.integer({ min: -9000, max: 9000 }) }));
    const moments = fc.array(fc.integer({ min: 0, max: DAY_S * 1000 }), { minLength: 2 });
    fc.assert(
      fc.property(blocks, moments, (list, times) => {
        const day = integrateDay(list, 17_250);
        const inOrder = [...times].sort((a, b) => a - b);
        for (const read of [day.importWattHours, day.exportWattHours]) {
          const values = inOrder.map(read);
          expect([...values].sort((a, b) => a - b)).toEqual(values);
          expect(values[0]).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
