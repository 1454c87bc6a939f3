/** What no rule prevents (docs/THREATS.md, What remains): attacks that work, so that the page does not promise more than there is. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bytesToInteger } from "../../core/integers.ts";
import type { Roll } from "../../core/wire/roll.ts";
import { Office } from "../../headend/provider/tests/office.ts";
import { Town } from "../../headend/service/tests/town.ts";
import {
  bareShare,
  Coalition,
  channelOf,
  combined,
  energyOf,
  energyOfAll,
  homesOf,
  IMPORT,
  INTERVAL,
  plainSum,
  readingOf,
  sharedTown,
} from "./coalition.ts";

const BLOCK = "g0-b0";
const VICTIM = "g0-b0-m3";
const town = sharedTown({ seatsPerBlock: 4, kMin: 3, blocksPerGroup: 1 });
let coalition: Coalition;

beforeEach(async () => {
  coalition = await Coalition.before(town);
});
afterEach(() => coalition.end());

test("whoever sits on all seats of a block but one reads that one: k_min counts meters, not owners", async () => {
  const sum = await coalition.energy(coalition.draft("g0", [BLOCK], coalition.readings([BLOCK]).values()));
  const own = homesOf(town, [BLOCK]).filter((home) => home !== VICTIM);
  expect(sum - own.reduce((all, home) => all + energyOf(town, home), 0)).toBe(energyOf(town, VICTIM));
});

test("a provider and two dishonest trustees, three shares of three, read every home", () => {
  const c = bytesToInteger(town.sealed(VICTIM, INTERVAL, [1234, 0]).ciphertext);
  const shares = ["provider", "t1", "t2"].map((holder) => bareShare(town, holder, c));
  expect(channelOf(town, combined(town, shares), IMPORT)).toBe(1234);
});

test("a seat that a roll empties is read by a provider and a dishonest trustee, if one honest trustee still holds the roll before", async () => {
  const readings = coalition.readings([BLOCK]);
  const roll: Roll = {
    ...town.roll,
    version: 2,
    blocks: town.roll.blocks.map(({ block, seats }) => ({
      block,
      seats: seats.map((seat) => (seat.occupant?.meter === VICTIM ? { ...seat, occupant: undefined } : seat)),
    })),
  };
  const [behind, , ahead] = coalition.trustees;
  if (behind === undefined || ahead === undefined) throw new Error("three trustees");
  await ahead.restart(roll);
  const without = [...readings.values()].filter((message) => message !== readings.get(VICTIM));
  const sums: number[] = [];
  for (const [honest, envelopes, rollVersion] of [
    [behind, [...readings.values()], 1],
    [ahead, without, 2],
  ] as const) {
    const draft = coalition.draft("g0", [BLOCK], envelopes, { rollVersion });
    expect(await honest.receive(draft)).toMatchObject({ kind: "share" });
    const contributors = envelopes.map((message) => readingOf(town, message).meter);
    const c = bytesToInteger(draft.aggregate.product ?? new Uint8Array(0));
    const honestShare = { ...bareShare(town, honest.trustee, c), ...(await honest.lastShare(draft, contributors)) };
    const shares = [bareShare(town, "provider", c), bareShare(town, "t2", c), honestShare];
    sums.push(channelOf(town, combined(town, shares), IMPORT));
  }
  expect((sums[0] ?? 0) - (sums[1] ?? 0)).toBe(energyOf(town, VICTIM));
  expect(sums[0]).toBe(energyOfAll(town, [BLOCK]));
});

test("a meter that lies within its slot moves the sum, and the feeder's residual by as much", async () => {
  const plain = new Town({ blocksPerGroup: 1 });
  const office = new Office(plain);
  office.nowMs = plain.after(INTERVAL, 15_000);
  await office.start();
  await office.receive(office.sign(office.aggregate(INTERVAL, [BLOCK], [1000, 0])));
  await office.feeder(plain.feederReading("f-g0", INTERVAL, 3000 + 777, 0));
  expect(office.lines.at(-1)).toMatchObject({ residualMilliwattHours: { "1-0:1.8.0": 777 } });
  await office.end();
});

test("where the provider holds the whole key, it reads what an aggregator or the broker shows it", () => {
  const plain = new Town();
  const shown = readingOf(plain, plain.reading("g0-b0-m0", INTERVAL, 4321, 0));
  expect(channelOf(plain, plainSum(plain, [shown.ciphertext]), IMPORT)).toBe(4321);
});
