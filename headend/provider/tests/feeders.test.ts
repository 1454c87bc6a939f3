/** Feeders: stored once, subtracted from, shown late where they come late. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { encodeFeeder } from "../../../core/wire/feeder.ts";
import { topics } from "../../../core/wire/topics.ts";
import { Town } from "../../service/tests/town.ts";
import { addPart, emptyBalance, residual } from "../reconcile.ts";
import { Office } from "./office.ts";

const INTERVAL = 20_000;
const town = new Town({ groups: 2, blocksPerGroup: 1 });
let office: Office;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(INTERVAL, 15_000);
  await office.start();
});

afterEach(() => office.end());

describe("a feeder", () => {
  test("that came first stands in the result of the sum", async () => {
    expect(await office.feeder(town.feederReading("f-g0", INTERVAL, 100, 7))).toBe(true);
    await office.receive(office.sign(office.aggregate(INTERVAL, ["g0-b0"], [30, 0])));
    expect(office.lines).toMatchObject([
      { type: "opened", feederMilliwattHours: { "1-0:1.8.0": 100, "1-0:2.8.0": 7 } },
    ]);
    expect(residual(office.books.balance("g0", INTERVAL))).toEqual([10, 7]);
  });

  test("that came late has a result of its own, with the residual; below zero too", async () => {
    await office.receive(office.sign(office.aggregate(INTERVAL, ["g0-b0"], [30, 0])));
    await office.feeder(town.feederReading("f-g0", INTERVAL, 80, 0));
    expect(office.lines[1]).toMatchObject({
      type: "feeder",
      residualMilliwattHours: { "1-0:1.8.0": -10, "1-0:2.8.0": 0 },
    });
    await office.restart();
    expect(residual(office.books.balance("g0", INTERVAL))).toEqual([-10, 0]);
  });

  test("is heard once: the same bytes again change nothing, others are refused", async () => {
    const message = town.feederReading("f-g0", INTERVAL, 80, 0);
    await office.feeder(message);
    expect(await office.feeder(message)).toBe(false);
    await expect(office.feeder(town.feederReading("f-g0", INTERVAL, 90, 0))).rejects.toMatchObject({
      code: "sealed_twice",
    });
    expect(office.books.balance("g0", INTERVAL).feeder?.energies).toEqual([80, 0]);
  });

  test("is heard of its own group, key and time alone", async () => {
    const good = town.feederReading("f-g0", INTERVAL, 80, 0);
    const payload = { feeder: "f-g1", interval: INTERVAL, keyId: town.keyFile.keyId, energyMilliwattHours: [1, 2] };
    const signer = town.feeders.get("f-g0")?.signer ?? town.root.signer;
    const wrong: readonly [Promise<boolean>, string][] = [
      [office.feeder(good, topics.feeder("g1")), "signature_wrong"],
      [office.feeder(good, topics.feeder("g7")), "field_wrong"],
      [office.feeder(sealEnvelope("feeder", encodeFeeder(payload), signer)), "member_unknown"],
      [
        office.feeder(
          sealEnvelope("feeder", encodeFeeder({ ...payload, feeder: "f-g0", keyId: new Uint8Array(16) }), signer),
        ),
        "key_unknown",
      ],
      [office.feeder(town.feederReading("f-g0", INTERVAL, 80)), "field_wrong"],
      [office.feeder(town.feederReading("f-g0", INTERVAL + 1, 80, 0)), "interval_in_future"],
    ];
    for (const [entered, code] of wrong) await expect(entered).rejects.toMatchObject({ code });
    for await (const id of office.books.deliveries()) throw new Error(`left ${id}`);
  });
});

describe("a balance", () => {
  test("has no residual without a feeder, and no sum beyond 2^53 - 1", () => {
    const balance = addPart(emptyBalance(1), 3, [Number.MAX_SAFE_INTEGER]);
    expect(residual(balance)).toBeUndefined();
    expect(() => addPart(balance, 1, [1])).toThrow(expect.objectContaining({ code: "value_out_of_range" }));
  });
});
