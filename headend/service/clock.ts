/** The head end's time port, and its implementation on the system's clock. */

import type { Activity } from "./activity.ts";

/** Takes a timer back; harmless once it has run. */
export type Cancel = () => void;

/** Time as a service sees it. */
export interface ServiceClock {
  /** Milliseconds of UTC; 0 until the time is known. */
  nowMs(): number;
  /** Runs the task at that instant, or at once where it has passed. A task that fails brings the service down. */
  at(utcMs: number, task: () => void | Promise<void>): Cancel;
  /** Resolves when the time is known: at once, or under a street with its first step. */
  readonly known: Promise<void>;
}

/** setTimeout's longest delay; longer ones are split. */
const MOST_DELAY_MS = 2 ** 31 - 1;

/** The system's clock. @param fail called with what a timer's task throws */
export function systemClock(activity: Activity, fail: (error: unknown) => void): ServiceClock {
  const nowMs = (): number => Date.now();
  return {
    nowMs,
    known: Promise.resolve(),
    at(utcMs, task) {
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const rest = utcMs - nowMs();
        if (rest > 0) timer = setTimeout(wait, Math.min(rest, MOST_DELAY_MS));
        else activity.run(async () => task()).catch(fail);
      };
      timer = setTimeout(wait, Math.min(Math.max(utcMs - nowMs(), 0), MOST_DELAY_MS));
      return () => clearTimeout(timer);
    },
  };
}
