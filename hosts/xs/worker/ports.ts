/** The meter's ports in the bare XS engine: wire, clock, entropy, store and broker are asked of the machine outside; arithmetic is the engine's own. */

import { ChoirError } from "../../../core/errors.ts";
import { integerToBytes } from "../../../core/integers.ts";
import { CLOCK_QUALITIES } from "../../../core/meter-words.ts";
import { nobleDigest, nobleSigner, nobleVerify } from "../../../core/noble.ts";
import type { Table } from "../../../core/paillier/comb.ts";
import { bigIntRing, type Residue, type Ring } from "../../../core/paillier/ring.ts";
import { type CborValue, Fields } from "../../../core/wire/cbor.ts";
import {
  type Host,
  type PulseCounter,
  type Sampler,
  type SampleWindow,
  type Scheduler,
  SLICE_MS,
  type Uplink,
} from "../../../firmware/host.ts";
import { ask, exactBuffer } from "./bridge.ts";

/** The ring in BigInt, with the engine's native conversions. */
export function xsRing(n: bigint): Ring<Residue> {
  return bigIntRing(n, {
    // the engine takes no empty buffer
    fromBytes: (bytes) => (bytes.length === 0 ? 0n : BigInt.fromArrayBuffer(exactBuffer(bytes))),
    toBytes: (value, width) => {
      const bytes = new Uint8Array(ArrayBuffer.fromBigInt(value, width));
      // a value that does not fit comes back longer and a negative one without its sign; the portable conversion refuses both
      return value >= 0n && bytes.length === width ? bytes : integerToBytes(value, width);
    },
  });
}

/** What the machine outside can set off in the engine. */
export interface Doorbell {
  fire(timer: number): void;
  idle(task: number): boolean;
  settled(publish: number, acknowledged: boolean): void;
  message(topic: string, payload: Uint8Array): void;
  link(up: boolean): void;
}

/** Channels by what measures them outside. */
export interface Channels {
  readonly counted: readonly string[];
  readonly sampled: readonly string[];
}

export const NO_CHANNELS: Channels = { counted: [], sampled: [] };

/** The two lists of OBIS codes behind the settings in the command that starts the engine's program. @throws ChoirError field_wrong. */
export function channelsOf(command: Fields): Channels {
  const codes = (index: number, name: string): readonly string[] =>
    command.list(index, name, (channel, label) => new Fields([channel], label, 1).text(0, "obis"));
  return { counted: codes(2, "counted"), sampled: codes(3, "sampled") };
}

/** The ports, and the doorbell through which the machine outside drives them. */
export function xsHost(table: Table | undefined, channels: Channels): { host: Host; doorbell: Doorbell } {
  const timers = new Registry<() => void>();
  const idleTasks = new Registry<(timeIsUp: () => boolean) => boolean>();
  const publishes = new Registry<{ resolve: () => void; reject: (error: unknown) => void }>();
  const receivers = new Map<string, (topic: string, payload: Uint8Array) => void>();
  const listeners: ((up: boolean) => void)[] = [];
  let isUp = false;

  const scheduler: Scheduler = {
    after(delayMs, task) {
      const id = timers.add(task);
      // numbers on the bridge are whole; rounded down, a timer would come before its time
      ask("after", id, Math.ceil(delayMs));
      return () => {
        if (timers.take(id) !== undefined) ask("cancel", id);
      };
    },
    idle(task) {
      ask("idle", idleTasks.add(task));
    },
  };

  const uplink: Uplink = {
    publish: (topic, payload, options) =>
      new Promise((resolve, reject) => {
        ask("publish", publishes.add({ resolve, reject }), topic, payload, options?.retain ?? false);
      }),
    subscribe(topic, receive) {
      receivers.set(topic, receive);
      ask("subscribe", topic);
    },
    onState: (change) => {
      listeners.push(change);
      if (isUp) change(true);
    },
    setWill: (topic, payload) => void ask("will", topic, payload),
    start: () => void ask("link-start"),
    stop: () => void ask("link-stop"),
  };

  const host: Host = {
    counters: new Map(
      channels.counted.map((obis): [string, PulseCounter] => [
        obis,
        { read: () => ask("pulses", obis).uint(0, "pulses") },
      ]),
    ),
    samplers: new Map(
      channels.sampled.map((obis): [string, Sampler] => [
        obis,
        { read: () => ask("windows", obis).list(0, "windows", readWindow) },
      ]),
    ),
    clock: {
      utcMs: () => ask("utc").uint(0, "ms"),
      quality: () => ask("quality").oneOf(0, "quality", CLOCK_QUALITIES),
      monotonicMs: () => ask("monotonic").uint(0, "ms"),
    },
    entropy: { fill: (bytes) => bytes.set(ask("entropy", bytes.length).bytes(0, "entropy", bytes.length)) },
    store: {
      get: (key) => {
        const answer = ask("get", key);
        return answer.isNull(0) ? undefined : answer.bytes(0, "value").slice();
      },
      set: (key, value) => void ask("set", key, value),
      delete: (key) => void ask("delete", key),
      keys: (prefix) => ask("keys", prefix).list(0, "keys", (key, name) => new Fields([key], name, 1).text(0, "key")),
    },
    uplink,
    scheduler,
    digest: nobleDigest,
    verify: nobleVerify,
    signer: nobleSigner,
    ring: xsRing,
    table,
    log: { info: (text) => void ask("log", "info", text), warn: (text) => void ask("log", "warn", text) },
  };

  const doorbell: Doorbell = {
    fire: (timer) => timers.take(timer)?.(),
    idle(task) {
      const end = performance.now() + SLICE_MS;
      const more = idleTasks.get(task)?.(() => performance.now() >= end) ?? false;
      if (!more) idleTasks.take(task);
      return more;
    },
    settled(publish, acknowledged) {
      const waiting = publishes.take(publish);
      if (acknowledged) waiting?.resolve();
      else waiting?.reject(linkDown());
    },
    message: (topic, payload) => receivers.get(topic)?.(topic, payload),
    link: (up) => {
      isUp = up;
      for (const change of listeners) change(up);
    },
  };
  return { host, doorbell };
}

/** As hosts/xs/meter.ts writes it. */
function readWindow(value: CborValue, name: string): SampleWindow {
  const fields = new Fields(value, name, 8);
  return {
    samples: fields.uint(0, "samples"),
    sum: fields.uint(1, "sum"),
    sumOfSquares: fields.uint(2, "sum of squares"),
    minimum: fields.uint(3, "minimum"),
    maximum: fields.uint(4, "maximum"),
    clipped: fields.uint(5, "clipped"),
    durationMicros: fields.uint(6, "duration"),
    gapMicros: fields.uint(7, "gap"),
  };
}

/** Things that the machine outside knows by number only. */
class Registry<T> {
  readonly #entries = new Map<number, T>();
  #next = 0;

  add(entry: T): number {
    this.#next++;
    this.#entries.set(this.#next, entry);
    return this.#next;
  }

  get(id: number): T | undefined {
    return this.#entries.get(id);
  }

  take(id: number): T | undefined {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry;
  }
}

function linkDown(): ChoirError {
  return new ChoirError("link_down", "uplink", "a broker that acknowledges", "a broken link");
}
