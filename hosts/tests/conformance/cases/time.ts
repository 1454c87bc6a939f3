/** Clock: UTC with its quality, and monotonic time that no step of the clock moves. */

import { CLOCK_QUALITIES } from "../../../../core/meter-words.ts";
import { type Case, check, same } from "../case.ts";

const HOUR_MS = 3_600_000;
/** How far a true clock may drift or be slewed while a case runs, in ms. */
const SLACK_MS = 60_000;

export const timeCases: readonly Case[] = [
  {
    name: "Clock: monotonic time never falls, whatever happens to UTC",
    run: async ({ host: { clock }, world }) => {
      let last = clock.monotonicMs();
      for (const stepMs of [0, -HOUR_MS, HOUR_MS, 0]) {
        await world.setClock("synced", stepMs);
        for (let i = 0; i < 200; i++) {
          const now = clock.monotonicMs();
          check(now >= last, `${now} after ${last}`);
          last = now;
        }
      }
    },
  },
  {
    name: "Clock: UTC follows a step at once, and monotonic time does not",
    run: async ({ host: { clock }, world }) => {
      const before = { utcMs: clock.utcMs(), monotonicMs: clock.monotonicMs() };
      for (const stepMs of [HOUR_MS, -HOUR_MS, 0]) {
        await world.setClock("synced", stepMs);
        const passedMs = clock.monotonicMs() - before.monotonicMs;
        const stepped = clock.utcMs() - before.utcMs - passedMs;
        check(Math.abs(stepped - stepMs) < SLACK_MS, `a step of ${stepMs} shows as ${stepped}`);
      }
    },
  },
  {
    name: "Clock: each quality is told in its own word",
    run: async ({ host: { clock }, world }) => {
      for (const quality of CLOCK_QUALITIES) {
        await world.setClock(quality, 0);
        same(clock.quality(), quality, "quality");
      }
    },
  },
];
