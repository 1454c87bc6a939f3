/** One meter in an XS engine of its own: Node supplies wire, clock, entropy, store, scheduler and broker; bytes in, bytes out. */

import { ChoirError } from "../../core/errors.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { type Diagnostics, decodeStatus } from "../../core/wire/status.ts";
import type { Cancel, Host, SampleWindow } from "../../firmware/host.ts";
import { encodeSettings, type MeterSettings } from "../../firmware/settings.ts";
import { startFromSnapshot } from "./snapshot.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** The ports that this host needs from Node; the engine has the rest. */
export type XsPorts = Pick<Host, "counters" | "clock" | "entropy" | "store" | "uplink" | "scheduler" | "log"> &
  Partial<Pick<Host, "samplers">>;

/** Where the engine starts from, and who is told of what it does. */
export interface XsEngineOptions {
  readonly workerPath: string;
  /** Made by `buildSnapshot` from the meter's bundle and the public table. */
  readonly snapshotPath: string;
  /** Told of all work in the engine, so that stepped time can wait for it. */
  readonly track?: (work: Promise<unknown>) => void;
  /** Told when the engine fails, other than by `cutPower`. */
  readonly onFailure: (error: unknown) => void;
}

/** The program that runs in the engine, from the repository's root. */
export const METER_ENTRY = "hosts/xs/worker/main.ts";

/** The most bytes of entropy that an engine may ask for at once. */
const MOST_ENTROPY_BYTES = 65_536;

/** The command that loads the comb table, for `buildSnapshot`. */
export function tableCommand(table: Uint8Array, residueBytes: number): Uint8Array {
  return encodeCbor(["table", table, residueBytes]);
}

/** A meter on XS. */
export class XsMeter {
  readonly #ports: XsPorts;
  readonly #options: XsEngineOptions;
  readonly #worker: WorkerProcess;
  readonly #timers = new Map<number, Cancel>();
  #dark = false;

  /** Starts the engine; no meter runs in it yet. */
  constructor(ports: XsPorts, options: XsEngineOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#worker = startFromSnapshot(options.workerPath, options.snapshotPath, (query) => this.#answer(query));
  }

  /** The meter's public key, made at first boot. */
  async identity(): Promise<Uint8Array> {
    return (await this.#command("identity")).bytes(0, "public key", 32);
  }

  /** Starts the meter. */
  async start(settings: MeterSettings): Promise<void> {
    const { counters, samplers } = this.#ports;
    const channels = [[...counters.keys()], [...(samplers?.keys() ?? [])]];
    const started = this.#command("start", encodeSettings(settings), ...channels);
    // behind the command, so that an engine which starts on a link that is up hears of it
    this.#ports.uplink.onState((up) => this.#send("link", up));
    await started;
  }

  /** What the meter says of itself. */
  async diagnostics(): Promise<Diagnostics> {
    const decoded = decodeStatus((await this.#command("diagnostics")).bytes(0, "status"));
    if (decoded.state !== "online") throw new ChoirError("engine_failed", "diagnostics", "a running meter", "none");
    return decoded.diagnostics;
  }

  /** SIGKILL: nothing that the engine has not handed out by now ever leaves it. */
  async cutPower(): Promise<void> {
    this.#dark = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#worker.kill();
  }

  /** The engine's reply, an array of one element. */
  async #command(name: string, ...args: readonly CborValue[]): Promise<Fields> {
    const { reply } = await this.#worker.command(encodeCbor([name, ...args]));
    return new Fields(decodeCbor(reply, "reply"), `reply to ${name}`, 1);
  }

  /** A command that nobody waits for but stepped time. */
  #send(name: string, ...args: readonly CborValue[]): void {
    if (!this.#dark) this.#watch(this.#command(name, ...args));
  }

  #watch(work: Promise<unknown>): void {
    const quiet = work.catch((error: unknown) => {
      if (!this.#dark) this.#options.onFailure(error);
    });
    this.#options.track?.(quiet);
  }

  /** Slices of idle work, each behind whatever else was asked meanwhile. */
  async #idle(task: number): Promise<void> {
    let more = true;
    while (more && !this.#dark) more = (await this.#command("idle", task)).flag(0, "more");
  }

  #answer(query: Uint8Array): Uint8Array {
    const question = decodeCbor(query, "query");
    const length = Array.isArray(question) ? question.length : 0;
    try {
      return encodeCbor([this.#perform(new Fields(question, "query", length))]);
    } catch (error) {
      // a port that refuses is the meter's business; anything else ends the engine
      if (!(error instanceof ChoirError)) throw error;
      return encodeCbor([error.code, error.subject, error.expected, error.got]);
    }
  }

  /** Answers one question of the engine's ports: an array [name, ...arguments]. */
  #perform(query: Fields): CborValue {
    const { clock, store, scheduler, uplink, counters, entropy, log } = this.#ports;
    const name = query.text(0, "name");
    switch (name) {
      case "utc":
        return Math.floor(clock.utcMs());
      case "quality":
        return clock.quality();
      case "monotonic":
        return Math.floor(clock.monotonicMs());
      case "pulses":
        return counters.get(query.text(1, "channel"))?.read() ?? 0;
      case "windows":
        return this.#ports.samplers?.get(query.text(1, "channel"))?.read().map(windowToList) ?? [];
      case "entropy": {
        const bytes = new Uint8Array(query.uint(1, "length", MOST_ENTROPY_BYTES));
        entropy.fill(bytes);
        return bytes;
      }
      case "get":
        return store.get(query.text(1, "key")) ?? null;
      case "set":
        store.set(query.text(1, "key"), query.bytes(2, "value"));
        return null;
      case "delete":
        store.delete(query.text(1, "key"));
        return null;
      case "keys":
        return store.keys(query.text(1, "prefix"));
      case "after": {
        const timer = query.uint(1, "timer");
        const cancel = scheduler.after(query.uint(2, "delay"), () => this.#fire(timer));
        this.#timers.set(timer, cancel);
        return null;
      }
      case "cancel": {
        const timer = query.uint(1, "timer");
        this.#timers.get(timer)?.();
        this.#timers.delete(timer);
        return null;
      }
      case "idle":
        this.#watch(this.#idle(query.uint(1, "task")));
        return null;
      case "publish":
        this.#publish(query);
        return null;
      case "subscribe":
        uplink.subscribe(query.text(1, "topic"), (topic, payload) => this.#send("message", topic, payload));
        return null;
      case "will":
        uplink.setWill(query.text(1, "topic"), query.bytes(2, "payload"));
        return null;
      case "link-start":
        uplink.start();
        return null;
      case "link-stop":
        uplink.stop();
        return null;
      case "log":
        log[query.oneOf(1, "level", ["info", "warn"])](query.text(2, "text"));
        return null;
      default:
        throw new ChoirError("engine_failed", "query", "one that this host knows", name);
    }
  }

  #fire(timer: number): void {
    this.#timers.delete(timer);
    this.#send("fire", timer);
  }

  #publish(query: Fields): void {
    const id = query.uint(1, "publish");
    const payload = query.bytes(3, "payload");
    this.#ports.uplink.publish(query.text(2, "topic"), payload, { retain: query.flag(4, "retain") }).then(
      () => this.#send("settled", id, true),
      () => this.#send("settled", id, false),
    );
  }
}

/** As hosts/xs/worker/ports.ts reads it. */
function windowToList(window: SampleWindow): CborValue {
  const { samples, sum, sumOfSquares, minimum, maximum, clipped, durationMicros, gapMicros } = window;
  return [samples, sum, sumOfSquares, minimum, maximum, clipped, durationMicros, gapMicros];
}
