/** A quick clock seen from without: what is said of it is never farther off than is said. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MeterTime } from "../meter-time.ts";

const START = Date.UTC(2026, 0, 13, 17);

describe("a meter's time", () => {
  test("is known within its uncertainty, whenever the meter was asked and however long it took to answer", () => {
    const question = fc.record({
      afterMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      lateMs: fc.double({ min: 0, max: 500, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(question, { minLength: 1 }), (speed, questions) => {
        const time = new MeterTime(speed);
        for (const { afterMs, lateMs, share } of questions) {
          const asked = START + afterMs;
          const uptimeSeconds = Math.floor(((afterMs + share * lateMs) * speed) / 1000);
          time.observe(asked, asked + lateMs, uptimeSeconds);
        }
        const real = START + 123_456;
        const meters = START + 123_456 * speed;
        expect(Math.abs(time.utcMs(real) - meters)).toBeLessThanOrEqual(time.uncertaintyMs + speed);
        expect(Math.abs(time.startUtcMs - START) * speed).toBeLessThanOrEqual(time.uncertaintyMs + speed);
      }),
    );
  });

  test("grows sharper with each quick answer", () => {
    const time = new MeterTime(60);
    time.observe(START, START + 400, 0);
    const first = time.uncertaintyMs;
    time.observe(START + 1000, START + 1001, 60);
    expect(time.uncertaintyMs).toBeLessThan(first);
    expect(time.utcMs(START + 60_000)).toBeCloseTo(START + 3_600_000, -3);
  });
});
