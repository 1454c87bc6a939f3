/** The entropy port on the chip (native/entropy.c): seeded at the start, before radio and converter, with a seed that is replaced before it is used; reseeded while the radio is on. */

import { ChoirError } from "../../core/errors.ts";
import type { Entropy } from "../../core/ports.ts";
import type { Scheduler, Store } from "../../firmware/host.ts";
import { noise } from "./native.ts";

const KEY = "seed";
const RESEED_MS = 600_000;

/** The chip's generator; without it, nothing. */
export class ChipEntropy implements Entropy {
  #fault: unknown;

  /** Seeds the generator. Where that fails it stays so, and every `fill` says why. */
  constructor(store: Store) {
    try {
      const next = noise.begin(store.get(KEY));
      store.set(KEY, next);
      noise.ready();
    } catch (error) {
      this.#fault = error;
    }
  }

  /** Why it is not seeded; undefined where it is. */
  get fault(): unknown {
    return this.#fault;
  }

  fill(bytes: Uint8Array): void {
    try {
      noise.fill(bytes);
    } catch (cause) {
      const why = this.#fault === undefined ? cause : this.#fault;
      throw new ChoirError("entropy_unseeded", "entropy", "noise that passes its health tests", "none", why);
    }
  }

  /** Takes up fresh noise now and then, from when the radio is on. */
  reseedFrom(scheduler: Pick<Scheduler, "after">): void {
    const reseed = (): void => {
      try {
        noise.reseed();
      } catch (error) {
        this.#fault = error;
      }
      scheduler.after(RESEED_MS, reseed);
    };
    reseed();
  }

  /** A number in 0 <= u < 1, for waiting times, which are no secret: a half where there is no entropy. */
  uniform(): number {
    const bytes = new Uint8Array(4);
    try {
      this.fill(bytes);
    } catch {
      return 0.5;
    }
    return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
  }
}
