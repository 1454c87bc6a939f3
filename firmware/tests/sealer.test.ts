/** Burnt before sealed: the mark that keeps an interval from a second sealing, whatever becomes of store, pool or clock. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { BurntMark } from "../sealer.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { MapStore } from "./doubles.ts";
import { Machine } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

describe("the burnt mark", () => {
  test("rises, is persisted, and never falls or stands still", () => {
    const store = new MapStore();
    const mark = new BurntMark(store, LENGTH_MS);
    expect(mark.upTo).toBe(-1);
    mark.raise(7);
    expect(new BurntMark(store, LENGTH_MS).upTo).toBe(7);
    for (const interval of [7, 6, 0]) expect(() => mark.raise(interval)).toThrow(/burnt_already/);
    expect(store.operations.length).toBe(1);
  });

  test.each([
    ["a quarter of the length", LENGTH_MS / 4, 4 * 8 - 1],
    ["twice the length, where its end falls between two boundaries", 2 * LENGTH_MS, 3],
    ["four times the length", 4 * LENGTH_MS, 1],
    ["seven times the length", 7 * LENGTH_MS, 1],
  ])("holds under a key with intervals of %s: what began before its end stays burnt", (_name, lengthMs, upTo) => {
    const store = new MapStore();
    new BurntMark(store, LENGTH_MS).raise(7);
    const mark = new BurntMark(store, lengthMs);
    expect(mark.upTo).toBe(upTo);
    expect(() => mark.raise(upTo)).toThrow(/burnt_already/);
    mark.raise(upTo + 1);
    expect(new BurntMark(store, lengthMs).upTo).toBe(upTo + 1);
  });

  test("with any bit flipped is refused: the meter counts, and seals nothing", async () => {
    const store = new MapStore();
    new BurntMark(store, LENGTH_MS).raise(FIRST + 3);
    const good = store.get("burnt") ?? new Uint8Array(0);
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => new BurntMark(new MapStore([["burnt", bad]]), LENGTH_MS)).toThrow(
        /store_corrupt|value_out_of_range/,
      );
    }
    const machine = new Machine({ deployment, store: new MapStore([["burnt", new Uint8Array(3)]]) });
    machine.start();
    await machine.time.runTo(DAY_MS + 2 * LENGTH_MS);
    expect(machine.events().map(({ code }) => code)).toEqual(["booted", "config_refused"]);
    expect(machine.readings()).toEqual([]);
  });

  test("is persisted before an entry is used, and the message before it is published", async () => {
    const machine = new Machine({ deployment });
    machine.start();
    await machine.time.runTo(DAY_MS + LENGTH_MS - 1);
    const before = machine.store.operations.length;
    await machine.time.runTo(DAY_MS + LENGTH_MS);
    expect(machine.readings()).toEqual([]);
    const keys = machine.store.operations.slice(before).map(({ key }) => key.replace(/\/[ab]$/, ""));
    expect(keys).toEqual(["register", "burnt", `o/${FIRST.toString(36)}`]);
  });

  test("keeps a meter whose clock goes back a day from sealing that day again", async () => {
    const machine = new Machine({ deployment });
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + 4 * LENGTH_MS + LENGTH_MS / 2);
    machine.offsetMs = -3 * LENGTH_MS;
    await machine.time.runTo(DAY_MS + 9 * LENGTH_MS + LENGTH_MS / 8);
    const sealed = new Map<number, Set<string>>();
    for (const message of machine.readings()) {
      const { interval } = deployment.open(message, meter.publicKey);
      const texts = sealed.get(interval) ?? new Set();
      sealed.set(interval, texts.add(Buffer.from(message).toString("hex")));
    }
    expect([...sealed.keys()].map((interval) => interval - FIRST)).toEqual([0, 1, 2, 3]);
    for (const texts of sealed.values()) expect(texts.size).toBe(1);
  });
});
