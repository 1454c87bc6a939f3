/** The store: reads see what is yet to be written, writes settle when they are on the disk, ranges go whole. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { keyNumber, Store } from "../store.ts";

let folder: string;
let store: Store;
const FORMAT = ["a test's", 1] as const;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-"));
  store = await Store.open(folder, FORMAT);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const bytes = (...values: number[]): Uint8Array => Uint8Array.of(...values);

async function all(from: string, to: string): Promise<[string, number[]][]> {
  const found: [string, number[]][] = [];
  for await (const [key, content] of store.scan(from, to)) found.push([key, [...content]]);
  return found;
}

describe("a store", () => {
  test("writes what one turn of the event loop brings in one batch, and shows it while it is written", async () => {
    let made = 0;
    const first = store.write([["a", () => bytes(++made)]]);
    await Promise.resolve();
    const second = store.write([["b", undefined]]);
    expect(second).toBe(first);
    await setImmediate();
    // the batch is under way, and its bytes are made
    const third = store.write([["c", bytes(3)]]);
    expect(third).not.toBe(first);
    expect([store.get("a"), store.get("a"), store.get("b"), store.get("c")]).toEqual([
      bytes(1),
      bytes(1),
      undefined,
      bytes(3),
    ]);
    await third;
    expect(await all("a", "d")).toEqual([
      ["a", [1]],
      ["c", [3]],
    ]);
  });

  test("shows a change at once, while it is written, and after a restart", async () => {
    const first = store.write([["a", bytes(1)]]);
    const second = store.write([["a", bytes(2)]]);
    expect(store.get("a")).toEqual(bytes(2));
    await first;
    expect(store.get("a")).toEqual(bytes(2));
    await second;
    void store.write([["a", undefined]]);
    expect(store.get("a")).toBeUndefined();
    await store.close();
    store = await Store.open(folder, FORMAT);
    expect(store.get("a")).toBeUndefined();
  });

  test("makes a deferred change when its batch is made, from the last one given", async () => {
    let made = 0;
    const change = (value: number) => () => {
      made++;
      return bytes(value);
    };
    const busy = store.write([["other", bytes(0)]]);
    const writes = [1, 2, 3].map((value) => store.write([["a", change(value)]]));
    await Promise.all([busy, ...writes]);
    expect(made).toBe(1);
    expect(store.get("a")).toEqual(bytes(3));
  });

  test("scans in the order of numbers, and only what is in the range", async () => {
    for (const value of [10, 9, 100, 1]) void store.write([[`k/${keyNumber(value)}`, bytes(value)]]);
    void store.write([["l/", bytes(0)]]);
    expect((await all("k/", "k0")).map(([, [value]]) => value)).toEqual([1, 9, 10, 100]);
    await store.removeRange("k/", `k/${keyNumber(10)}`);
    expect((await all("k/", "k0")).map(([, [value]]) => value)).toEqual([10, 100]);
    expect(store.get("l/")).toEqual(bytes(0));
  });

  test("refuses another format", async () => {
    await store.close();
    const other = Store.open(folder, ["a test's", 2]);
    await expect(other).rejects.toMatchObject({ code: "store_version_unknown", got: '["a test\'s",1]' });
    store = await Store.open(folder, FORMAT);
  });

  test("takes nothing more once a write has failed, so that nothing is acknowledged that is not on the disk", async () => {
    await store.close();
    await expect(store.write([["a", bytes(1)]])).rejects.toThrow();
    await expect(store.write([["b", bytes(1)]])).rejects.toThrow();
    store = await Store.open(folder, FORMAT);
    expect(store.get("a")).toBeUndefined();
  });
});
