/** Deliveries: the name of a message on a topic, and the list of what was sent and handled, which a street asks for after every step. */

import { hash } from "node:crypto";

const KEY_BYTES = 8;

/** 32 bytes that name a message: SHA-256(topic, 0, payload). */
export function deliveryId(topic: string, payload: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", Buffer.concat([Buffer.from(`${topic}\0`), payload]), "buffer"));
}

/** The short form of a delivery's id: its first 8 bytes in hex. */
export function deliveryKey(id: Uint8Array): string {
  return Buffer.from(id.subarray(0, KEY_BYTES)).toString("hex");
}

/** Messages since the last report, by key; those sent with their topics, so that the street knows whom to wait for. */
export interface DeliveryReport {
  /** Published, and acknowledged by the broker. */
  readonly sent: readonly { readonly topic: string; readonly key: string }[];
  /** Stored or refused, and acknowledged to the broker. */
  readonly handled: readonly string[];
}

/** Notes deliveries while someone reports them, and nothing otherwise, so that it cannot grow. */
export class DeliveryLog {
  readonly #kept: boolean;
  #sent: { readonly topic: string; readonly key: string }[] = [];
  #handled: string[] = [];

  constructor(kept: boolean) {
    this.#kept = kept;
  }

  sent(topic: string, payload: Uint8Array): void {
    if (this.#kept) this.#sent.push({ topic, key: deliveryKey(deliveryId(topic, payload)) });
  }

  handled(topic: string, payload: Uint8Array): void {
    if (this.#kept) this.#handled.push(deliveryKey(deliveryId(topic, payload)));
  }

  /** What was noted since the last call. */
  take(): DeliveryReport {
    const report = { sent: this.#sent, handled: this.#handled };
    this.#sent = [];
    this.#handled = [];
    return report;
  }
}
