/** A week of sums, averaged (docs/THREATS.md, Averaging): with leave-out by meter each home's load comes out of it, with blocks none does. */

import { describe, expect, test } from "@jest/globals";
import { bytesToInteger } from "../../core/integers.ts";
import { OBIS_IMPORT } from "../../core/names.ts";
import { unpack } from "../../core/paillier/packing.ts";
import { Opener } from "../../core/secret/opener.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { Workshop } from "../../headend/aggregator/tests/workshop.ts";
import { openSslPower } from "../../headend/service/power.ts";
import { Town } from "../../headend/service/tests/town.ts";
import { readLoadCsv } from "../../sim/loads/csv.ts";
import { householdLoad } from "../../sim/loads/household.ts";
import type { Load } from "../../sim/loads/load.ts";
import { stream } from "../../sim/random.ts";
import { describeWithLoadData, loadData } from "../../sim/tests/test-data.ts";
import { homesOf, INTERVAL } from "./coalition.ts";
import { leastSquares } from "./regression.ts";

const HOURS = 7 * 24;
const HOUR_MS = 3_600_000;
const town = new Town({ blocksPerGroup: 2, seatsPerBlock: 3, intervalMs: HOUR_MS });
const HOMES = homesOf(town, ["g0"]);
const BLOCKS = ["g0-b0", "g0-b1"];

/** Energies by home and hour, in mWh. */
type Week = ReadonlyMap<string, readonly number[]>;

/** Homes whose reading is missing, or called so, in an hour. */
type Missing = (hour: number) => readonly string[];

/** What an hour shows: the homes left out, and the feeder less the sum, in mWh. */
interface Seen {
  readonly leftOut: readonly string[];
  readonly difference: number;
}

function weekOf(load: Load): Week {
  const perHour = HOUR_MS / load.intervalMs;
  const energy = (home: number, hour: number): number =>
    Array.from(
      { length: perHour },
      (_, i) => load.energyMilliwattHours(home, hour * perHour + i, OBIS_IMPORT) ?? 0,
    ).reduce((sum, part) => sum + part, 0);
  return new Map(HOMES.map((home, i) => [home, Array.from({ length: HOURS }, (_, hour) => energy(i, hour))]));
}

function energyAt(week: Week, homes: readonly string[], hour: number): number {
  return homes.reduce((sum, home) => sum + (week.get(home)?.[hour] ?? 0), 0);
}

/** As systems without blocks show it: the homes that are missing are left out. */
function seenByMeter(week: Week, missing: Missing): readonly Seen[] {
  return Array.from({ length: HOURS }, (_, hour) => {
    const leftOut = missing(hour);
    return { leftOut, difference: energyAt(week, leftOut, hour) };
  });
}

/** As our aggregator and the opening show it. */
async function seenByBlock(week: Week, missing: Missing): Promise<readonly Seen[]> {
  const shop = new Workshop(town);
  await shop.start(town.after(INTERVAL - 1, HOUR_MS / 2));
  for (let hour = 0; hour < HOURS; hour++) {
    await shop.clock.stepTo(town.after(INTERVAL + hour, 1));
    const present = HOMES.filter((home) => !missing(hour).includes(home));
    const report = (home: string): Uint8Array => town.reading(home, INTERVAL + hour, energyAt(week, [home], hour), 0);
    await Promise.all(present.map((home) => shop.send(home, report(home))));
    await shop.clock.stepTo(town.after(INTERVAL + hour, HOUR_MS / 4));
    // without a receipt the part would come again and again
    await shop.receipt(INTERVAL + hour, 0, "opened", shop.aggregates().at(-1)?.blocks ?? []);
  }
  const aggregates = shop.aggregates();
  await shop.end();
  return aggregates.map((aggregate) => {
    const hour = aggregate.interval - INTERVAL;
    const leftOut = aggregate.leftOut.flatMap(({ block }) => homesOf(town, [block]));
    return { leftOut, difference: energyAt(week, HOMES, hour) - sumOf(aggregate) };
  });
}

const opener = new Opener(town.secret, openSslPower);

function sumOf({ product, blocks }: Aggregate): number {
  if (product === undefined) return 0;
  const plaintext = opener.open(bytesToInteger(product));
  return Number(unpack(town.keyFile.layout, plaintext, homesOf(town, blocks).length).sums[0]);
}

/** Each home's mean load as the week shows it: the difference is what those left out used. */
function meanLoads(seen: readonly Seen[]): ReadonlyMap<string, number> {
  const rows = seen.map(({ leftOut }) => HOMES.map((home) => (leftOut.includes(home) ? 1 : 0)));
  const loads = leastSquares(
    rows,
    seen.map(({ difference }) => difference),
  );
  return new Map(HOMES.map((home, i) => [home, loads[i] ?? 0]));
}

function meanOf(energies: readonly number[]): number {
  return energies.reduce((sum, energy) => sum + energy, 0) / energies.length;
}

/** Each home is missing in one hour of ten, whichever. */
function onAndOff(): Missing {
  const random = stream("attacks", "on and off");
  const hours = Array.from({ length: HOURS }, () => HOMES.filter(() => random.chance(0.1)));
  return (hour) => hours[hour] ?? [];
}

/** The mean over the homes of how far their loads are missed, as a part of the mean load. */
function meanError(week: Week, loads: ReadonlyMap<string, number>): number {
  const errors = HOMES.map((home) => Math.abs((loads.get(home) ?? 0) - meanOf(week.get(home) ?? [])));
  return meanOf(errors) / meanOf([...week.values()].map(meanOf));
}

async function expectBlocksAlone(week: Week): Promise<void> {
  const missing = onAndOff();
  expect(meanError(week, meanLoads(seenByMeter(week, missing)))).toBeLessThan(1 / 3);

  const loads = meanLoads(await seenByBlock(week, missing));
  for (const block of BLOCKS) {
    const [first = 0, ...others] = homesOf(town, [block]).map((home) => loads.get(home) ?? 0);
    for (const other of others) expect(other / first).toBeCloseTo(1, 4);
  }
}

describe("of generated homes", () => {
  const load = householdLoad({
    seed: "attacks",
    meters: HOMES,
    intervalMs: HOUR_MS,
    startUtcMs: INTERVAL * HOUR_MS,
    intervals: HOURS,
    utcOffsetMinutes: 0,
  });
  const week = weekOf(load);

  test("a week with one dead meter tells its block's load, not the home's", async () => {
    const dead = "g0-b1-m2";
    const curve = (seen: readonly Seen[]): readonly number[] => seen.map(({ difference }) => difference);
    expect(curve(seenByMeter(week, () => [dead]))).toEqual(week.get(dead));

    const block = Array.from({ length: HOURS }, (_, hour) => energyAt(week, homesOf(town, ["g0-b1"]), hour));
    expect(curve(await seenByBlock(week, () => [dead]))).toEqual(block);
  });

  test("meters called missing on and off tell the mean load of blocks, and no home's", () => expectBlocksAlone(week));
});

const FILE = "long_feeder1_week48.csv";
describeWithLoadData("of real homes", [FILE], () => {
  test("a regression over a week tells the mean load of blocks, and no home's", () =>
    expectBlocksAlone(weekOf(readLoadCsv(loadData(FILE)))));
});
