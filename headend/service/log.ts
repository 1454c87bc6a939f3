/** Logs: pino, one JSON object a line on standard error, secrets and passwords struck out. */

import { destination, type Logger, pino } from "pino";
import type { ServiceClock } from "./clock.ts";

export type { Logger } from "pino";

/** Levels that a config file may name. */
export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;

const STANDARD_ERROR = 2;
const HIDDEN = ["p", "q", "secret", "secretKey", "signingKey", "password", "*.secret", "*.secretKey", "*.password"];

/** A logger whose lines name the party and carry the service's own time. */
export function createLogger(
  party: string,
  level: (typeof LOG_LEVELS)[number],
  clock: Pick<ServiceClock, "nowMs">,
): Logger {
  const options = {
    level,
    base: { party },
    redact: { paths: HIDDEN, censor: "hidden" },
    timestamp: () => `,"time":${clock.nowMs()}`,
  };
  // written at once: the last words before an exit are the ones that matter
  return pino(options, destination({ dest: STANDARD_ERROR, sync: true }));
}

/** A broker's URL without its user's name and password. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}
