/** The pool of randomisers: in RAM only, so that power loss loses it and no entry can ever be used twice (docs/PROTOCOL.md, Pool). */

import { ChoirError, hasCode } from "../core/errors.ts";
import type { Table } from "../core/paillier/comb.ts";
import { EntryMaker, type EntryShape } from "../core/paillier/pool-entry.ts";
import type { Ring } from "../core/paillier/ring.ts";
import type { Entropy } from "../core/ports.ts";
import type { Cancel, Log, Scheduler } from "./host.ts";

/** How long to wait for entropy that is not yet seeded. */
const SEED_WAIT_MS = 1000;

/** What entries are made of. */
export interface PoolParts {
  readonly ring: Ring;
  readonly table: Table;
  readonly shape: EntryShape;
  readonly entropy: Entropy;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** Keeps `target` entries ready, made in slices of idle time. */
export class Pool {
  readonly #parts: PoolParts;
  readonly #target: number;
  readonly #ready: Uint8Array[] = [];
  #maker: EntryMaker<unknown> | undefined;
  #filling = false;
  #stopped = false;
  #wait: Cancel | undefined;
  #misses = 0;

  constructor(parts: PoolParts, target: number) {
    this.#parts = parts;
    this.#target = target;
    this.#fill();
  }

  get level(): number {
    return this.#ready.length;
  }

  /** Entries that had to be made on the spot. */
  get misses(): number {
    return this.#misses;
  }

  /**
   * Sees to it that the next `take` finds an entry; a dry pool finishes one on the spot.
   * @returns whether the pool was dry
   * @throws ChoirError entropy_unseeded.
   */
  prepare(): boolean {
    if (this.#ready.length > 0) return false;
    let entry: Uint8Array | undefined;
    while (entry === undefined) entry = this.#work(() => false);
    this.#ready.push(entry);
    this.#misses++;
    return true;
  }

  /** An entry, which from now on is the caller's to zero. @throws ChoirError pool_entry_spent when there is none: `prepare` comes first. */
  take(): Uint8Array {
    const entry = this.#ready.shift();
    if (entry === undefined) throw new ChoirError("pool_entry_spent", "pool", "an entry", "none");
    this.#fill();
    return entry;
  }

  /** Zeroes what is ready and makes no more. */
  stop(): void {
    this.#stopped = true;
    this.#wait?.();
    for (const entry of this.#ready) entry.fill(0);
    this.#ready.length = 0;
    this.#maker = undefined;
  }

  #fill(): void {
    if (this.#filling || this.#stopped || this.#ready.length >= this.#target) return;
    this.#filling = true;
    this.#parts.scheduler.idle((timeIsUp) => {
      this.#filling = !this.#stopped && this.#slice(timeIsUp);
      return this.#filling;
    });
  }

  /** One slice; returns whether there is more to do. */
  #slice(timeIsUp: () => boolean): boolean {
    try {
      while (this.#ready.length < this.#target) {
        const entry = this.#work(timeIsUp);
        if (entry !== undefined) this.#ready.push(entry);
        if (timeIsUp()) return this.#ready.length < this.#target;
      }
    } catch (error) {
      if (!hasCode(error, "entropy_unseeded")) throw error;
      this.#parts.log.warn("pool: the entropy is not seeded yet");
      this.#wait = this.#parts.scheduler.after(SEED_WAIT_MS, () => this.#fill());
    }
    return false;
  }

  #work(timeIsUp: () => boolean): Uint8Array | undefined {
    const { ring, table, shape, entropy } = this.#parts;
    this.#maker ??= new EntryMaker(ring, table, shape, entropy);
    const entry = this.#maker.step(timeIsUp);
    if (entry !== undefined) this.#maker = undefined;
    return entry;
  }
}
