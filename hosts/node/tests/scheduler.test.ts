/** The scheduler of Node's event loop beyond the conformance suite: its end, and delays that Node's own timers do not take. */

import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { SLICE_MS } from "../../../firmware/host.ts";
import { runSlice, SystemScheduler } from "../scheduler.ts";

/** Above this Node fires at once. */
const MOST_TIMER_MS = 2 ** 31 - 1;

describe("the system's scheduler", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test("waits out a delay that is longer than Node's timers", () => {
    const scheduler = new SystemScheduler();
    let fired = 0;
    scheduler.after(2 * MOST_TIMER_MS + 500, () => fired++);
    jest.advanceTimersByTime(2 * MOST_TIMER_MS + 499);
    expect(fired).toBe(0);
    jest.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("takes back a long delay in any of its pieces", () => {
    const scheduler = new SystemScheduler();
    let fired = 0;
    const cancel = scheduler.after(2 * MOST_TIMER_MS, () => fired++);
    jest.advanceTimersByTime(MOST_TIMER_MS + 10);
    cancel();
    jest.advanceTimersByTime(2 * MOST_TIMER_MS);
    expect(fired).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("stopped, it runs nothing more and takes nothing more, from within a task too", () => {
    const scheduler = new SystemScheduler();
    const ran: string[] = [];
    scheduler.after(10, () => ran.push("timer"));
    scheduler.idle(() => {
      ran.push("idle");
      scheduler.stop();
      scheduler.after(0, () => ran.push("timer after the end"));
      return true;
    });
    jest.advanceTimersByTime(5);
    expect(ran).toEqual(["idle"]);
    scheduler.idle(() => ran.push("idle after the end") > 0);
    scheduler.after(0, () => ran.push("later"))();
    jest.advanceTimersByTime(1000);
    expect(ran).toEqual(["idle"]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("stops only its own work", () => {
    const [one, other] = [new SystemScheduler(), new SystemScheduler()];
    let fired = 0;
    one.after(1, () => fired++);
    other.after(1, () => fired++);
    one.stop();
    jest.advanceTimersByTime(10);
    expect(fired).toBe(1);
  });

  test("a slice's time is up after SLICE_MS and not before", () => {
    const asked: boolean[] = [];
    const more = runSlice((timeIsUp) => {
      asked.push(timeIsUp());
      jest.advanceTimersByTime(SLICE_MS - 1);
      asked.push(timeIsUp());
      jest.advanceTimersByTime(1);
      asked.push(timeIsUp());
      return true;
    });
    expect(asked).toEqual([false, false, true]);
    expect(more).toBe(true);
  });
});
