/** The emulator's network (native/openeth.c). */

import type { Scheduler } from "../../../firmware/host.ts";
import { type Network, NetworkState } from "../network.ts";

const LOOK_MS = 200;

/** The C functions; the cast states what the function of that name returns. */
const wire = {
  start(): void {
    native("choir_ethernet_start").call(this);
  },
  up(): boolean {
    return native("choir_ethernet_up").call(this) as boolean;
  },
};

/** One interface. */
export class Ethernet implements Network {
  readonly #scheduler: Pick<Scheduler, "after">;
  readonly #state = new NetworkState();

  constructor(scheduler: Pick<Scheduler, "after">) {
    this.#scheduler = scheduler;
  }

  get isUp(): boolean {
    return this.#state.isUp;
  }

  onState(change: (up: boolean) => void): void {
    this.#state.onState(change);
  }

  start(): void {
    wire.start();
    const look = (): void => {
      this.#state.become(wire.up());
      this.#scheduler.after(LOOK_MS, look);
    };
    look();
  }
}
