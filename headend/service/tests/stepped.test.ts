/** Stepped time: it stands still, runs what is due in order, and answers only when all has settled. */

import { describe, expect, test } from "@jest/globals";
import { Activity } from "../activity.ts";
import { DeliveryLog } from "../delivery.ts";
import { obeyParent, SteppedClock } from "../stepped.ts";

const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a stepped clock", () => {
  test("runs timers in the order of their times, each after what the one before set off has settled", async () => {
    const activity = new Activity();
    const clock = new SteppedClock(activity);
    const seen: string[] = [];
    clock.at(20, () => void seen.push("20"));
    clock.at(10, () => {
      seen.push("10");
      void activity.run(async () => {
        await pause();
        seen.push("10 settled");
        clock.at(15, () => void seen.push("15"));
      });
    });
    clock.at(10, () => void seen.push("10 too"));
    clock.at(30, () => void seen.push("30"));
    clock.at(12, () => void seen.push("cancelled"))();
    await clock.stepTo(25);
    expect(seen).toEqual(["10", "10 settled", "10 too", "15", "20"]);
    expect(clock.nextMs()).toBe(30);
    await clock.stepTo(5);
    expect(clock.nowMs()).toBe(25);
  });

  test("is unknown until the first step", async () => {
    const clock = new SteppedClock(new Activity());
    let known = false;
    void clock.known.then(() => {
      known = true;
    });
    await pause();
    expect([known, clock.nowMs()]).toEqual([false, 0]);
    await clock.stepTo(7);
    expect([known, clock.nowMs()]).toEqual([true, 7]);
  });
});

describe("a stepped child", () => {
  test("says it is ready, obeys one order after the other, and reports deliveries once", async () => {
    const activity = new Activity();
    const clock = new SteppedClock(activity);
    const deliveries = new DeliveryLog(true);
    const answers: Record<string, unknown>[] = [];
    let order: (message: unknown) => void = () => {};
    const parent = {
      on: (_event: "message", listener: (message: unknown) => void) => {
        order = listener;
      },
      send: (message: object) => void answers.push({ ...message }),
    };
    const faults: unknown[] = [];
    const fail = (error: unknown): void => void faults.push(error);
    obeyParent(parent, {
      clock,
      activity,
      deliveries,
      stored: ["00"],
      linked: () => true,
      reload: async () => {},
      fail,
    });
    clock.at(50, async () => {
      await pause();
      deliveries.sent("topic", Uint8Array.of(1));
    });
    order({ type: "step", id: 1, utcMs: 60 });
    order({ type: "settle", id: 2 });
    while (answers.length < 3) await pause();
    const common = { type: "settled", nextMs: null, linked: true, handled: [] };
    expect(answers).toEqual([
      { type: "ready", handled: ["00"] },
      { ...common, id: 1, sent: [{ topic: "topic", key: expect.stringMatching(/^[0-9a-f]{16}$/) }] },
      { ...common, id: 2, sent: [] },
    ]);
    order({ type: "leap" });
    while (faults.length < 1) await pause();
  });
});
