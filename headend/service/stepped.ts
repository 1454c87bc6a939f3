/** Stepped time: a clock that stands until its parent process moves it, and the child's side of the messages that do so. */

import * as v from "valibot";
import type { Activity } from "./activity.ts";
import type { Cancel, ServiceClock } from "./clock.ts";
import type { DeliveryLog } from "./delivery.ts";

interface Timer {
  readonly atMs: number;
  readonly task: () => void | Promise<void>;
}

/** A clock that others move. */
export class SteppedClock implements ServiceClock {
  readonly known: Promise<void>;
  readonly #activity: Activity;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #setKnown: () => void = () => {};

  constructor(activity: Activity) {
    this.#activity = activity;
    this.known = new Promise((resolve) => {
      this.#setKnown = resolve;
    });
  }

  nowMs(): number {
    return this.#nowMs;
  }

  at(utcMs: number, task: () => void | Promise<void>): Cancel {
    const timer = { atMs: utcMs, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer is due, in ms of UTC. */
  nextMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /** Moves the time, never backwards, and runs every timer due, each after what came before it has settled. */
  async stepTo(utcMs: number): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, utcMs);
    this.#setKnown();
    for (;;) {
      await this.#activity.idle();
      const next = this.#next();
      if (next === undefined || next.atMs > this.#nowMs) return;
      this.#timers.delete(next);
      await this.#activity.run(async () => next.task());
    }
  }

  /** The earliest timer; of several, the one set first. */
  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.atMs < first.atMs) first = timer;
    return first;
  }
}

const Order = v.variant("type", [
  v.strictObject({ type: v.literal("step"), id: v.number(), utcMs: v.number() }),
  v.strictObject({ type: v.literal("settle"), id: v.number() }),
  v.strictObject({ type: v.literal("reload"), id: v.number() }),
]);

/** The process that steps us. */
export interface Parent {
  on(event: "message", listener: (message: unknown) => void): void;
  send(message: object): void;
}

/** What the parent is told about the service. */
export interface Stepped {
  readonly clock: SteppedClock;
  readonly activity: Activity;
  readonly deliveries: DeliveryLog;
  /** Keys of the messages that are in the store already. */
  readonly stored: readonly string[];
  /** Whether every link to the broker is up. */
  readonly linked: () => boolean;
  readonly reload: () => Promise<void>;
  readonly fail: (error: unknown) => void;
}

/**
 * Obeys the parent from now on: `step`, `settle` and `reload` are answered by `settled` once all that they set off has come to rest.
 * While a link to the broker is down, what waits to be published does not keep the service from being settled; `linked` says so.
 */
export function obeyParent(parent: Parent, stepped: Stepped): void {
  const { clock, activity, deliveries, linked, reload } = stepped;
  let work = Promise.resolve();
  parent.on("message", (message) => {
    work = work
      .then(async () => {
        const order = v.parse(Order, message);
        if (order.type === "step") await clock.stepTo(order.utcMs);
        if (order.type === "reload") await activity.run(reload);
        await activity.idle();
        const nextMs = clock.nextMs() ?? null;
        parent.send({ type: "settled", id: order.id, nextMs, linked: linked(), ...deliveries.take() });
      })
      .catch(stepped.fail);
  });
  parent.send({ type: "ready", handled: stepped.stored });
}
