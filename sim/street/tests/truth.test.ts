/** The truth: what counts as exact, what a residual is, and when a home is counted or lost. */

import { describe, expect, test } from "@jest/globals";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import type { Load } from "../../loads/load.ts";
import { layOut, planGroups } from "../plan.ts";
import { type ProviderWord, Truth } from "../truth.ts";

const INTERVAL_MS = 900_000;
const FIRST = 1_964_800;
const CHANNELS = [OBIS_IMPORT, OBIS_EXPORT];

/** mWh: meter 0 imports 1000, meter 1 2000 and so on, each 1 more in every interval, and exports 100, 200 and so on. */
function energyOf(meter: number, interval: number, obis: string): number {
  return obis === OBIS_IMPORT ? 1000 * (meter + 1) + interval : 100 * (meter + 1);
}

const LOAD: Load = {
  meters: ["a", "b", "c", "d"],
  intervalMs: INTERVAL_MS,
  startUtcMs: FIRST * INTERVAL_MS,
  intervals: 2,
  utcOffsetMinutes: 60,
  channels: CHANNELS,
  energyMilliwattHours: energyOf,
};

/** Blocks block-1-1 (a, b) and block-1-2 (c, d). */
function newTruth(): Truth {
  return new Truth(LOAD, CHANNELS, planGroups(1, 4, 2), "paillier");
}

function opened(
  blocks: readonly string[],
  sums: readonly [number, number],
  more: Partial<ProviderWord> = {},
): ProviderWord {
  return {
    type: "opened",
    group: "group-1",
    interval: FIRST,
    part: 0,
    blocks,
    leftOut: [],
    sumsMilliwattHours: { [OBIS_IMPORT]: sums[0], [OBIS_EXPORT]: sums[1] },
    feederMilliwattHours: null,
    ...more,
  };
}

const BOTH = ["block-1-1", "block-1-2"];

describe("an opened sum", () => {
  test("that is the contributors' energies is exact, and is told with all that belongs to it", () => {
    const word = opened(["block-1-2"], [7000, 700], {
      leftOut: [{ block: "block-1-1", meters: ["b"] }],
      feederMilliwattHours: { [OBIS_IMPORT]: 9500, [OBIS_EXPORT]: 400 },
      trustees: ["trustee-1"],
    });
    const event = newTruth().judge(word);
    expect(event).toEqual({
      type: "opened",
      group: "group-1",
      interval: FIRST,
      start: "2026-01-13T17:00:00+01:00",
      scheme: "paillier",
      members: 4,
      contributors: 2,
      missing: ["b"],
      left_out: ["block-1-1"],
      part: 0,
      channels: {
        [OBIS_IMPORT]: { sum_mwh: 7000, truth_mwh: 7000 },
        [OBIS_EXPORT]: { sum_mwh: 700, truth_mwh: 700 },
      },
      feeder: { measured_mwh: 9100, residual_mwh: 9100 - 6300 },
      exact: true,
      trustees: ["trustee-1"],
    });
  });

  test.each([
    ["1 mWh too much", 10_001, 1000],
    ["1 mWh too little", 9999, 1000],
    ["1 mWh of another channel", 10_000, 1001],
    ["the sum of the next interval", 10_004, 1000],
  ])("with %s is not exact", (_, imported, exported) => {
    expect(newTruth().judge(opened(BOTH, [10_000, 1000]))).toMatchObject({ exact: true });
    expect(newTruth().judge(opened(BOTH, [imported, exported]))).toMatchObject({ exact: false });
  });

  test("without one of the channels is not exact", () => {
    const word = opened(BOTH, [10_000, 1000], { sumsMilliwattHours: { [OBIS_IMPORT]: 10_000 } });
    expect(newTruth().judge(word)).toMatchObject({ exact: false });
  });

  test("of a block that an earlier part has counted is not exact, nor one of a block that the group does not have", () => {
    const truth = newTruth();
    expect(truth.judge(opened(["block-1-1"], [3000, 300]))).toMatchObject({ exact: true });
    expect(truth.judge(opened(["block-1-1"], [3000, 300], { part: 1 }))).toMatchObject({ exact: false });
    expect(truth.judge(opened(["block-2-1"], [0, 0], { part: 2 }))).toMatchObject({ exact: false });
    expect(truth.judge(opened(["block-1-1"], [3002, 300], { interval: FIRST + 1 }))).toMatchObject({ exact: true });
  });

  test("leaves of the feeder what no part so far has counted", () => {
    const truth = newTruth();
    const feederMilliwattHours = { [OBIS_IMPORT]: 10_500, [OBIS_EXPORT]: 1000 };
    const first = opened(["block-1-1"], [3000, 300], { feederMilliwattHours });
    const second = opened(["block-1-2"], [7000, 700], { feederMilliwattHours, part: 1 });
    expect(truth.judge(first)).toMatchObject({ feeder: { measured_mwh: 9500, residual_mwh: 9500 - 2700 } });
    expect(truth.judge(second)).toMatchObject({ feeder: { measured_mwh: 9500, residual_mwh: 500 } });
  });

  test("whose feeder has not reported has no residual", () => {
    expect(newTruth().judge(opened(BOTH, [10_000, 1000]))).toMatchObject({ feeder: null });
  });
});

describe("other words", () => {
  test("a refusal is told with its reason", () => {
    const { blocks: _, sumsMilliwattHours: __, ...word } = opened([], [0, 0]);
    const event = newTruth().judge({ ...word, type: "refused", reason: "product_wrong", part: 3 });
    expect(event).toMatchObject({ type: "refused", reason: "product_wrong", part: 3, contributors: 0, members: 4 });
    expect(event).not.toHaveProperty("exact");
  });

  test("about another group, or about an interval outside the run, are none of the street's", () => {
    const truth = newTruth();
    expect(truth.judge(opened(BOTH, [0, 0], { group: "group-2" }))).toBeUndefined();
    expect(truth.judge(opened(BOTH, [0, 0], { interval: FIRST - 1 }))).toBeUndefined();
    expect(truth.judge(opened(BOTH, [0, 0], { interval: FIRST + 2 }))).toBeUndefined();
    expect([FIRST - 1, FIRST, FIRST + 1, FIRST + 2].map((i) => truth.position(i))).toEqual([
      undefined,
      0,
      1,
      undefined,
    ]);
  });
});

describe("the books", () => {
  test("homes are counted once each, by whatever part, and are lost when no word names their block", () => {
    const truth = newTruth();
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([0, 8]);
    truth.judge(opened(["block-1-1"], [3000, 300]));
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([2, 6]);
    truth.judge(opened(["block-1-1"], [3000, 300], { part: 1 }));
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([2, 6]);
    truth.judge(opened(["block-1-2"], [7000, 700], { part: 2 }));
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([4, 4]);
  });

  test("a block listed as left out is not counted, and not lost", () => {
    const truth = newTruth();
    truth.judge(opened(["block-1-1"], [3000, 300], { leftOut: [{ block: "block-1-2", meters: ["c"] }] }));
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([2, 4]);
  });

  test("a block that a refusal names is not counted, and not lost; the other blocks come again", () => {
    const truth = newTruth();
    const word = { ...opened(BOTH, [0, 0]), type: "refused", reason: "rho_repeated" } as const;
    const event = truth.judge({ ...word, by: ["trustee-1", "trustee-2"], leaveOut: ["block-1-1"] });
    expect(event).toMatchObject({ by: ["trustee-1", "trustee-2"], leave_out: ["block-1-1"] });
    expect([truth.homesCounted(), truth.homesLost(), truth.homesExpected()]).toEqual([0, 6, 8]);
  });

  test("a home of two groups counts in both", () => {
    const groups = layOut({ groupCount: 2, perGroup: 6, kMin: 2, tariff: true });
    const load = { ...LOAD, meters: Array.from({ length: 12 }, (_, i) => `m${i}`) };
    const truth = new Truth(load, CHANNELS, groups, "paillier");
    expect(truth.homesExpected()).toBe(2 * (12 + 8));
    truth.judge(opened(["block-1-1"], [0, 0]));
    truth.judge(opened(["block-1-1"], [0, 0], { group: "tariff" }));
    expect(truth.homesCounted()).toBe(4);
  });

  test("a refused part counts nobody", () => {
    const truth = newTruth();
    truth.judge({ ...opened(BOTH, [10_000, 1000]), type: "refused", reason: "count_wrong" });
    expect([truth.homesCounted(), truth.homesLost()]).toEqual([0, 8]);
  });
});
