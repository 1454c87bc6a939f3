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

/** Length of a sampler's window in microseconds: 10 cycles of 50 Hz, 12 of 60 Hz (the basic interval of IEC 61000-4-30). */
export const WINDOW_MICROS = 200_000;
/** The highest code of a 12-bit converter; it and 0 are where samples clip. */
export const HIGHEST_COUNT = 4095;
/** Most samples of a window: squared, and times the highest code squared, it stays below 2^53, so that the mean is removed exactly. */
export const MOST_WINDOW_SAMPLES = 20_000;
/** Windows that a sampler keeps for whoever reads it late: 12.8 s of them. */
export const WINDOWS_KEPT = 64;

/** A stretch of a converter's samples without a hole, reduced to what an RMS needs. Whole numbers all, sums exact. */
export interface SampleWindow {
  /** 1 to `MOST_WINDOW_SAMPLES`. */
  readonly samples: number;
  /** Of the counts, each 0 to `HIGHEST_COUNT`. */
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Samples that stood at either end of the converter's range. */
  readonly clipped: number;
  /** From the first sample's beginning to the last one's end by the clock, not by the nominal rate. */
  readonly durationMicros: number;
  /** Time before this window that no window covers, since the one before or, before the first, since sampling began. */
  readonly gapMicros: number;
}

/**
 * A converter on a current clamp. The host samples without the meter's turn (by DMA on the chip) and adds up. A window ends with the first
 * sample that ends `WINDOW_MICROS` or more after its beginning, and the next begins there. Lost samples end a window too early: it
 * is dropped. So is a window that finds `WINDOWS_KEPT` or more unread. What is dropped is in the next window's gap, so durations and gaps
 * add up to the time from the beginning of sampling to the end of the last window.
 */
export interface Sampler {
  /** The windows that ended since the last read, oldest first, each given once. */
  read(): readonly SampleWindow[];
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
  /** By OBIS code: what a channel's current clamp hangs on. */
  readonly samplers: ReadonlyMap<string, Sampler>;
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
