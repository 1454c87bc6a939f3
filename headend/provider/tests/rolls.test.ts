/** A provider when the roll changes: aggregates and feeders by the roll of their interval, before and after. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { nextRoll } from "../../service/tests/next-roll.ts";
import { Identity, Town } from "../../service/tests/town.ts";
import { Office } from "./office.ts";

const INTERVAL = 20_000;
const NEXT = INTERVAL + 1;
const ALL = ["g0-b0", "g0-b1"];
const town = new Town({ seatsPerBlock: 4 });
const revoked = nextRoll(town, NEXT, { "g0-b0-s0": undefined });
let office: Office;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(NEXT, 15_000);
  await office.start();
  await office.books.rolls.adopt(revoked);
});

afterEach(() => office.end());

test("as many homes are counted as the roll of the interval has", async () => {
  expect(await office.receive(office.sign(office.aggregate(INTERVAL, ALL, [1, 0])))).toEqual({
    kind: "opened",
    contributors: 8,
  });
  const more = await office.receive(office.sign(office.aggregate(NEXT, ALL, [1, 0], { rollVersion: 2 })));
  expect(more).toEqual({ kind: "refused", code: "count_wrong" });
  expect(office.lines).toMatchObject([{ interval: INTERVAL, members: 8 }, { interval: NEXT }]);
});

test("the roll of one interval is none for the other, on either side of the change", async () => {
  for (const [interval, rollVersion] of [
    [INTERVAL, 2],
    [NEXT, 1],
  ] as const) {
    const message = office.sign(office.aggregate(interval, ALL, [1, 0], { rollVersion }));
    await expect(office.receive(message)).rejects.toMatchObject({ code: "roll_unknown" });
  }
  expect([office.lines, office.receipts]).toEqual([[], []]);
});

test("a feeder's new meter speaks from the roll's first interval on, and the old one before it", async () => {
  const feeder = new Identity();
  const feeders = revoked.feeders.map((one) => ({ ...one, key: feeder.signer.publicKey }));
  await office.books.rolls.adopt({ ...revoked, version: 3, feeders });
  expect(await office.feeder(town.feederReading("f-g0", INTERVAL, 7, 7))).toBe(true);
  await expect(office.feeder(town.feederReading("f-g0", NEXT, 7, 7))).rejects.toMatchObject({
    code: "signature_wrong",
  });
  town.feeders.set("f-g0", feeder);
  expect(await office.feeder(town.feederReading("f-g0", NEXT, 7, 7))).toBe(true);
});
