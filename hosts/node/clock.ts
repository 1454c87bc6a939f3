/** The clock port on a computer that keeps its own time: UTC from the system, taken as synced, and the process's monotonic clock. */

import type { Clock } from "../../firmware/host.ts";

/** The machine's clock. */
export function systemClock(): Clock {
  return { utcMs: () => Date.now(), quality: () => "synced", monotonicMs: () => performance.now() };
}
