/** Events: what befell the meter, as codes on its event topic (docs/PROTOCOL.md, Status and events); kept in RAM, bounded, while the link is down. */

import type { MeterEventCode } from "../core/meter-words.ts";
import { encodeEvent } from "../core/wire/status.ts";
import { topics } from "../core/wire/topics.ts";
import type { Log, Uplink } from "./host.ts";

/** Events kept for the next link; older ones are dropped. */
const MOST_WAITING = 64;

/** Where all stages report to. */
export class Events {
  readonly #meter: string;
  readonly #uplink: Uplink;
  readonly #log: Log;
  readonly #waiting: Uint8Array[] = [];
  #up = false;

  constructor(meter: string, uplink: Uplink, log: Log) {
    this.#meter = meter;
    this.#uplink = uplink;
    this.#log = log;
  }

  /** Reports a code, with the interval where there is one. */
  raise(code: MeterEventCode, interval?: number): void {
    this.#log.info(interval === undefined ? `event ${code}` : `event ${code}, interval ${interval}`);
    this.#keep(encodeEvent({ meter: this.#meter, code, interval }));
    this.#flush();
  }

  linkChanged(up: boolean): void {
    this.#up = up;
    this.#flush();
  }

  #keep(event: Uint8Array): void {
    if (this.#waiting.length === MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(event);
  }

  #flush(): void {
    if (!this.#up) return;
    for (const event of this.#waiting.splice(0)) {
      // an event that the broken link took waits for the next one
      this.#uplink.publish(topics.event(this.#meter), event).catch(() => this.#keep(event));
    }
  }
}
