/**
 * The outbox: sealed messages in the store, keyed by interval, until all groups have settled them. The same bytes go out on every retry; a
 * broker's acknowledgement does not mean that a reading was added, so a home's entry waits for receipts (docs/PROTOCOL.md, Receipt).
 */

import { ChoirError } from "../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import type { Cancel, Host, Store } from "./host.ts";
import { jitterMs } from "./jitter.ts";

const PREFIX = "o/";

/** What distinguishes one meter's outbox from another's. */
export interface OutboxPlan {
  /** All groups that a message goes to, until `serve` names others. */
  readonly groups: readonly string[];
  /** The topic for a group. */
  readonly topic: (group: string) => string;
  readonly capacity: number;
  /** Every publish comes at a random moment below this many ms from its cause. */
  readonly spreadMs: number;
  /** `receipt`: a group settles by `settle`. `puback`: by the broker's acknowledgement, for feeders, which no receipt names. */
  readonly settledBy: "receipt" | "puback";
  /** Called for each entry dropped unsettled. */
  readonly onDropped: (interval: number) => void;
}

interface Entry {
  /** Groups that still owe a receipt. */
  owing: readonly string[];
  /** Monotonic ms of the next publish; none while it waits for the link or for a receipt. */
  dueMs: number | undefined;
  /** It was resent since the first receipt did not count it. */
  recalled: boolean;
}

/** Bounded and drop-oldest. Only the bookkeeping is in RAM; the messages stay in the store. */
export class Outbox {
  readonly #host: Pick<Host, "store" | "uplink" | "scheduler" | "clock" | "entropy" | "log">;
  readonly #plan: OutboxPlan;
  readonly #entries = new Map<number, Entry>();
  #groups: readonly string[];
  #up = false;
  #stopped = false;
  #timer: Cancel | undefined;
  #overflowed = 0;

  /** Takes up what an earlier boot left; an entry that cannot be read is deleted. */
  constructor(host: Pick<Host, "store" | "uplink" | "scheduler" | "clock" | "entropy" | "log">, plan: OutboxPlan) {
    this.#host = host;
    this.#plan = plan;
    this.#groups = plan.groups;
    for (const key of host.store.keys(PREFIX)) this.#load(key);
    this.#makeRoom(plan.capacity);
  }

  /** From now on messages go to these groups; those that wait still go where they were meant to. */
  serve(groups: readonly string[]): void {
    this.#groups = groups;
  }

  /** Messages that wait. */
  get depth(): number {
    return this.#entries.size;
  }

  /** Messages that the full outbox dropped since boot. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** Whether this group has not yet settled this interval. */
  owes(interval: number, group: string): boolean {
    return this.#entries.get(interval)?.owing.includes(group) ?? false;
  }

  /** Stores a message; it is published at a random moment. */
  put(interval: number, message: Uint8Array): void {
    this.#makeRoom(this.#plan.capacity - 1);
    const entry: Entry = { owing: this.#groups, dueMs: undefined, recalled: false };
    this.#write(interval, entry.owing, message);
    this.#entries.set(interval, entry);
    this.#schedule(entry);
    this.#arm();
  }

  /** The group has counted it; the last group's word deletes it. */
  settle(interval: number, group: string): void {
    const entry = this.#entries.get(interval);
    if (entry === undefined || !entry.owing.includes(group)) return;
    entry.owing = entry.owing.filter((one) => one !== group);
    const message = this.#message(interval);
    if (entry.owing.length === 0 || message === undefined) this.#delete(interval);
    else this.#write(interval, entry.owing, message);
  }

  /** A first receipt did not count it: the message may have been lost behind the broker, so it is sent once more. */
  recall(interval: number): void {
    const entry = this.#entries.get(interval);
    if (entry === undefined || entry.recalled) return;
    entry.recalled = true;
    this.#schedule(entry);
    this.#arm();
  }

  /** Drops what is older than `interval`: its aggregates are closed for good. */
  expire(interval: number): void {
    for (const old of [...this.#entries.keys()].filter((one) => one < interval)) this.#drop(old);
  }

  /** On true everything that is not yet due becomes so; on false it waits. */
  linkChanged(up: boolean): void {
    this.#up = up;
    if (up) {
      const now = this.#host.clock.monotonicMs();
      for (const entry of this.#entries.values()) {
        if (entry.dueMs === undefined || entry.dueMs <= now) this.#schedule(entry);
      }
    }
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
  }

  #schedule(entry: Entry): void {
    entry.dueMs = this.#host.clock.monotonicMs() + jitterMs(this.#host.entropy, this.#plan.spreadMs);
  }

  #arm(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (!this.#up || this.#stopped) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#entries.values()) if (dueMs !== undefined) next = Math.min(next, dueMs);
    if (next === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.max(0, next - this.#host.clock.monotonicMs());
    this.#timer = this.#host.scheduler.after(delayMs, () => this.#sendDue());
  }

  #sendDue(): void {
    const now = this.#host.clock.monotonicMs();
    for (const [interval, entry] of this.#entries) {
      if (entry.dueMs === undefined || entry.dueMs > now) continue;
      entry.dueMs = undefined;
      this.#send(interval, entry.owing);
    }
    this.#arm();
  }

  #send(interval: number, groups: readonly string[]): void {
    const message = this.#message(interval);
    if (message === undefined) return;
    for (const group of groups) {
      this.#host.uplink.publish(this.#plan.topic(group), message).then(
        () => {
          if (this.#plan.settledBy === "puback" && !this.#stopped) this.settle(interval, group);
        },
        // the entry stays, and goes out again when the link comes up
        () => this.#host.log.info(`outbox: interval ${interval} was not acknowledged`),
      );
    }
  }

  #makeRoom(most: number): void {
    while (this.#entries.size > most) {
      this.#overflowed++;
      let oldest = Number.POSITIVE_INFINITY;
      for (const interval of this.#entries.keys()) oldest = Math.min(oldest, interval);
      this.#drop(oldest);
    }
  }

  #drop(interval: number): void {
    this.#delete(interval);
    this.#plan.onDropped(interval);
  }

  #delete(interval: number): void {
    this.#host.store.delete(keyOf(interval));
    this.#entries.delete(interval);
  }

  #write(interval: number, owing: readonly string[], message: Uint8Array): void {
    this.#host.store.set(keyOf(interval), encodeCbor([interval, owing, message]));
  }

  #message(interval: number): Uint8Array | undefined {
    const kept = this.#host.store.get(keyOf(interval));
    try {
      return kept === undefined ? undefined : readEntry(kept).message;
    } catch {
      this.#host.log.warn(`outbox: interval ${interval} can no longer be read`);
      return undefined;
    }
  }

  #load(key: string): void {
    const { store, log } = this.#host;
    try {
      const kept = store.get(key);
      if (kept === undefined) return;
      const { interval, owing } = readEntry(kept);
      if (keyOf(interval) !== key) throw new ChoirError("store_corrupt", "outbox entry", "its own key", key);
      // a group that a new roll has taken away will never settle
      const groups = owing.filter((group) => this.#plan.groups.includes(group));
      if (groups.length === 0) store.delete(key);
      else this.#entries.set(interval, { owing: groups, dueMs: undefined, recalled: false });
    } catch (error) {
      log.warn(`outbox: entry ${key} is dropped: ${error instanceof Error ? error.message : "unreadable"}`);
      store.delete(key);
    }
  }
}

/** Deletes all that waits in a store whose meter does not run. */
export function forgetOutbox(store: Store): void {
  for (const key of store.keys(PREFIX)) store.delete(key);
}

/** At most 13 characters: 2^53 has 11 digits in base 36. */
function keyOf(interval: number): string {
  return PREFIX + interval.toString(36);
}

function readEntry(kept: Uint8Array): { interval: number; owing: readonly string[]; message: Uint8Array } {
  const fields = new Fields(decodeCbor(kept, "outbox entry"), "outbox entry", 3);
  return { interval: fields.uint(0, "interval"), owing: fields.ids(1, "owing"), message: fields.bytes(2, "message") };
}
