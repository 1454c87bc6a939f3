/** Streets in which a lost meter is replaced: a new roll over MQTT to every meter and by reload to every process, and the seat's block counts again. */

import { expect, test } from "@jest/globals";
import type { Fault } from "../../faults/schedule.ts";
import { loadOf, position, run } from "./run-street.ts";

const replaced = (meter: string, interval: number, intervals: number): Fault => ({
  kind: "meter_replaced",
  interval,
  at: 0.35,
  intervals,
  meter,
});

test("the block of a replaced meter counts again in each of its groups, with exact sums throughout", async () => {
  const { opened, events, warnings, summary, lost } = await run(loadOf(12, 5), { groupCount: 2, kMin: 2 }, [
    replaced("home-2", 1, 1),
  ]);
  const isOut = (i: number): boolean => i === 1 || i === 2;
  expect(opened.map((one) => [position(one), one.group, one.left_out, one.missing])).toEqual(
    [0, 1, 2, 3, 4].flatMap((i) => {
      const [left, missing] = isOut(i) ? [["block-1-1"], ["home-2"]] : [[], []];
      return [
        [i, "group-1", left, missing],
        [i, "group-2", [], []],
        [i, "tariff", left, missing],
      ];
    }),
  );
  for (const one of opened) {
    expect(one.exact).toBe(true);
    if (one.feeder !== null && !isOut(position(one))) expect(one.feeder.residual_mwh).toBe(0);
  }
  expect([events.filter(({ type }) => type === "refused"), warnings]).toEqual([[], []]);
  expect([summary.exact, summary.coverage, lost]).toEqual([true, (3 * 20 + 2 * 16) / 100, 0]);
});

test("a seat may be given to one meter after another, and two seats in one interval", async () => {
  const faults = [replaced("home-2", 0, 0.3), replaced("home-5", 0, 0.4), replaced("home-2", 2, 0.3)];
  const { opened, summary, lost } = await run(loadOf(6, 5), { groupCount: 1, kMin: 3 }, faults);
  const left = opened.map((one) => [position(one), one.left_out, one.missing]);
  expect(left).toEqual([
    [0, ["block-1-1", "block-1-2"], ["home-2", "home-5"]],
    [1, [], []],
    [2, ["block-1-1"], ["home-2-2"]],
    [3, [], []],
    [4, [], []],
  ]);
  expect([summary.exact, summary.coverage, lost]).toEqual([true, (3 * 6 + 3) / 30, 0]);
});
