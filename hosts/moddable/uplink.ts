/** The uplink port over the SDK's ECMA-419 MQTT client: QoS 1, a persistent session, a will, packet ids that wrap, and reconnecting with jittered backoff. */

import MQTTClient from "embedded:network/mqtt/client";
import { type BackoffLimits, backoffMs } from "../../core/backoff.ts";
import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Password } from "../../core/password.ts";
import type { Cancel, Scheduler, Uplink } from "../../firmware/host.ts";
import { Outgoing, type Wire } from "./outgoing.ts";
import { SystemResolver } from "./resolver.ts";

const BACKOFF: BackoffLimits = { firstMs: 1_000, mostMs: 120_000 };
const KEEPALIVE_MS = 60_000;
const REFUSED = 0x80;

/** How to reach the broker. */
export interface UplinkOptions {
  readonly host: string;
  readonly port: number;
  /** Fixed for a meter, so that the broker keeps what arrived for it while it was away. */
  readonly clientId: string;
  readonly user?: string | undefined;
  readonly password?: Password | undefined;
  readonly scheduler: Pick<Scheduler, "after">;
  /** A number in 0 <= u < 1, fresh for each call. */
  readonly uniform: () => number;
  /** ECMA-419's description of a socket: its class as `io`, and for TLS what that class takes beside it. */
  readonly socket: Readonly<Record<string, unknown>>;
}

/** Where a link stands: `backoff` waits for the next attempt, `down` makes none. */
export type LinkPhase = "up" | "connecting" | "backoff" | "down";

/** The client, as far as its own typings do not say. */
interface Client extends Wire {
  read(bytes: number): ArrayBuffer;
  close(): void;
}

/** A control packet that the client hands on. */
interface Control {
  readonly operation: number;
  readonly id?: number;
  readonly payload?: readonly number[];
}

/** Where the client stands in a message that comes. */
interface Piece {
  readonly more: boolean;
  /** With the first piece alone. */
  readonly topic?: string;
}

/** One meter's link to its broker. */
export class ModdableUplink implements Uplink {
  readonly #options: UplinkOptions;
  readonly #receivers = new Map<string, (topic: string, payload: Uint8Array) => void>();
  readonly #listeners: ((up: boolean) => void)[] = [];
  #will: { readonly topic: string; readonly message: ArrayBuffer } | undefined;
  #client: Client | undefined;
  #outgoing: Outgoing | undefined;
  /** A message that has come in part. */
  #coming: { readonly topic: string; readonly parts: Uint8Array[] } | undefined;
  #up = false;
  #wanted = false;
  #reachable = true;
  #attempt = 0;
  #cancelRetry: Cancel | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#up;
  }

  get phase(): LinkPhase {
    if (!this.#wanted) return "down";
    if (this.#up) return "up";
    return this.#client === undefined ? "backoff" : "connecting";
  }

  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    const outgoing = this.#outgoing;
    if (outgoing === undefined || !this.#up) return Promise.reject(linkDown());
    return outgoing.publish(topic, payload, options?.retain ?? false);
  }

  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    this.#receivers.set(topic, receive);
    if (this.#up) this.#outgoing?.subscribe([topic]).catch(() => this.#lost());
  }

  onState(change: (up: boolean) => void): void {
    this.#listeners.push(change);
    if (this.#up) change(true);
  }

  setWill(topic: string, payload: Uint8Array): void {
    // the client takes nothing but a whole buffer here
    this.#will = { topic, message: payload.slice().buffer };
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    this.#outgoing?.goodbye();
    this.#lost();
  }

  /** The cable: pulled, the link breaks without a goodbye and every attempt fails; plugged, the next attempt comes soon. */
  setReachable(reachable: boolean): void {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    this.#attempt = 0;
    if (!reachable) this.#lost();
    else if (this.#wanted) this.#retry();
  }

  #connect(): void {
    this.#cancelRetry = undefined;
    if (!this.#reachable) {
      this.#retry();
      return;
    }
    const { host, port, clientId, user, password, socket } = this.#options;
    const options = {
      host,
      port,
      id: clientId,
      clean: false,
      keepAlive: KEEPALIVE_MS,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password: password.reveal() }),
      ...(this.#will === undefined ? {} : { will: { ...this.#will, QoS: 1, retain: true } }),
      dns: { io: SystemResolver },
      socket,
      onReadable: (bytes: number, message: Piece): void => this.#read(client, bytes, message),
      onWritable: (bytes: number): void => {
        if (this.#client === client) this.#outgoing?.writable(bytes);
      },
      // the client hands on whole control packets; its typings speak of two arguments
      onControl: (message: unknown): void => {
        if (this.#client === client) this.#control(message as Control);
      },
      onError: (): void => {
        if (this.#client === client) this.#lost(false);
      },
    };
    // what the typings of the client leave out
    const client = new MQTTClient(options) as unknown as Client;
    this.#client = client;
    this.#outgoing = new Outgoing(client);
  }

  #read(client: Client, bytes: number, { more, topic }: Piece): void {
    if (this.#client !== client) return;
    const coming = topic === undefined ? this.#coming : { topic, parts: [] };
    const part = new Uint8Array(client.read(bytes));
    if (coming === undefined) return;
    coming.parts.push(part);
    // once it is whole it is let go: a file of some KB may be the last that comes for weeks
    this.#coming = more ? coming : undefined;
    if (!more) this.#receivers.get(coming.topic)?.(coming.topic, concatBytes(...coming.parts));
  }

  #control({ operation, id, payload }: Control): void {
    if (operation === MQTTClient.PUBACK && id !== undefined) this.#outgoing?.settle(id);
    else if (operation === MQTTClient.SUBACK && id !== undefined) {
      if (payload?.includes(REFUSED)) this.#lost();
      else this.#outgoing?.settle(id);
    } else if (operation === MQTTClient.CONNACK) {
      const outgoing = this.#outgoing;
      const topics = [...this.#receivers.keys()];
      const subscribed = topics.length === 0 ? Promise.resolve() : outgoing?.subscribe(topics);
      subscribed?.then(
        () => {
          if (this.#outgoing === outgoing) this.#raise();
        },
        () => {
          // the link broke, and is dealt with there
        },
      );
    }
  }

  #raise(): void {
    this.#up = true;
    this.#attempt = 0;
    for (const change of this.#listeners) change(true);
  }

  /** @param close false where the client closes itself. */
  #lost(close = true): void {
    const client = this.#client;
    const outgoing = this.#outgoing;
    const wasUp = this.#up;
    this.#client = undefined;
    this.#outgoing = undefined;
    this.#coming = undefined;
    this.#up = false;
    if (close) client?.close();
    outgoing?.fail(linkDown());
    if (wasUp) for (const change of this.#listeners) change(false);
    if (this.#wanted) this.#retry();
    else this.#cancelRetry?.();
  }

  #retry(): void {
    this.#cancelRetry?.();
    const waitMs = backoffMs(this.#attempt, this.#options.uniform(), BACKOFF);
    this.#attempt++;
    this.#cancelRetry = this.#options.scheduler.after(waitMs, () => this.#connect());
  }
}

function linkDown(): ChoirError {
  return new ChoirError("link_down", "uplink", "a broker that acknowledges", "a broken link");
}
