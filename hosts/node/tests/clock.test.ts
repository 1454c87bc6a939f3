/** The clock of a computer: when somebody sets it, UTC follows and monotonic time does not. */

import { afterEach, expect, jest, test } from "@jest/globals";
import { systemClock } from "../clock.ts";

const HOUR_MS = 3_600_000;

afterEach(() => {
  jest.useRealTimers();
});

test.each([HOUR_MS, -HOUR_MS])("a step of %i ms moves UTC alone", (stepMs) => {
  const clock = systemClock();
  jest.useFakeTimers({ doNotFake: ["performance"] });
  const before = { utcMs: clock.utcMs(), monotonicMs: clock.monotonicMs() };
  jest.setSystemTime(before.utcMs + stepMs);
  expect(clock.utcMs() - before.utcMs).toBe(stepMs);
  const passedMs = clock.monotonicMs() - before.monotonicMs;
  expect(passedMs).toBeGreaterThanOrEqual(0);
  expect(passedMs).toBeLessThan(HOUR_MS);
  expect(clock.quality()).toBe("synced");
});
