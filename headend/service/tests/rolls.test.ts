/** Rolls in time: each from its first interval on, what was begun under one stays under it, and the past ones go when nobody can be late any more. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Roll } from "../../../core/wire/roll.ts";
import { Rolls } from "../rolls.ts";
import { Store } from "../store.ts";
import { Town } from "./town.ts";

const town = new Town();
const folder = mkdtempSync(join(tmpdir(), "choir-"));
let runs = 0;
let store: Store;
let rolls: Rolls<number>;

const roll = (version: number, firstInterval: number): Roll => ({ ...town.roll, version, firstInterval });
const versions = (...intervals: readonly number[]): readonly (number | undefined)[] =>
  intervals.map((interval) => rolls.at(interval));

async function open(): Promise<void> {
  store = await Store.open(join(folder, `${runs}`), ["test"]);
  rolls = await Rolls.open(store, ({ version }) => version);
}

async function reopen(): Promise<void> {
  await store.close();
  await open();
}

beforeEach(async () => {
  runs++;
  await open();
});

afterEach(async () => {
  await store.close();
  rmSync(join(folder, `${runs}`), { recursive: true });
});

describe("rolls", () => {
  test("count from their first intervals on, also after a restart", async () => {
    expect(await rolls.adopt(roll(1, 10))).toBe(true);
    expect(await rolls.adopt(roll(2, 20))).toBe(true);
    expect(versions(9, 10, 19, 20)).toEqual([undefined, 1, 1, 2]);
    await reopen();
    expect(versions(9, 10, 19, 20)).toEqual([undefined, 1, 1, 2]);
    expect(rolls.latest).toEqual(roll(2, 20));
    expect(rolls.firstInterval).toBe(10);
  });

  test("the latest again changes nothing; an older one, and another of its version, are refused and change nothing", async () => {
    await rolls.adopt(roll(2, 10));
    expect(await rolls.adopt(roll(2, 10))).toBe(false);
    for (const other of [roll(1, 10), roll(2, 11)]) {
      await expect(rolls.adopt(other)).rejects.toMatchObject({ code: "version_not_higher" });
    }
    await reopen();
    expect(versions(9, 10, 11)).toEqual([undefined, 2, 2]);
  });

  test("one that waits gives way to a newer one, whichever comes into force first", async () => {
    await rolls.adopt(roll(1, 10));
    await rolls.adopt(roll(2, 30));
    await rolls.adopt(roll(3, 20));
    expect(versions(19, 20, 30)).toEqual([1, 3, 3]);
  });

  test("one that comes late leaves alone what was begun, also after a restart", async () => {
    await rolls.adopt(roll(1, 10));
    rolls.begin(24);
    rolls.begin(23);
    await reopen();
    await rolls.adopt(roll(2, 20));
    expect(versions(20, 24, 25)).toEqual([1, 1, 2]);
    await reopen();
    expect(versions(20, 24, 25)).toEqual([1, 1, 2]);
  });

  test("are forgotten once no interval that is kept goes by them", async () => {
    await rolls.adopt(roll(1, 10));
    await rolls.adopt(roll(2, 20));
    rolls.prune(19);
    expect(versions(19, 20)).toEqual([1, 2]);
    rolls.prune(20);
    await reopen();
    expect(versions(19, 20)).toEqual([undefined, 2]);
  });
});
