/** The register over a store that tears, counters that fall, and power that goes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { asciiBytes } from "../../core/bytes.ts";
import { crc32 } from "../crc32.ts";
import { energyBetween, energyMilliwattHours } from "../energy.ts";
import { Register } from "../register.ts";
import { MapStore } from "./doubles.ts";

const A = "1-0:1.8.0";
const B = "1-0:2.8.0";

/** A register over counters that a test writes to. */
function make(store = new MapStore(), checkpointPulses = 1000) {
  const counts = new Map([
    [A, 0],
    [B, 0],
  ]);
  const counters = new Map([...counts.keys()].map((channel) => [channel, { read: () => counts.get(channel) ?? 0 }]));
  return { store, counts, register: new Register(store, counters, checkpointPulses) };
}

test("CRC-32 gives the check value of IEEE 802.3", () => {
  expect(crc32(asciiBytes("123456789"))).toBe(0xcbf43926);
});

describe("the register", () => {
  test("goes on after a restart where the last checkpoint was, and counts its boots", () => {
    const first = make();
    first.counts.set(A, 500).set(B, 3);
    first.register.observe();
    first.register.checkpoint();
    first.counts.set(A, 600);
    first.register.observe();
    const second = make(first.store);
    second.counts.set(A, 7);
    second.register.observe();
    expect([...second.register.totals()]).toEqual([
      [A, 507],
      [B, 3],
    ]);
    expect([first.register.boots, second.register.boots]).toEqual([1, 2]);
    expect(second.register.restoredFromOlderSlot).toBe(false);
  });

  test("keeps a channel whose counter is gone", () => {
    const first = make();
    first.counts.set(B, 9);
    first.register.observe();
    first.register.checkpoint();
    expect(new Register(first.store, new Map(), 1).totals().get(B)).toBe(9);
  });

  test("writes a checkpoint by itself as soon as a reading finds checkpointPulses", () => {
    const { store, counts, register } = make(new MapStore(), 100);
    const before = store.operations.length;
    counts.set(A, 99);
    register.observe();
    expect(store.operations.length).toBe(before);
    counts.set(A, 100);
    register.observe();
    expect(store.operations.length).toBe(before + 1);
    register.checkpoint();
    expect(store.operations.length).toBe(before + 1);
  });

  test("takes a counter that falls as a new baseline: no pulse lost, none invented, and it tells", () => {
    const { counts, register } = make();
    counts.set(A, 50);
    register.observe();
    expect(register.takeFall()).toBe(false);
    counts.set(A, 10);
    register.observe();
    expect(register.totals().get(A)).toBe(50);
    counts.set(A, 15);
    register.observe();
    expect(register.totals().get(A)).toBe(55);
    expect([register.takeFall(), register.takeFall()]).toEqual([true, false]);
  });

  test.each([Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])("takes a count of %p as none, and tells", (count) => {
    const { counts, register } = make();
    counts.set(A, count);
    register.observe();
    expect(register.totals().get(A)).toBe(0);
    expect(register.takeFall()).toBe(true);
  });

  test("writes its two slots in turn, never the one that holds the newest record", () => {
    const { store, counts, register } = make();
    for (let i = 1; i <= 4; i++) {
      counts.set(A, i);
      register.observe();
      register.checkpoint();
    }
    expect(store.operations.map(({ key }) => key)).toEqual(["b", "a", "b", "a", "b"].map((slot) => `register/${slot}`));
  });

  test("restores the older slot from any torn newer one, says so, and never restores anything else", () => {
    const { store, counts, register } = make();
    for (const count of [100, 200]) {
      counts.set(A, count);
      register.observe();
      register.checkpoint();
    }
    const newest = store.operations.at(-1)?.key ?? "";
    const whole = store.get(newest) ?? new Uint8Array(0);
    const torn = (bytes: Uint8Array) => {
      const flash = new MapStore(store.map);
      flash.map.set(newest, bytes);
      return new Register(flash, new Map(), 1);
    };
    for (let length = 0; length < whole.length; length++) {
      const restored = torn(whole.slice(0, length));
      expect([restored.totals().get(A), restored.restoredFromOlderSlot]).toEqual([100, true]);
    }
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(torn(flipped).totals().get(A)).toBe(100);
    }
    expect(torn(whole).totals().get(A)).toBe(200);
  });

  test("says that it is lost when both slots are torn", () => {
    const { store } = make();
    for (const slot of ["register/a", "register/b"]) store.map.set(slot, new Uint8Array(20));
    expect(make(store).register).toMatchObject({ lost: true, boots: 1 });
  });

  test("loses at a power cut no more than came since the last checkpoint, and never gains", () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant("pulses" as const), count: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ kind: fc.constantFrom("observe" as const, "checkpoint" as const, "cut" as const) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let now = make(new MapStore(), 40);
        let [truth, since, lost, last] = [0, 0, 0, 0];
        for (const one of events) {
          const writes = now.store.operations.length;
          if (one.kind === "pulses") {
            now.counts.set(A, (now.counts.get(A) ?? 0) + one.count);
            truth += one.count;
            since += one.count;
          } else if (one.kind === "cut") {
            lost += since;
            since = 0;
            now = make(now.store, 40);
          } else {
            now.register.observe();
            if (one.kind === "checkpoint") now.register.checkpoint();
          }
          if (one.kind !== "cut" && now.store.operations.length > writes) since = 0;
          if (one.kind === "checkpoint") since = 0;
          const total = now.register.totals().get(A) ?? 0;
          if (total < last && one.kind !== "cut") return false;
          last = total;
        }
        now.register.observe();
        return now.register.totals().get(A) === truth - lost;
      }),
      { numRuns: 1000 },
    );
  });
});

describe("energy", () => {
  test("is floor(pulses * 10^6 / pulses per kWh), for any register", () => {
    const whole = (pulses: number, perKilowattHour: number) =>
      Number((BigInt(pulses) * 1_000_000n) / BigInt(perKilowattHour));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 1_000_000 }), (pulses, per) => {
        const expected = whole(pulses, per);
        return !Number.isSafeInteger(expected) || energyMilliwattHours(pulses, per) === expected;
      }),
    );
  });

  test("of neighbouring intervals adds up to that of the whole, so rounding never accumulates", () => {
    const at = (pulses: number) => new Map([[A, pulses]]);
    let sum = 0;
    for (let i = 0; i < 700; i++) sum += energyBetween(at(i), at(i + 1), [A], 7)[0] ?? 0;
    expect(sum).toBe(100_000_000);
    expect(energyBetween(at(1), at(2), [B], 7)).toEqual([0]);
  });
});
