/** Shows a code on a light, flash by flash, on the scheduler's time. */

import type { Cancel, Scheduler } from "../../firmware/host.ts";
import { type Flashes, flashesOf, type LightCode } from "./light-code.ts";

/** A light. */
export interface Lamp {
  /** @param colour for a lamp that has some */
  write(on: boolean, colour: Flashes["colour"]): void;
}

/** One lamp, and the code that it shows. */
export class Flashing {
  readonly #lamp: Lamp;
  readonly #scheduler: Pick<Scheduler, "after">;
  #code: LightCode | undefined;
  #cancel: Cancel | undefined;

  constructor(lamp: Lamp, scheduler: Pick<Scheduler, "after">) {
    this.#lamp = lamp;
    this.#scheduler = scheduler;
  }

  /** Begins the code's row at once, unless it is shown already. */
  show(code: LightCode): void {
    if (code === this.#code) return;
    this.#code = code;
    this.#cancel?.();
    this.#step(flashesOf(code), 0);
  }

  #step({ row, colour }: Flashes, at: number): void {
    this.#lamp.write(at % 2 === 0, colour);
    // every row has a first length
    const lengthMs = row[at] as number;
    this.#cancel = this.#scheduler.after(lengthMs, () => this.#step({ row, colour }, (at + 1) % row.length));
  }
}
