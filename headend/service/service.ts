/** The life of a head-end process: its clock, its end by signal or failure, and under a street the steps of its parent. */

import { Activity } from "./activity.ts";
import { type ServiceClock, systemClock } from "./clock.ts";
import { DeliveryLog } from "./delivery.ts";
import { obeyParent, SteppedClock } from "./stepped.ts";

/** Options of every head-end process. */
export interface ServiceOptions {
  readonly clock: "system" | "stepped";
  /** Least bits of n: 2048, less in tests and demonstrations alone. */
  readonly leastKeyBits: number;
  /** Whether a demonstration's key will do, whose factors are published: in a street alone. */
  readonly publishedKeys: boolean;
}

/** What a service is built on. */
export interface ServiceHost {
  readonly clock: ServiceClock;
  readonly activity: Activity;
  readonly deliveries: DeliveryLog;
  /** Whether anyone asks for deliveries. */
  readonly stepped: boolean;
  /** Brings the service down. */
  readonly fail: (error: unknown) => void;
}

/** A service that was started. */
export interface RunningService {
  /** Resolves when it is connected and subscribed. */
  readonly ready: Promise<void>;
  /** Keys of the messages in its store. */
  storedKeys(): Promise<readonly string[]>;
  /** Whether every link to the broker is up. */
  readonly linked: () => boolean;
  /** Takes up a newer roll, where the config names one; a refused one changes nothing. */
  readonly reload: () => Promise<void>;
  /** Ends it cleanly: nothing acknowledged is lost. */
  stop(): Promise<void>;
}

/**
 * Runs a service until SIGTERM, SIGINT or the end of the parent that steps it; SIGHUP makes it reload.
 * @throws whatever `start` throws, and the first failure while it runs, once it is stopped.
 */
export async function runService(
  { clock: kind }: Pick<ServiceOptions, "clock">,
  start: (host: ServiceHost) => Promise<RunningService>,
): Promise<void> {
  let fail: (error: unknown) => void = () => {};
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // a failure may come before anyone waits for the end
  ended.catch(() => {});
  const signals = ["SIGTERM", "SIGINT"] as const;
  const stepped = kind === "stepped";
  for (const signal of signals) process.once(signal, end);
  if (stepped) process.once("disconnect", end);
  const activity = new Activity();
  const clock = stepped ? new SteppedClock(activity) : systemClock(activity, fail);
  const deliveries = new DeliveryLog(stepped);
  const service = await start({ clock, activity, deliveries, stepped, fail });
  const reload = (): void => void activity.run(() => service.reload()).catch(fail);
  process.on("SIGHUP", reload);
  try {
    await Promise.race([service.ready, ended]);
    if (clock instanceof SteppedClock) {
      const stored = await service.storedKeys();
      const parent = { on: process.on.bind(process), send: (message: object) => void process.send?.(message) };
      const { linked, reload: reloaded } = service;
      obeyParent(parent, { clock, activity, deliveries, stored, linked, reload: reloaded, fail });
    }
    await ended;
  } finally {
    for (const signal of signals) process.off(signal, end);
    process.off("disconnect", end);
    process.off("SIGHUP", reload);
    await service.stop();
    if (stepped && process.connected) process.disconnect();
  }
}
