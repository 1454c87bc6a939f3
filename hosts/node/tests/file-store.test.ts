/** The store in a folder: power cuts at every call it makes of the disk, and what it finds when it starts. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Store } from "../../../firmware/host.ts";
import { fileStore } from "../file-store.ts";
import { Disk, PowerLoss } from "./disk.ts";

describe("a folder", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "choir-store-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is made with all that is above it, and keeps what another store on it has set", () => {
    const deep = join(folder, "a", "b");
    fileStore(deep).set("o/1a", Uint8Array.of(1, 2));
    const again = fileStore(deep);
    expect(again.get("o/1a")).toEqual(Uint8Array.of(1, 2));
    expect(again.keys("o/")).toEqual(["o/1a"]);
  });

  test("loses what a power cut left unfinished, and shows no trace of it", () => {
    const cut = join(folder, "cut");
    fileStore(cut).set("register/a", Uint8Array.of(1));
    writeFileSync(join(cut, "register_a.new"), "half of a v");
    writeFileSync(join(cut, "o_2.new"), "");
    const store = fileStore(cut);
    expect(readdirSync(cut)).toEqual(["register_a"]);
    expect(store.keys("")).toEqual(["register/a"]);
    expect(store.get("register/a")).toEqual(Uint8Array.of(1));
    expect(store.get("o/2")).toBeUndefined();
  });

  test("a failure that is not an absent file is told, not taken for one", () => {
    const odd = join(folder, "odd");
    const store = fileStore(odd);
    mkdirSync(join(odd, "key"));
    expect(() => store.get("key")).toThrow("EISDIR");
    expect(() => store.set("key", Uint8Array.of(1))).toThrow(/EISDIR|ENOTDIR|ENOTEMPTY/);
  });
});

describe("a power cut", () => {
  let current = new Disk();
  let storeOn: () => Store;
  beforeAll(async () => {
    const call =
      (name: keyof Disk["fs"]) =>
      (...args: readonly unknown[]): unknown =>
        // the store calls each function with the arguments that node:fs takes
        (current.fs[name] as (...all: readonly unknown[]) => unknown)(...args);
    const names = Object.keys(current.fs) as (keyof Disk["fs"])[];
    jest.unstable_mockModule("node:fs", () => Object.fromEntries(names.map((name) => [name, call(name)])));
    jest.resetModules();
    const mocked: { readonly fileStore: typeof fileStore } = await import("../file-store.ts");
    storeOn = () => mocked.fileStore("flash");
  });

  const OLD = new Uint8Array(40).fill(1);
  const NEW = new Uint8Array(60).fill(2);

  /** Changes `key` on a disk with OLD under it, cut at call `cutAt`; returns the disks that may be found then, or none when it was through before. */
  function cutDuring(change: (store: Store) => void, cutAt: number): readonly Disk[] | undefined {
    current = new Disk();
    const store = storeOn();
    store.set("key", OLD);
    store.set("other", OLD);
    const before = current.calls;
    current.cutAt = before + cutAt;
    try {
      change(store);
      return undefined;
    } catch (error) {
      if (!(error instanceof PowerLoss)) throw error;
      return current.afterCut();
    }
  }

  /** All values that a key may have after a cut at any call of the change, and how many calls it makes. */
  function outcomes(change: (store: Store) => void): { readonly seen: Set<string>; readonly calls: number } {
    const seen = new Set<string>();
    for (let cutAt = 1; ; cutAt++) {
      const disks = cutDuring(change, cutAt);
      if (disks === undefined) return { seen, calls: cutAt - 1 };
      for (const disk of disks) {
        current = disk;
        const store = storeOn();
        expect(store.get("other")).toEqual(OLD);
        expect(store.keys("").every((key) => ["key", "other", "fresh"].includes(key))).toBe(true);
        seen.add(`${store.get("key")}/${store.get("fresh")}`);
      }
    }
  }

  test("at any call of a set leaves the old value or the new one, whole", () => {
    const { seen, calls } = outcomes((store) => store.set("key", NEW));
    expect(seen).toEqual(new Set([`${OLD}/undefined`, `${NEW}/undefined`]));
    expect(calls).toBeGreaterThan(4);
  });

  test("at any call of a first set leaves nothing or the value, whole", () => {
    const { seen } = outcomes((store) => store.set("fresh", NEW));
    expect(seen).toEqual(new Set([`${OLD}/undefined`, `${OLD}/${NEW}`]));
  });

  test("at any call of a delete leaves the value or nothing", () => {
    const { seen } = outcomes((store) => store.delete("key"));
    expect(seen).toEqual(new Set([`${OLD}/undefined`, "undefined/undefined"]));
  });

  test("a set that the disk refuses, at any call, leaves a store that goes on with the old value or the new one", () => {
    for (let refusedAt = 1; ; refusedAt++) {
      current = new Disk();
      const store = storeOn();
      store.set("key", OLD);
      current.cutAt = current.calls + refusedAt;
      try {
        store.set("key", NEW);
        break;
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error;
      }
      expect(store.keys("")).toEqual(["key"]);
      expect([`${OLD}`, `${NEW}`]).toContain(`${store.get("key")}`);
      expect(current.openHandles).toBe(0);
      store.set("key", NEW);
      expect(store.get("key")).toEqual(NEW);
    }
  });

  test("after a set or a delete has returned changes nothing any more, and no handle stays open", () => {
    for (const [change, expected] of [
      [(store: Store) => store.set("key", NEW), NEW],
      [(store: Store) => store.set("key", new Uint8Array(0)), new Uint8Array(0)],
      [(store: Store) => store.delete("key"), undefined],
    ] as const) {
      current = new Disk();
      const store = storeOn();
      store.set("key", OLD);
      change(store);
      expect(current.openHandles).toBe(0);
      for (const disk of current.afterCut()) {
        current = disk;
        expect(storeOn().get("key")).toEqual(expected);
      }
    }
  });
});
