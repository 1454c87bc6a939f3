/** The ports of the meter: all that it asks of a machine. Shaped on ECMA-419 where that has a word for the thing (ARCHITECTURE.md, ports). */

import type { ClockQuality } from "../core/meter-words.ts";
import type { Table } from "../core/paillier/comb.ts";
import type { Ring } from "../core/paillier/ring.ts";
import type { Digest, Entropy, Signer, Verify } from "../core/ports.ts";

/** A pulse input, counted in hardware or by an interrupt, never by the meter's own turn of the engine. */
export interface PulseCounter {
  /** Pulses since the counter started, a whole number; reading never resets it. It starts from 0 again when power returns. */
  read(): number;
}

/** Time. */
export interface Clock {
  /** Milliseconds of UTC; meaningful unless `quality` is `unset`. May step. */
  utcMs(): number;
  quality(): ClockQuality;
  /** Milliseconds since boot; never steps, never falls. */
  monotonicMs(): number;
}

/** Keys are 1 to 15 characters of a-z 0-9 - / ; a set is atomic and survives power loss at any instruction once it has returned. */
export interface Store {
  get(key: string): Uint8Array | undefined;
  set(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /** All keys that begin with `prefix`, in any order. */
  keys(prefix: string): readonly string[];
}

/** Messages in and out. Reconnecting, with jittered backoff, is the uplink's own work. */
export interface Uplink {
  /** QoS 1. Settles when the broker has acknowledged. @throws (rejects) ChoirError link_down when the link is or goes down. */
  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void>;
  /** QoS 1, again on every reconnect. */
  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void;
  /** Called with true each time the link comes up and with false each time it breaks; at once if it is up already. */
  onState(change: (up: boolean) => void): void;
  /** What the broker publishes, retained, when the link breaks without a goodbye. To be called before `start`. */
  setWill(topic: string, payload: Uint8Array): void;
  /** Begins to connect, and from then on keeps connected. */
  start(): void;
  /** Says goodbye, and stays down. */
  stop(): void;
}

/** Takes back a timer; harmless when it has fired. */
export type Cancel = () => void;

/** Turns of the engine. A task never runs inside the call that asked for it. */
export interface Scheduler {
  /** Runs `task` once, `delayMs` >= 0 of monotonic time from now. */
  after(delayMs: number, task: () => void): Cancel;
  /**
   * Runs `task` when nothing else is due, again and again for as long as it returns true. `timeIsUp` says when its slice,
   * at most `SLICE_MS`, is over; the task must then return soon.
   */
  idle(task: (timeIsUp: () => boolean) => boolean): void;
}

/** The longest slice of idle work, so that pulses, messages and the watchdog never wait longer. */
export const SLICE_MS = 10;

/** Lines for whoever services the meter; never a reading, never a secret. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** The whole machine, as the meter is handed it. */
export interface Host {
  /** By OBIS code. A channel without a counter reads 0. */
  readonly counters: ReadonlyMap<string, PulseCounter>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly uplink: Uplink;
  readonly scheduler: Scheduler;
  readonly digest: Digest;
  readonly verify: Verify;
  /** Makes the signer of a 32-byte Ed25519 seed. */
  readonly signer: (seed: Uint8Array) => Signer;
  /** Makes the ring of a modulus. */
  readonly ring: (n: bigint) => Ring;
  /** The comb table of the key in force, from flash. A feeder meter needs none. */
  readonly table: Table | undefined;
  readonly log: Log;
}
