/** What one connection still has to send (MQTT 3.1.1, 3.3 and 3.8): a message at a time in pieces that the socket takes, and the ids that wait for an answer. */

import MQTTClient from "embedded:network/mqtt/client";
import { asciiBytes } from "../../core/bytes.ts";
import type { ChoirError } from "../../core/errors.ts";

const MOST_ID = 0xffff;
/** Bytes of a packet beside topic and payload: its type, the length of the rest, the length of the topic, the id. */
const HEADER_BYTES = 1 + 4 + 2 + 2;

/** The writing half of the client; `write` returns how many bytes it takes next. */
export interface Wire {
  write(data: Uint8Array | null, options?: Readonly<Record<string, unknown>>): number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: ChoirError) => void;
}

/** A packet that is not yet sent, whole or in part. */
interface Packet {
  /** Bytes that must be free before it can begin. */
  readonly least: number;
  readonly payload: Uint8Array | null;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Packets in the order in which they were given. */
export class Outgoing {
  readonly #wire: Wire;
  readonly #queue: Packet[] = [];
  readonly #waiting = new Map<number, Waiting>();
  /** The rest of the message that is under way. */
  #rest: Uint8Array | undefined;
  #free = 0;
  #id = 0;
  #failed = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Settles when the broker has acknowledged. */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    const byteLength = payload.length;
    return this.#send(HEADER_BYTES + asciiBytes(topic).length + 1, payload, { topic, QoS: 1, retain, byteLength });
  }

  subscribe(topics: readonly string[]): Promise<void> {
    const items = topics.map((topic) => ({ topic, QoS: 1 }));
    const bytes = topics.reduce((sum, topic) => sum + asciiBytes(topic).length + 3, HEADER_BYTES);
    return this.#send(bytes, null, { operation: MQTTClient.SUBSCRIBE, items });
  }

  /** Takes leave of the broker, where the socket has room for it. */
  goodbye(): void {
    if (this.#free > HEADER_BYTES && this.#rest === undefined) {
      this.#free = this.#wire.write(null, { operation: MQTTClient.DISCONNECT });
    }
  }

  /** The socket has room for so many bytes. */
  writable(bytes: number): void {
    this.#free = bytes;
    this.#pump();
  }

  /** The packet of this id is acknowledged. */
  settle(id: number): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve();
  }

  /** Nothing that waits will be acknowledged any more. */
  fail(error: ChoirError): void {
    this.#failed = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #send(least: number, payload: Uint8Array | null, options: Readonly<Record<string, unknown>>): Promise<void> {
    const id = this.#nextId();
    this.#queue.push({ least, payload, options: { ...options, id } });
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    this.#pump();
    return done;
  }

  #nextId(): number {
    do this.#id = (this.#id % MOST_ID) + 1;
    while (this.#waiting.has(this.#id));
    return this.#id;
  }

  #pump(): void {
    while (!this.#failed) {
      const rest = this.#rest;
      if (rest !== undefined) {
        if (this.#free < 1) return;
        const part = rest.subarray(0, this.#free);
        this.#rest = part.length < rest.length ? rest.subarray(part.length) : undefined;
        this.#free = this.#wire.write(part);
        continue;
      }
      const packet = this.#queue[0];
      if (packet === undefined || this.#free < packet.least) return;
      this.#queue.shift();
      const { payload, options, least } = packet;
      const part = payload?.subarray(0, this.#free - least) ?? null;
      if (payload !== null && part !== null && part.length < payload.length) this.#rest = payload.subarray(part.length);
      this.#free = this.#wire.write(part, options);
    }
  }
}
