/** A board that crashes again and again starts without the meter, and comes back by itself; no loss of power and no restart brings it there. */
import { describe, expect, test } from "@jest/globals";
import type { Store } from "../../../firmware/host.ts";
import { MOST_CRASHES, SafeMode } from "../safe-mode.ts";

function memoryStore() {
  const kept = new Map<string, Uint8Array>();
  let writes = 0;
  const store: Store = {
    get: (key) => kept.get(key),
    set: (key, value) => {
      writes++;
      kept.set(key, value);
    },
    delete: (key) => {
      writes++;
      kept.delete(key);
    },
    keys: () => [...kept.keys()],
  };
  return { store, writes: () => writes };
}

function crash(store: Store, times: number): SafeMode {
  let mode = new SafeMode(store, "power");
  for (let crashes = 0; crashes < times; crashes++) mode = new SafeMode(store, "panic");
  return mode;
}

describe("safe mode", () => {
  test.each(["abort", "panic", "interrupt-watchdog", "task-watchdog", "watchdog", "lockup"])(
    "begins with the fifth start in a row that a crash by %s caused",
    (reason) => {
      const { store } = memoryStore();
      for (let crashes = 1; crashes <= MOST_CRASHES; crashes++) {
        expect(new SafeMode(store, reason).safe).toBe(crashes === MOST_CRASHES);
      }
    },
  );

  test.each(["power", "pin", "restart", "brownout", "usb", "sleep", "unknown"])(
    "is not brought nearer by a start by %s, and not put off either",
    (reason) => {
      const { store } = memoryStore();
      crash(store, MOST_CRASHES - 1);
      for (let start = 0; start < 20; start++) expect(new SafeMode(store, reason).safe).toBe(false);
      expect(new SafeMode(store, "panic").safe).toBe(true);
    },
  );

  test("is far again once an app has run for a while", () => {
    const { store } = memoryStore();
    crash(store, MOST_CRASHES - 1).sound();
    expect(crash(store, MOST_CRASHES - 1).safe).toBe(false);
  });

  test("stays over restarts and losses of power, and however long it runs, until it tries again", () => {
    const { store } = memoryStore();
    crash(store, MOST_CRASHES).sound();
    expect(new SafeMode(store, "power").safe).toBe(true);
    new SafeMode(store, "restart").tryAgain();
    expect(new SafeMode(store, "restart").safe).toBe(false);
    expect(new SafeMode(store, "panic").safe).toBe(true);
  });

  test("writes nothing on a start that no crash caused, and nothing more after many crashes", () => {
    const { store, writes } = memoryStore();
    new SafeMode(store, "power").sound();
    expect(writes()).toBe(0);
    crash(store, 3 * MOST_CRASHES);
    expect(writes()).toBe(MOST_CRASHES);
  });
});
