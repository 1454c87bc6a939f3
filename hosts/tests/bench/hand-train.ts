/** A pulse train without a wire: pulses come to a counter by hand, as often as a source would have made them. */

import { ChoirError } from "../../../core/errors.ts";
import type { PulseTrain } from "../../moddable/bench.ts";

/** How often the counter gets what has come since. */
const LOOK_MICROS = 50_000;

/** The counters. */
export interface Hands {
  has(obis: string): boolean;
  add(obis: string, pulses: number): void;
}

/** One train at a time. */
export class HandTrain implements PulseTrain {
  readonly #hands: Hands;
  readonly #after: (delayMs: number, task: () => void) => void;
  readonly #loseEvery: number | undefined;
  #running = false;
  #made = 0;

  /** @param loseEvery a deliberate fault: each so many-th pulse is made and not counted */
  constructor(hands: Hands, after: (delayMs: number, task: () => void) => void, loseEvery?: number) {
    this.#hands = hands;
    this.#after = after;
    this.#loseEvery = loseEvery;
  }

  start(obis: string, pulses: number, periodMicros: number, ended: () => void): void {
    if (!this.#hands.has(obis))
      throw new ChoirError("input_invalid", "train", "a channel that is counted by hand", obis);
    if (this.#running) throw new ChoirError("input_invalid", "train", "one at a time", "a second");
    this.#running = true;
    const atOnce = Math.max(1, Math.floor(LOOK_MICROS / periodMicros));
    let left = pulses;
    const go = (): void => {
      const some = Math.min(left, atOnce);
      for (let i = 0; i < some; i++) this.#pulse(obis);
      left -= some;
      if (left > 0) this.#after((atOnce * periodMicros) / 1000, go);
      else {
        this.#running = false;
        ended();
      }
    };
    this.#after(periodMicros / 1000, go);
  }

  #pulse(obis: string): void {
    this.#made++;
    if (this.#loseEvery !== undefined && this.#made % this.#loseEvery === 0) return;
    this.#hands.add(obis, 1);
  }
}
