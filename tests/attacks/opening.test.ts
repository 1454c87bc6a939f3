/** Openings finer than a block (docs/THREATS.md, The provider's wishes): what trustees who know no blocks would help to open, and sound ones do not. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { checkRoll } from "../../core/wire/roll.ts";
import { Workshop } from "../../headend/aggregator/tests/workshop.ts";
import { Town } from "../../headend/service/tests/town.ts";
import {
  Coalition,
  channelOf,
  energyOf,
  energyOfAll,
  homesOf,
  IMPORT,
  INTERVAL,
  plainSum,
  sharedTown,
  TRUSTEES,
  townWithoutBlocks,
} from "./coalition.ts";

const ALL = ["g0-b0", "g0-b1", "g0-b2"];
/** In the town without blocks g0-b2 is a home; in the other its first home is the victim. */
const LONE = "g0-b2-m0";
const VICTIM = "g0-b2-m1";
const unions = { less: ["g0-b0", "g0-b1"], outer: ["g0-b0", "g0-b2"], upper: ["g0-b1", "g0-b2"] };
const meters = townWithoutBlocks(3, { unions });
const town = sharedTown({ blocksPerGroup: 3, unions });
let weak: Coalition;
let weakReadings: ReadonlyMap<string, Uint8Array>;
let sound: Coalition;

beforeAll(async () => {
  weak = await Coalition.before(meters);
  weakReadings = weak.readings(ALL);
});
afterAll(() => weak.end());
beforeEach(async () => {
  sound = await Coalition.before(town);
});
afterEach(() => sound.end());

/** Readings of some blocks, without the victim's. */
function withoutVictim(blocks: readonly string[] = ALL, readings = sound.readings(ALL)): readonly Uint8Array[] {
  return of(blocks, readings).filter((bytes) => bytes !== readings.get(VICTIM));
}

/** Those of the readings that are of these blocks. */
function of(blocks: readonly string[], readings: ReadonlyMap<string, Uint8Array>): readonly Uint8Array[] {
  return homesOf(town, blocks).flatMap((home) => readings.get(home) ?? []);
}

/** What trustees without blocks open of these homes. */
async function openedOf(homes: readonly string[], part: number, group = "g0", asked = TRUSTEES): Promise<number> {
  const envelopes = homes.map((home) => weakReadings.get(`${home}-m0`) ?? new Uint8Array(0));
  return weak.energy(weak.draft(group, homes, envelopes, { part }), asked);
}

describe("in one group", () => {
  test("a single reading presented as an aggregate is refused", async () => {
    expect(await openedOf(["g0-b2"], 0)).toBe(energyOf(meters, LONE));

    const one = sound.readings(ALL).get(VICTIM) ?? new Uint8Array(0);
    await sound.expectRefused(sound.draft("g0", ["g0-b2"], [one]), "block_not_whole", ["g0-b2"]);
  });

  test("a block less one is refused", async () => {
    const difference = (await openedOf(ALL, 1)) - (await openedOf(["g0-b0", "g0-b1"], 2));
    expect(difference).toBe(energyOf(meters, LONE));

    await sound.expectRefused(sound.draft("g0", ALL, withoutVictim()), "block_not_whole", ["g0-b2"]);
  });

  test("a block opened twice in one interval, whole and less one or sealed anew, is opened once", async () => {
    const difference = (await openedOf(ALL, 3)) - (await openedOf(["g0-b0", "g0-b1"], 4));
    expect(difference).toBe(energyOf(meters, LONE));

    const whole = sound.draft("g0", ALL, sound.readings(ALL).values());
    expect(await sound.energy(whole)).toBe(energyOfAll(town, ALL));
    const less = sound.draft("g0", ["g0-b2"], withoutVictim(["g0-b2"]), { part: 1 });
    await sound.expectRefused(less, "block_not_whole", ["g0-b2"]);
    const anew = sound.draft("g0", ["g0-b2"], sound.readings(["g0-b2"]).values(), { part: 1 });
    await sound.expectRefused(anew, "sealed_twice", ["g0-b2"]);
  });
});

describe("across groups and trustees", () => {
  test("two groups that differ by one meter are in no roll, and an aggregator cannot make them", async () => {
    const difference = (await openedOf(ALL, 5)) - (await openedOf(["g0-b0", "g0-b1"], 0, "less"));
    expect(difference).toBe(energyOf(meters, LONE));

    expect(() => checkRoll(meters.roll, town.keyFile)).toThrow(expect.objectContaining({ code: "group_too_small" }));
    const readings = sound.readings(ALL);
    await sound.energy(sound.draft("g0", ALL, readings.values()));
    const outer = sound.draft("outer", unions.outer, withoutVictim(unions.outer, readings));
    await sound.expectRefused(outer, "block_not_whole", ["g0-b2"]);
  });

  test("three sets through three quorums tell a block, where each trustee is honest and sees two sets", async () => {
    const quorums = [
      ["t1", "t2"],
      ["t2", "t3"],
      ["t1", "t3"],
    ];
    const less = await openedOf(["g0-b0", "g0-b1"], 1, "less", quorums[0]);
    const outer = await openedOf(["g0-b0", "g0-b2"], 1, "outer", quorums[1]);
    const upper = await openedOf(["g0-b1", "g0-b2"], 1, "upper", quorums[2]);
    expect((outer + upper - less) / 2).toBe(energyOf(meters, LONE));

    const readings = sound.readings(ALL);
    const sums: number[] = [];
    for (const [i, [group, blocks]] of Object.entries(unions).entries()) {
      sums.push(await sound.energy(sound.draft(group, blocks, of(blocks, readings)), quorums[i]));
    }
    const [first = 0, second = 0, third = 0] = sums;
    expect((second + third - first) / 2).toBe(energyOfAll(town, ["g0-b2"]));
    for (const group of ["outer", "upper"] as const) {
      const cut = sound.draft(group, unions[group], withoutVictim(unions[group], readings), { part: 1 });
      await sound.expectRefused(cut, "block_not_whole", ["g0-b2"]);
    }
  });
});

test("the feeder minus the sum with one meter missing is a whole block", async () => {
  const feeder = energyOfAll(meters, ALL);
  expect(feeder - (await openedOf(["g0-b0", "g0-b1"], 6))).toBe(energyOf(meters, LONE));

  const plain = new Town({ blocksPerGroup: 3 });
  const shop = new Workshop(plain);
  await shop.start(plain.after(INTERVAL, 1));
  await shop.report(INTERVAL, 7, [VICTIM]);
  await shop.clock.stepTo(plain.after(INTERVAL, plain.options.intervalMs / 4));
  const [aggregate, ...others] = shop.aggregates();
  await shop.end();
  expect(others).toEqual([]);
  expect(aggregate?.leftOut).toEqual([{ block: "g0-b2", reason: "missing", meters: [VICTIM] }]);
  const sum = channelOf(plain, plainSum(plain, [aggregate?.product ?? new Uint8Array(0)]), IMPORT);
  expect(9 * 7 - sum).toBe(3 * 7);
});
