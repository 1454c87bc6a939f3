/**
 * One connection to the broker (MQTT 3.1.1): persistent session, subscriptions renewed at every connect, jittered exponential backoff.
 * A message is acknowledged (PUBACK) only once its handler's promise has settled, and the connection reads nothing meanwhile: a handler
 * must never wait for a publish on its own connection.
 */

import { randomInt } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import { backoffMs } from "../../core/backoff.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Activity } from "./activity.ts";
import type { BrokerAccess } from "./broker-access.ts";
import type { DeliveryLog } from "./delivery.ts";
import { type Logger, withoutCredentials } from "./log.ts";

const BACKOFF = { firstMs: 200, mostMs: 30_000 } as const;
const RANDOM_STEPS = 2 ** 32;
/** CONNACK codes that waiting does not cure: protocol, client id, credentials, authorisation. */
const REFUSALS: readonly unknown[] = [1, 2, 4, 5];

/** Receives a message; what it throws brings the service down and leaves the message with the broker. */
export type Handler = (topic: string, payload: Uint8Array) => Promise<void>;

/** What a link is for. */
export interface LinkOptions extends BrokerAccess {
  /** The same after every restart, for the session's sake; one connection each. The user, too, where there is a password. */
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly handle: Handler;
}

/** The parts of the service that a link reports to. */
export interface LinkHost {
  readonly activity: Activity;
  readonly deliveries: DeliveryLog;
  readonly log: Logger;
  readonly fail: (error: unknown) => void;
  /** Resolves when messages may be judged. */
  readonly timeKnown: Promise<void>;
}

/** A connection that comes back by itself. */
export class BrokerLink {
  /** Resolves at the first connection that has its subscriptions. */
  readonly ready: Promise<void>;
  readonly #client: MqttClient;
  readonly #options: LinkOptions;
  readonly #host: LinkHost;
  readonly #topics: Set<string>;
  readonly #upListeners: (() => void)[] = [];
  #setReady: () => void = () => {};
  #up = false;
  #closed = false;
  #failures = 0;
  #unacknowledged = 0;
  /** How many of the unacknowledged count as work under way: none while the link is down, when nothing can be done about them. */
  #counted = 0;

  constructor(options: LinkOptions, host: LinkHost) {
    this.#options = options;
    this.#host = host;
    this.#topics = new Set(options.topics);
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    const { url, clientId, authorities, password } = options;
    this.#client = connect(url, {
      clientId,
      ...(authorities !== undefined && { ca: Buffer.from(authorities) }),
      ...(password !== undefined && { username: clientId, password: password.reveal() }),
      clean: false,
      protocolVersion: 4,
      resubscribe: false,
      reconnectOnConnackError: true,
      reconnectPeriod: this.#nextWaitMs(),
    });
    this.#client.handleMessage = (packet, acknowledge) => {
      // an earlier session's subscriptions live on; their messages can come before, and keep back, the answer to the new ones
      this.#isUp();
      const { payload } = packet;
      const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : plainBytes(payload);
      this.#receive(packet.topic, bytes).then(
        () => {
          acknowledge();
          host.deliveries.handled(packet.topic, bytes);
        },
        (error: unknown) => this.#fail(error),
      );
    };
    this.#client.on("connect", () => this.#connected());
    this.#client.on("reconnect", () => {
      this.#failures++;
      this.#client.options.reconnectPeriod = this.#nextWaitMs();
    });
    this.#client.on("close", () => this.#disconnected());
    this.#client.on("error", (error) => this.#troubled(error));
  }

  /** Connected and subscribed. */
  get up(): boolean {
    return this.#up;
  }

  /** Calls the listener after every later connection. */
  onUp(listener: () => void): void {
    this.#upListeners.push(listener);
  }

  /** Subscribes to more topics, now and at every later connection; resolves when the broker has granted them, or with the link down. */
  async subscribe(more: readonly string[]): Promise<void> {
    const added = more.filter((topic) => !this.#topics.has(topic));
    for (const topic of added) this.#topics.add(topic);
    if (this.#up && added.length > 0) await new Promise<void>((resolve) => this.#ask(added, () => resolve()));
  }

  /** Publishes at QoS 1; resolves when the broker has acknowledged it, however long that takes, rejects when the link is closed first. */
  publish(topic: string, payload: Uint8Array): Promise<void> {
    this.#unacknowledged++;
    if (this.#up) this.#count(1);
    return new Promise((resolve, reject) => {
      this.#client.publish(topic, Buffer.from(payload), { qos: 1 }, (error) => {
        this.#unacknowledged--;
        if (error) reject(new ChoirError("broker_failed", topic, "an acknowledgement", error.message, error));
        else {
          this.#host.deliveries.sent(topic, payload);
          resolve();
        }
        if (this.#counted > this.#unacknowledged) this.#count(-1);
      });
    });
  }

  /** Disconnects; the session stays at the broker. Unacknowledged publishes are given up. */
  async close(): Promise<void> {
    this.#closed = true;
    // with nothing in flight the broker is told, otherwise waiting could take for ever
    await this.#client.endAsync(!this.#client.connected || this.#unacknowledged > 0);
  }

  async #receive(topic: string, payload: Uint8Array): Promise<void> {
    await this.#host.timeKnown;
    await this.#host.activity.run(() => this.#options.handle(topic, payload));
  }

  #connected(): void {
    this.#failures = 0;
    this.#client.options.reconnectPeriod = this.#nextWaitMs();
    if (this.#topics.size === 0) this.#isUp();
    else this.#ask([...this.#topics], (isGranted) => isGranted && this.#isUp());
  }

  /** Asks the broker for topics. A connection that breaks meanwhile is no fault: the next one asks for all. */
  #ask(topics: string[], then: (isGranted: boolean) => void): void {
    this.#client.subscribe(topics, { qos: 1 }, (error) => {
      if (error && this.#client.connected) {
        const { clientId } = this.#options;
        const expected = "subscriptions that the broker allows";
        this.#fail(new ChoirError("broker_failed", clientId, expected, error.message, error));
      }
      then(!error);
    });
  }

  #isUp(): void {
    if (this.#up || !this.#client.connected) return;
    this.#up = true;
    this.#count(this.#unacknowledged - this.#counted);
    this.#host.log.info({ client: this.#options.clientId }, "connected to the broker");
    this.#setReady();
    for (const listener of this.#upListeners) listener();
  }

  #disconnected(): void {
    if (this.#up) this.#host.log.warn({ client: this.#options.clientId }, "lost the broker");
    this.#up = false;
    this.#count(-this.#counted);
  }

  #troubled(error: Error): void {
    if (this.#closed) return;
    const { clientId, url } = this.#options;
    if ("code" in error && REFUSALS.includes(error.code)) {
      this.#fail(new ChoirError("broker_failed", clientId, "a broker that lets it in", error.message, error));
    } else
      this.#host.log.warn({ client: clientId, broker: withoutCredentials(url), error: error.message }, "no broker");
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#host.fail(error);
  }

  #count(change: number): void {
    this.#counted += change;
    for (let i = 0; i < change; i++) this.#host.activity.enter();
    for (let i = 0; i > change; i--) this.#host.activity.leave();
  }

  #nextWaitMs(): number {
    return backoffMs(this.#failures, randomInt(RANDOM_STEPS) / RANDOM_STEPS, BACKOFF);
  }
}

/** The same bytes without Buffer's methods. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
