/** The uplink port over mqtt.js: QoS 1, a persistent session, a will, and reconnecting with jittered exponential backoff on the scheduler it is given. */

import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { type BackoffLimits, backoffMs } from "../../core/backoff.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Scheduler, Uplink } from "../../firmware/host.ts";

const BACKOFF: BackoffLimits = { firstMs: 1_000, mostMs: 120_000 };
const CONNECT_TIMEOUT_MS = 20_000;
const KEEPALIVE_SECONDS = 60;

/** How to reach the broker, and what the uplink uses. */
export interface MqttUplinkOptions {
  readonly url: string;
  /** Authorities that may vouch for the broker, PEM; the system's where there are none. */
  readonly authorities?: Uint8Array;
  /** Fixed for a meter, so that the broker keeps what arrived for it while it was away. */
  readonly clientId: string;
  readonly scheduler: Pick<Scheduler, "after">;
  /** A number in 0 <= u < 1, fresh for each call; spreads reconnects. */
  readonly uniform: () => number;
  /** Told of all work that waits for the network, so that stepped time can wait for it too. */
  readonly track?: (work: Promise<unknown>) => void;
}

interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** One meter's link to its broker. */
export class MqttUplink implements Uplink {
  readonly #options: MqttUplinkOptions;
  readonly #receivers = new Map<string, (topic: string, payload: Uint8Array) => void>();
  readonly #listeners: ((up: boolean) => void)[] = [];
  readonly #unacknowledged = new Set<(error: ChoirError) => void>();
  #client: MqttClient | undefined;
  #will: Will | undefined;
  #up = false;
  #wanted = false;
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(options: MqttUplinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#up;
  }

  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    const client = this.#client;
    if (client === undefined || !this.#up) return Promise.reject(linkDown());
    const done = new Promise<void>((resolve, reject) => {
      this.#unacknowledged.add(reject);
      client.publish(topic, Buffer.from(payload), { qos: 1, retain: options?.retain ?? false }, (error) => {
        this.#unacknowledged.delete(reject);
        if (error) reject(linkDown(error));
        else resolve();
      });
    });
    this.#track(done);
    return done;
  }

  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    this.#receivers.set(topic, receive);
    const client = this.#client;
    // connected and not yet up, it has already asked for the topics that there were
    if (client?.connected) this.#track(this.#request(client, [topic]));
  }

  onState(change: (up: boolean) => void): void {
    this.#listeners.push(change);
    if (this.#up) change(true);
  }

  setWill(topic: string, payload: Uint8Array): void {
    this.#will = { topic, payload };
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    this.#cancelRetry?.();
    const client = this.#client;
    this.#lower();
    // who is not connected yet has nobody to say goodbye to
    if (client !== undefined) this.#track(client.endAsync(!client.connected));
  }

  /** Breaks the link without a goodbye and stays down: a power cut, or a cable pulled. */
  cut(): void {
    this.#wanted = false;
    this.#cancelRetry?.();
    const client = this.#client;
    this.#lower();
    client?.stream.destroy();
    if (client !== undefined) this.#track(client.endAsync(true));
  }

  #connect(): void {
    const { url, authorities, clientId } = this.#options;
    const options: IClientOptions = {
      clientId,
      clean: false,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_SECONDS,
      resubscribe: false,
      ...(authorities && { ca: Buffer.from(authorities) }),
    };
    const will = this.#will;
    if (will !== undefined)
      options.will = { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true };
    const client = mqtt.connect(url, options);
    this.#client = client;
    client.on("message", (topic, payload) => this.#receivers.get(topic)?.(topic, new Uint8Array(payload)));
    // not every failure closes the stream, and its end is where they are dealt with
    client.on("error", () => client.stream.destroy());
    const settled = new Promise<void>((resolve) => {
      client.once("connect", () => {
        this.#request(client, [...this.#receivers.keys()]).then(
          () => {
            this.#raise(client);
            resolve();
          },
          // its stream is closing
          () => {},
        );
      });
      client.once("close", () => {
        resolve();
        if (this.#client !== client) return;
        this.#lower();
        this.#track(client.endAsync(true));
        if (this.#wanted) this.#retry();
      });
    });
    this.#track(settled);
  }

  /** Subscribes; a link on which that fails is worth nothing, so it is broken. */
  async #request(client: MqttClient, topics: string[]): Promise<void> {
    if (topics.length === 0) return;
    try {
      await client.subscribeAsync(topics, { qos: 1 });
    } catch (error) {
      client.stream.destroy();
      throw error;
    }
  }

  #retry(): void {
    const waitMs = backoffMs(this.#attempt, this.#options.uniform(), BACKOFF);
    this.#attempt++;
    this.#cancelRetry = this.#options.scheduler.after(waitMs, () => this.#connect());
  }

  #raise(client: MqttClient): void {
    if (this.#client !== client) return;
    this.#up = true;
    this.#attempt = 0;
    for (const change of this.#listeners) change(true);
  }

  #lower(): void {
    this.#client = undefined;
    const wasUp = this.#up;
    this.#up = false;
    const waiting = [...this.#unacknowledged];
    this.#unacknowledged.clear();
    for (const reject of waiting) reject(linkDown());
    if (wasUp) for (const change of this.#listeners) change(false);
  }

  #track(work: Promise<unknown>): void {
    const quiet = work.catch(() => {});
    this.#options.track?.(quiet);
  }
}

function linkDown(cause?: unknown): ChoirError {
  return new ChoirError("link_down", "uplink", "a broker that acknowledges", "a broken link", cause);
}
