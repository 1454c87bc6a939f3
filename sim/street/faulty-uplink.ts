/** A meter's uplink in a street: hands everything on, and when a fault is on, delivers twice, late, or not at all. */

import { parseTopic, type Topic } from "../../core/wire/topics.ts";
import type { Uplink } from "../../firmware/host.ts";

/** What the street can do to one meter's messages. */
export type LinkFault = "duplicate" | "reorder" | "loss";

/** The link beneath, which can be cut without a goodbye. */
export interface CuttableUplink extends Uplink {
  cut(): void;
}

/** Told of every message that the broker acknowledged, and of every one that arrived. */
export interface LinkObserver {
  sent(topic: string, payload: Uint8Array): void;
  received(topic: string, payload: Uint8Array): void;
}

/** Wraps a link. Faults concern readings and feeder totals only: status and events go through. */
export class FaultyUplink implements Uplink {
  readonly #link: CuttableUplink;
  readonly #observer: LinkObserver;
  readonly #faults = new Set<LinkFault>();
  #held: (() => void) | undefined;

  constructor(link: CuttableUplink, observer: LinkObserver) {
    this.#link = link;
    this.#observer = observer;
  }

  begin(fault: LinkFault): void {
    this.#faults.add(fault);
  }

  end(fault: LinkFault): void {
    this.#faults.delete(fault);
    if (fault === "reorder") this.#release();
  }

  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    if (!carriesEnergy(parseTopic(topic))) return this.#deliver(topic, payload, options);
    if (this.#faults.delete("loss")) return Promise.resolve();
    if (this.#faults.has("duplicate")) {
      return this.#deliver(topic, payload, options).then(() => this.#deliver(topic, payload, options));
    }
    if (this.#faults.has("reorder") && this.#held === undefined) {
      return new Promise((resolve, reject) => {
        this.#held = () => void this.#deliver(topic, payload, options).then(resolve, reject);
      });
    }
    return this.#deliver(topic, payload, options).finally(() => this.#release());
  }

  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    this.#link.subscribe(topic, (at, payload) => {
      this.#observer.received(at, payload);
      receive(at, payload);
    });
  }

  onState(change: (up: boolean) => void): void {
    this.#link.onState(change);
  }

  setWill(topic: string, payload: Uint8Array): void {
    this.#link.setWill(topic, payload);
  }

  start(): void {
    this.#link.start();
  }

  stop(): void {
    this.#link.stop();
  }

  async #deliver(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    await this.#link.publish(topic, payload, options);
    this.#observer.sent(topic, payload);
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }
}

function carriesEnergy(topic: Topic): boolean {
  return topic.kind === "reading" || topic.kind === "feeder";
}
