/** Which intervals a provider hears of: those of its key that have ended. */

import { ChoirError } from "../../core/errors.ts";
import { graceMs, intervalEnd } from "../../core/interval.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";

/** Refuses an interval outside the key's, or one that has not ended by our clock, give or take a quarter of it. @throws ChoirError key_unknown, interval_in_future. */
export function checkEnded(interval: number, keyFile: KeyFile, nowMs: number, name: string): void {
  const { firstInterval, lastInterval, intervalMs } = keyFile;
  if (interval < firstInterval || interval > lastInterval) {
    throw new ChoirError("key_unknown", name, `${firstInterval} to ${lastInterval}`, `${interval}`);
  }
  const restMs = intervalEnd(interval, intervalMs) - nowMs;
  if (restMs > graceMs(intervalMs)) {
    throw new ChoirError("interval_in_future", name, "an interval that has ended", `${restMs} ms before its end`);
  }
}
