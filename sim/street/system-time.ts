/** The machine's own time, for a street that runs as a deployment would. */

import { SystemScheduler } from "../../hosts/node/scheduler.ts";
import type { StoppableScheduler, StreetTime } from "./virtual-time.ts";

export class SystemTime implements StreetTime {
  nowMs(): number {
    return Date.now();
  }

  scheduler(): StoppableScheduler {
    return new SystemScheduler();
  }

  track(_work: Promise<unknown>): void {}
}
