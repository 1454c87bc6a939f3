/** The measuring rod on opened sums: a theft is told by name, once, over restarts too; late parts revise it; nothing is told of a clean feeder. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { createRegistry, type Registry } from "../../service/metrics.ts";
import { Town } from "../../service/tests/town.ts";
import { Rod } from "../rod.ts";
import { RodConfig } from "../rod-config.ts";
import { rodMetrics } from "../rod-metrics.ts";
import { Office } from "./office.ts";

const FIRST = 20_000;
/** Intervals of a minute that are learned from. */
const LEARNED = 40;
const HOMES = 6;
const BOTH = ["g0-b0", "g0-b1"];
const town = new Town({ groups: 2, blocksPerGroup: 2 });
let office: Office;
let registry: Registry;
let logged: { readonly fields: object; readonly text: string }[];

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(FIRST + 10_000, 0);
  logged = [];
  await office.start();
});

afterEach(() => office.end());

async function watch(config: object = {}): Promise<void> {
  const { keyFile } = town;
  registry = createRegistry();
  const log = (fields: object, text: string): void => void logged.push({ fields, text });
  await Rod.open({
    keyFile,
    books: office.books,
    config: v.parse(RodConfig, { learningDays: LEARNED / 1440, ...config }),
    metrics: rodMetrics(registry),
    // the rod logs by these two alone
    log: { warn: log, info: log } as unknown as Parameters<typeof Rod.open>[0]["log"],
    show: (line) => void office.lines.push(JSON.parse(line)),
  });
}

/** The provider is killed and started again. */
async function restart(config: object = {}): Promise<void> {
  await office.restart();
  await watch(config);
}

/** What each home draws, in mWh. */
function drawn(interval: number): number {
  return 40_000 + 1_000 * (interval % 7);
}

/** An interval as the provider hears of it: a feeder that loses 1 % and a little, and a part of these blocks. */
async function hear(interval: number, stolen = 0, blocks: readonly string[] = BOTH): Promise<void> {
  const flowed = HOMES * drawn(interval) + stolen;
  const losses = 600 + Math.round(flowed * 0.01) + ((interval * 13) % 11) * 20;
  await office.feeder(town.feederReading("f-g0", interval, flowed + losses, 0));
  await office.receive(office.sign(office.aggregate(interval, blocks, [drawn(interval), 0])));
}

async function learn(): Promise<void> {
  for (let i = 0; i < LEARNED; i++) await hear(FIRST + i);
}

function alarms(): readonly Record<string, unknown>[] {
  return office.lines.filter(({ type }) => type === "alarm");
}

describe("the measuring rod", () => {
  test("tells a theft by feeder and kind, in results, log and metrics, and that it has ended", async () => {
    await watch();
    await learn();
    const began = FIRST + LEARNED;
    await hear(began, 60_000);
    expect(alarms()).toEqual([
      {
        type: "alarm",
        alarm: "loss",
        state: "raised",
        by: "band",
        group: "g0",
        feeder: "f-g0",
        interval: began,
        uncounted: 0,
        residualMilliwattHours: expect.any(Number),
        expectedMilliwattHours: expect.any(Number),
        bandMilliwattHours: expect.any(Number),
      },
    ]);
    const [raised] = alarms();
    expect(Number(raised?.["residualMilliwattHours"])).toBeGreaterThan(60_000);
    expect(Number(raised?.["expectedMilliwattHours"])).toBeLessThan(5_000);
    const line = { group: "g0", feeder: "f-g0", interval: began, alarm: "loss", by: "band" };
    expect(logged).toEqual([{ fields: line, text: "feeder alarm raised" }]);
    expect(await registry.metrics()).toContain('choir_provider_feeder_alarm{group="g0",alarm="loss"} 1');
    for (let i = 1; i < 40; i++) await hear(began + i);
    expect(alarms().map(({ state }) => state)).toEqual(["raised", "cleared"]);
    expect(await registry.metrics()).toContain('choir_provider_feeder_alarm{group="g0",alarm="loss"} 0');
  });

  test("tells nothing of a feeder without a theft, with blocks left out too", async () => {
    await watch();
    await learn();
    for (let i = 0; i < 60; i++) await hear(FIRST + LEARNED + i, 0, i % 5 === 0 ? ["g0-b1"] : BOTH);
    expect(alarms()).toEqual([]);
    expect(await registry.metrics()).toContain('choir_provider_feeder_learned_ratio{group="g0"} 1');
  });

  test("keeps its sums over restarts: small thefts before and after one add up to the alarm they are without it", async () => {
    await watch();
    await learn();
    const began = FIRST + LEARNED;
    let i = 0;
    for (; alarms().length === 0 && i < 100; i++) {
      await hear(began + i, 1_100);
      if (i === 5) await restart();
    }
    const steps = i;
    expect(alarms()).toMatchObject([{ alarm: "loss", by: "cusum" }]);
    const other = new Office(town);
    const first = office;
    other.nowMs = office.nowMs;
    await other.start();
    office = other;
    await watch();
    await learn();
    for (i = 0; alarms().length === 0 && i < 100; i++) await hear(began + i, 1_100);
    expect(i).toBe(steps);
    expect(steps).toBeGreaterThan(7);
    await first.end();
  });

  test("tells an alarm once, however often it is restarted and the same bytes come", async () => {
    await watch();
    await learn();
    await hear(FIRST + LEARNED, 60_000);
    await restart();
    await hear(FIRST + LEARNED, 60_000);
    await restart();
    expect(alarms()).toHaveLength(1);
  });

  test("is revised by a late part, and takes an alarm back that an estimate raised", async () => {
    await watch();
    await learn();
    const interval = FIRST + LEARNED;
    // together they draw what they always do, nearly all of it in the block that is late
    const [little, much] = [drawn(interval) / 10, (19 * drawn(interval)) / 10];
    const flowed = HOMES * drawn(interval);
    await office.feeder(town.feederReading("f-g0", interval, flowed + 700 + Math.round(flowed * 0.01), 0));
    await office.receive(office.sign(office.aggregate(interval, ["g0-b0"], [little, 0])));
    expect(alarms()).toMatchObject([{ alarm: "loss", state: "raised", uncounted: 3 }]);
    const late = office.aggregate(interval, ["g0-b1"], [much, 0], { part: 1, leftOut: [] });
    await office.receive(office.sign(late));
    expect(alarms()).toMatchObject([{ state: "raised" }, { alarm: "loss", state: "cleared", by: null, uncounted: 0 }]);
    await office.receive(office.sign(late));
    await restart();
    expect(alarms()).toHaveLength(2);
  });

  test("tells a theft that was there when it learned by the share of its losses", async () => {
    await watch({ mostLossShare: 0.06 });
    for (let i = 0; i < LEARNED; i++) await hear(FIRST + i, 60_000);
    expect(alarms()).toMatchObject([{ alarm: "baseline", state: "raised", by: "model", feeder: "f-g0" }]);
  });

  test("learns anew from the moment it is told", async () => {
    await watch();
    for (let i = 0; i < LEARNED; i++) await hear(FIRST + i, 60_000);
    const learnFrom = new Date(town.after(FIRST + LEARNED - 1, 0)).toISOString();
    const config = { feeders: { "f-g0": { learnFrom } } };
    await restart(config);
    expect(alarms().map(({ state }) => state)).toEqual(["raised", "cleared"]);
    for (let i = LEARNED; i < 2 * LEARNED; i++) await hear(FIRST + i);
    await restart(config);
    await hear(FIRST + 2 * LEARNED, 60_000);
    expect(alarms().slice(2)).toMatchObject([{ alarm: "loss", state: "raised" }]);
  });

  test("refuses a feeder that is not in the roll", async () => {
    await expect(watch({ feeders: { elsewhere: {} } })).rejects.toMatchObject({ code: "config_invalid" });
  });
});
