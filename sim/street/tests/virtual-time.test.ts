/** Stepped time: what runs when, what ends with a power cut, and what time waits for. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { VirtualTime } from "../virtual-time.ts";

const START = 1_000_000;

/** A promise and the handle that settles it. */
function pending(): { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: () => void } {
  let resolve = (): void => {};
  let reject = (): void => {};
  const promise = new Promise<void>((done, fail) => {
    resolve = done;
    reject = () => fail(new Error("broken"));
  });
  return { promise, resolve, reject };
}

describe("timers", () => {
  test("run in the order of their instants and then of asking, each at its own instant, and none early", () => {
    const delays = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 });
    fc.assert(
      fc.property(delays, fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }), (wanted, steps) => {
        const time = new VirtualTime(START);
        const schedulers = [time.scheduler(), time.scheduler()];
        const ran: { readonly index: number; readonly atMs: number }[] = [];
        wanted.forEach((delay, index) => {
          schedulers[index % 2]?.after(delay, () => ran.push({ index, atMs: time.nowMs() }));
        });
        let now = START;
        for (const step of steps) {
          now += step;
          time.stepTo(now);
        }
        const due = wanted
          .map((delay, index) => ({ index, atMs: START + delay }))
          .filter(({ atMs }) => atMs <= now)
          .sort((a, b) => a.atMs - b.atMs || a.index - b.index);
        // with no step at all, not even what is due now has run
        expect(ran).toEqual(steps.length === 0 ? [] : due);
        expect(time.nowMs()).toBe(now);
      }),
    );
  });

  test("set by a timer run in the same step when they are due in it", () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    const ran: string[] = [];
    scheduler.after(5, () => {
      ran.push(`first at ${time.nowMs() - START}`);
      scheduler.after(3, () => ran.push(`inner at ${time.nowMs() - START}`));
      scheduler.after(30, () => ran.push("too early"));
    });
    scheduler.after(9, () => ran.push(`last at ${time.nowMs() - START}`));
    time.stepTo(START + 10);
    expect(ran).toEqual(["first at 5", "inner at 8", "last at 9"]);
    expect(time.nextMs()).toBe(START + 35);
  });

  test("never run inside the call that asks for them, and a negative delay is none", () => {
    const time = new VirtualTime(START);
    let ran = 0;
    time.scheduler().after(-7, () => ran++);
    expect(ran).toBe(0);
    expect(time.nextMs()).toBe(START);
    time.stepTo(START);
    expect(ran).toBe(1);
  });

  test("taken back do not run, even by one that is due at the same instant; taking back twice is harmless", () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    const ran: string[] = [];
    const cancels: (() => void)[] = [];
    scheduler.after(1, () => {
      ran.push("first");
      for (const cancel of cancels) cancel();
    });
    cancels.push(scheduler.after(1, () => ran.push("second")));
    scheduler.after(1, () => ran.push("third"));
    time.stepTo(START + 2);
    for (const cancel of cancels) cancel();
    expect(ran).toEqual(["first", "third"]);
    expect(time.nextMs()).toBeUndefined();
  });

  test("time never goes back", () => {
    const time = new VirtualTime(START);
    time.stepTo(START + 10);
    time.stepTo(START + 3);
    expect(time.nowMs()).toBe(START + 10);
  });
});

describe("stop", () => {
  test("ends the timers and the idle work of its own scheduler and of no other", async () => {
    const time = new VirtualTime(START);
    const [cut, kept] = [time.scheduler(), time.scheduler()];
    const ran: string[] = [];
    for (const [name, scheduler] of Object.entries({ cut, kept })) {
      scheduler.after(1, () => ran.push(`${name} timer`));
      scheduler.idle(() => {
        ran.push(`${name} idle`);
        return false;
      });
    }
    cut.stop();
    await time.settle();
    time.stepTo(START + 1);
    expect(ran).toEqual(["kept idle", "kept timer"]);
  });

  test("leaves a scheduler that takes nothing on any more", async () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    let ran = 0;
    scheduler.stop();
    const cancel = scheduler.after(0, () => ran++);
    scheduler.idle(() => ran++ === 0);
    time.stepTo(START + 1);
    await time.settle();
    cancel();
    expect(ran).toBe(0);
  });

  test("within a slice of idle work is the last slice", async () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    let slices = 0;
    scheduler.idle(() => {
      if (++slices === 2) scheduler.stop();
      return true;
    });
    await time.settle();
    expect(slices).toBe(2);
  });
});

describe("settle", () => {
  test("waits for tracked work, for what that sets off in turn, and takes a failure as an end", async () => {
    const time = new VirtualTime(START);
    const [first, second] = [pending(), pending()];
    const order: string[] = [];
    first.promise.catch(() => {
      order.push("first");
      time.track(second.promise.then(() => order.push("second")));
    });
    time.track(first.promise);
    const settled = time.settle().then(() => order.push("settled"));
    expect(time.isSettled()).toBe(false);
    setTimeout(first.reject, 5);
    setTimeout(second.resolve, 10);
    await settled;
    expect(order).toEqual(["first", "second", "settled"]);
    expect(time.isSettled()).toBe(true);
  });

  test("gives idle work slice after slice in turns, and time stands meanwhile", async () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    const slices: string[] = [];
    for (const [name, count] of [
      ["a", 3],
      ["b", 2],
    ] as const) {
      let left: number = count;
      scheduler.idle(() => {
        slices.push(`${name} at ${time.nowMs() - START}`);
        return --left > 0;
      });
    }
    await time.settle();
    expect(slices).toEqual(["a at 0", "b at 0", "a at 0", "b at 0", "a at 0"]);
  });

  test("runs timers that are due now, also those that idle work and tracked work ask for, and no later ones", async () => {
    const time = new VirtualTime(START);
    const scheduler = time.scheduler();
    const ran: string[] = [];
    scheduler.idle(() => {
      scheduler.after(0, () => ran.push("by idle work"));
      return false;
    });
    time.track(Promise.resolve().then(() => scheduler.after(0, () => ran.push("by tracked work"))));
    scheduler.after(1, () => ran.push("later"));
    await time.settle();
    expect([...ran].sort()).toEqual(["by idle work", "by tracked work"]);
    expect(time.nowMs()).toBe(START);
    expect(time.isSettled()).toBe(true);
  });
});
