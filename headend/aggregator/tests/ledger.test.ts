/** The ledger over restarts: what was acknowledged is there, what is foreign or damaged is refused. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ClassicLevel } from "classic-level";
import { Town } from "../../service/tests/town.ts";
import { Ledger } from "../ledger.ts";
import { Workshop } from "./workshop.ts";

const INTERVAL = 20_000;
const town = new Town({ groups: 2, intervalMs: 900_000 });
const trust = { keyFile: town.keyFile, roll: town.roll };
let shop: Workshop;

beforeEach(async () => {
  shop = new Workshop(town);
  await shop.start(town.after(INTERVAL, 1));
});

afterEach(() => shop.end());

/** Opens the store while the workshop has it closed, and changes it. */
async function tamper(change: (level: ClassicLevel<string, Uint8Array>) => Promise<void>): Promise<void> {
  await shop.stop();
  const level = new ClassicLevel<string, Uint8Array>(join(shop.folder, "store"), { valueEncoding: "view" });
  await change(level);
  await level.close();
}

describe("the ledger", () => {
  test("holds after a restart what it held before: readings, products, randomisers, marks, parts", async () => {
    await shop.report(INTERVAL, 5);
    await shop.send("g0-b1-m0", town.reading("g0-b1-m0", INTERVAL, 6, 0));
    await shop.clock.stepTo(town.after(INTERVAL, 225_000));
    const before = await shop.state(INTERVAL);
    const part = shop.ledger.part(INTERVAL, 0);
    await shop.stop();
    await shop.start(town.after(INTERVAL, 226_000));
    expect(await shop.state(INTERVAL)).toBe(before);
    expect(shop.ledger.part(INTERVAL, 0)).toEqual(part);
    expect(shop.ledger.block(INTERVAL, "g0-b0").part).toBe(0);
    expect(shop.ledger.block(INTERVAL, "g0-b1").marks).toEqual([{ meter: "g0-b1-m0", reason: "sealed_twice" }]);
  });

  test("counts a block's readings on from where it stood", async () => {
    await shop.report(INTERVAL, 5, ["g0-b0-m2"]);
    await shop.stop();
    await shop.start(town.after(INTERVAL, 2));
    await shop.send("g0-b0-m2", town.reading("g0-b0-m2", INTERVAL, 6, 0));
    expect(shop.ledger.isWhole(INTERVAL, "g0-b0")).toBe(true);
  });

  test("knows a block's randomisers from before a restart, also once the block has taken in more", async () => {
    const entry = town.entry();
    await shop.send("g0-b0-m0", town.message(town.sealed("g0-b0-m0", INTERVAL, [5, 0], entry.slice())));
    for (const meter of ["g0-b0-m1", "g0-b0-m2"]) {
      await shop.stop();
      await shop.start(town.after(INTERVAL, 1));
      await shop.send(meter, town.reading(meter, INTERVAL, 6, 0));
    }
    await shop.stop();
    await shop.start(town.after(INTERVAL, 1));
    await shop.send("g0-b1-m0", town.message(town.sealed("g0-b1-m0", INTERVAL, [7, 0], entry.slice())));
    expect(await shop.judged("rho_repeated")).toBe(1);
  });

  test("refuses a store of another group, of another version, and of another program", async () => {
    await shop.stop();
    const folder = join(shop.folder, "store");
    const unknown = { code: "store_version_unknown" };
    await expect(Ledger.open(folder, trust, "g1")).rejects.toMatchObject(unknown);
    await shop.start(town.after(INTERVAL, 2));
    await tamper((level) => level.del("format"));
    await expect(Ledger.open(folder, trust, "g0")).rejects.toMatchObject(unknown);
    await tamper((level) => level.clear());
    await shop.start(town.after(INTERVAL, 2));
  });

  test("refuses key files and rolls older than those it has used", async () => {
    await shop.stop();
    const folder = join(shop.folder, "store");
    const newer = { keyFile: town.keyFile, roll: { ...town.roll, version: 2 } };
    await (await Ledger.open(folder, newer, "g0")).close();
    await expect(Ledger.open(folder, trust, "g0")).rejects.toMatchObject({ code: "version_not_higher" });
    shop = new Workshop(town);
    await shop.start(town.after(INTERVAL, 2));
  });

  test("finds one flipped bit in a record, and refuses to go on", async () => {
    await shop.report(INTERVAL, 5, ["g0-b0-m2"]);
    await tamper(async (level) => {
      const key = `block/${String(INTERVAL).padStart(16, "0")}/g0-b0`;
      const record = (await level.get(key)) as Uint8Array;
      const flipped = record.slice();
      flipped[20] = (flipped[20] as number) ^ 1;
      await level.put(key, flipped);
    });
    await expect(shop.start(town.after(INTERVAL, 2))).rejects.toMatchObject({ code: "store_corrupt" });
    const message = town.reading("g0-b0-m2", INTERVAL, 6, 0);
    await expect(shop.send("g0-b0-m2", message)).rejects.toMatchObject({ code: "store_corrupt" });
  });

  test("names another process that has it open", async () => {
    const again = Ledger.open(join(shop.folder, "store"), trust, "g0");
    await expect(again).rejects.toMatchObject({ code: "config_invalid" });
  });
});
