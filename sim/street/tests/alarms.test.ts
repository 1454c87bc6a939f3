/** A street's alarms: words of the provider among others become events with a local time, without energies. */

import { expect, test } from "@jest/globals";
import { type AnyWord, alarmEvents, isAboutAggregate } from "../alarms.ts";

test("alarms among the provider's words become events, and are no word about an aggregate", () => {
  const alarm = {
    type: "alarm",
    alarm: "loss",
    state: "raised",
    by: "cusum",
    group: "g",
    feeder: "f",
    interval: 7,
  } as const;
  const told = { ...alarm, residualMilliwattHours: 99 };
  const opened = { type: "opened", group: "g", interval: 7, part: 0, leftOut: [] } as const;
  const words: readonly AnyWord[] = [opened, told, { ...opened, type: "feeder" }];
  expect(alarmEvents(words, (interval) => `start of ${interval}`)).toEqual([{ ...alarm, start: "start of 7" }]);
  expect(words.filter(isAboutAggregate)).toEqual([opened]);
});
