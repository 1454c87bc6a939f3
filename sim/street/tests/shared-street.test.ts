/** Streets whose key nobody holds: real processes, trustees that are killed and come back, and a meter that is lost in two groups at once. */

import { describe, expect, test } from "@jest/globals";
import type { Fault } from "../../faults/schedule.ts";
import { loadOf, position, run } from "./run-street.ts";

const kill = (trustee: number, interval: number, intervals: number): Fault => ({
  kind: "trustee_kill",
  interval,
  at: 0.35,
  intervals,
  trustee,
});

describe("trustees", () => {
  test.each([0, 1, 2])("without number %s of three all intervals open, by the shares of the others", async (away) => {
    const { opened, summary, lost } = await run(loadOf(4, 2), { groupCount: 1, kMin: 2 }, [kill(away, 0, 2)]);
    expect(opened.map(position)).toEqual([0, 1]);
    const others = ["trustee-1", "trustee-2", "trustee-3"].filter((_, i) => i !== away);
    for (const { trustees } of opened) expect(trustees).toEqual(others);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("without two none opens and nothing is lost; the backlog opens when one is back", async () => {
    const faults = [kill(0, 1, 4), kill(2, 1, 2)];
    const { opened, events, summary, lost } = await run(loadOf(4, 4), { groupCount: 1, kMin: 2 }, faults);
    expect(events.map(({ type }) => type)).toEqual(["opened", "opened", "opened", "opened", "summary"]);
    expect(opened.map(position)).toEqual([0, 1, 2, 3]);
    for (const one of opened.slice(1)) expect(one.trustees).toEqual(["trustee-2", "trustee-3"]);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("who all are away to the end open nothing, and say nothing", async () => {
    const { opened, summary } = await run(loadOf(4, 2), { groupCount: 1, kMin: 2 }, [kill(0, 0, 9), kill(1, 0, 9)]);
    expect([opened, summary.refused, summary.coverage]).toEqual([[], 0, 0]);
  });
});

describe("the default street's layout", () => {
  test("opens every group exactly, the tariff group without a feeder", async () => {
    const { opened, summary, lost } = await run(loadOf(12, 1), { groupCount: 2, kMin: 2 }, []);
    expect(
      opened.map(({ group, members, contributors, feeder }) => [group, members, contributors, feeder?.residual_mwh]),
    ).toEqual([
      ["group-1", 6, 6, 0],
      ["group-2", 6, 6, 0],
      ["tariff", 8, 8, undefined],
    ]);
    for (const { trustees } of opened) expect(trustees).toHaveLength(2);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("goes without the block of a lost meter in each of its groups, and never stalls", async () => {
    const cut: Fault = { kind: "meter_power_cut", interval: 1, at: 0.35, intervals: 9, meter: "home-2" };
    const { opened, summary, lost } = await run(loadOf(12, 3), { groupCount: 2, kMin: 2 }, [cut]);
    const left = opened.map((one) => [position(one), one.group, one.left_out] as const);
    expect(left).toEqual(
      [0, 1, 2].flatMap((i) => [
        [i, "group-1", i === 0 ? [] : ["block-1-1"]],
        [i, "group-2", []],
        [i, "tariff", i === 0 ? [] : ["block-1-1"]],
      ]),
    );
    expect([summary.exact, summary.coverage, lost]).toEqual([true, (20 + 16 + 16) / 60, 0]);
  });
});
