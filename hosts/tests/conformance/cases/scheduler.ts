/** Scheduler: timers in the order of their instants, idle work in slices, nothing within the call that asks for it. */

import type { Host } from "../../../../firmware/host.ts";
import { type Case, check, pause, same, until } from "../case.ts";

/** The resolution of the clocks on both sides, in ms. */
const RESOLUTION_MS = 1;
/** Far more than a slice may last, however slow the machine. */
const NEVER_MS = 30_000;

/** Asks for timers, again if the machine was so slow at asking that their order is not determined. */
async function fireOrder(host: Host, delaysMs: readonly number[], gapMs: number): Promise<readonly number[]> {
  for (;;) {
    const fired: number[] = [];
    const startMs = host.clock.monotonicMs();
    const cancels = delaysMs.map((delayMs, index) => host.scheduler.after(delayMs, () => fired.push(index)));
    if (host.clock.monotonicMs() - startMs < gapMs - RESOLUTION_MS) {
      await until(host, () => fired.length === delaysMs.length);
      return fired;
    }
    for (const cancel of cancels) cancel();
  }
}

export const schedulerCases: readonly Case[] = [
  {
    name: "Scheduler: timers fire once each, the sooner first, equals in the order of asking",
    run: async ({ host }) => {
      same(await fireOrder(host, [240, 0, 120, 0, 120, 0], 120), [1, 3, 5, 2, 4, 0], "order");
    },
  },
  {
    name: "Scheduler: no timer fires before its time, whole milliseconds or not",
    run: async ({ host }) => {
      for (const delayMs of [0, 0.25, 1, 17.5, 60]) {
        const startMs = host.clock.monotonicMs();
        await pause(host, delayMs);
        const passedMs = host.clock.monotonicMs() - startMs;
        check(passedMs >= delayMs - RESOLUTION_MS, `${passedMs} ms instead of ${delayMs}`);
      }
    },
  },
  {
    name: "Scheduler: a task never runs inside the call that asks for it",
    run: async ({ host: { scheduler }, host }) => {
      let inside = true;
      const within: string[] = [];
      let ran = 0;
      const note = (what: string): void => {
        ran++;
        if (inside) within.push(what);
      };
      scheduler.after(0, () => note("after"));
      scheduler.idle(() => {
        note("idle");
        return false;
      });
      inside = false;
      await until(host, () => ran === 2);
      same(within, [], "tasks inside the call");
    },
  },
  {
    name: "Scheduler: a timer that is taken back does not fire, and taking one back twice or late is harmless",
    run: async ({ host: { scheduler }, host }) => {
      const fired: string[] = [];
      const cancel = scheduler.after(1, () => fired.push("taken back"));
      let cancelOther = (): void => {};
      scheduler.after(0, () => cancelOther());
      cancelOther = scheduler.after(30, () => fired.push("taken back by another"));
      const late = scheduler.after(5, () => fired.push("fired"));
      cancel();
      cancel();
      await pause(host, 100);
      late();
      same(fired, ["fired"], "timers");
    },
  },
  {
    name: "Scheduler: timers and idle work may be asked for within a task",
    run: async ({ host: { scheduler }, host }) => {
      const ran: string[] = [];
      scheduler.idle(() => {
        scheduler.after(0, () => {
          ran.push("timer");
          scheduler.idle(() => {
            ran.push("idle");
            return false;
          });
        });
        return false;
      });
      await until(host, () => ran.length === 2);
      same(ran, ["timer", "idle"], "tasks");
    },
  },
  {
    name: "Scheduler: idle work runs again while it returns true, and not once more",
    run: async ({ host: { scheduler }, host }) => {
      const turns = [0, 0];
      const wanted = [5, 3];
      wanted.forEach((want, i) => {
        scheduler.idle(() => {
          turns[i] = (turns[i] ?? 0) + 1;
          return (turns[i] ?? 0) < want;
        });
      });
      await until(host, () => (turns[0] ?? 0) >= 5 && (turns[1] ?? 0) >= 3);
      await pause(host, 50);
      same(turns, wanted, "turns");
    },
  },
  {
    name: "Scheduler: a slice ends, and the next one has time again",
    run: async ({ host: { scheduler, clock }, host }) => {
      let slices = 0;
      let endless = false;
      let sooner = 0;
      scheduler.idle((timeIsUp) => {
        slices++;
        const startMs = clock.monotonicMs();
        if (!timeIsUp()) sooner++;
        while (!timeIsUp() && !endless) endless = clock.monotonicMs() - startMs > NEVER_MS;
        return slices < 4 && !endless;
      });
      await until(host, () => slices === 4 || endless);
      check(!endless, "time is never up");
      check(sooner > 0, "time is up before a slice begins");
    },
  },
  {
    name: "Scheduler: idle work without end lets timers through",
    run: async ({ host: { scheduler }, host }) => {
      let ended = false;
      scheduler.idle(() => !ended);
      await pause(host, 0);
      await pause(host, 10);
      ended = true;
    },
  },
];
