/** A head end in a few lines for a scripted day: it counts what arrives and answers each reading, once, with a receipt. */

import { parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeReading } from "../../core/wire/reading.ts";
import { topics } from "../../core/wire/topics.ts";
import { type Deployment, LENGTH_MS } from "./deployment.ts";
import type { MemoryUplink, Message } from "./doubles.ts";

interface Due {
  readonly atMs: number;
  readonly group: string;
  readonly interval: number;
}

const DELAY_MS = 60_000;

export class HeadEnd {
  readonly #deployment: Deployment;
  readonly #seen: Set<string>;
  #due: Due[];
  #read: number;

  constructor(deployment: Deployment, state?: HeadEnd) {
    this.#deployment = deployment;
    this.#seen = new Set(state === undefined ? [] : state.#seen);
    this.#due = state === undefined ? [] : [...state.#due];
    this.#read = state === undefined ? 0 : state.#read;
  }

  /** The same state, for another future. */
  copy(): HeadEnd {
    return new HeadEnd(this.#deployment, this);
  }

  /** Takes what has come since; `messages` are all from the beginning of the day. */
  take(messages: readonly Message[]): void {
    for (; this.#read < messages.length; this.#read++) {
      const { topic, payload, atMs } = messages[this.#read] as Message;
      const group = ["g1", "g2"].find((one) => topic === topics.reading(one, "h1"));
      if (group === undefined) continue;
      const { key, layout } = this.#deployment.opened;
      const { interval } = decodeReading(parseEnvelope("reading", payload).payload, key, layout);
      const once = `${group} ${interval}`;
      if (this.#seen.has(once)) continue;
      this.#seen.add(once);
      const graceEndMs = (interval + 1) * LENGTH_MS + LENGTH_MS / 4;
      this.#due.push({ atMs: Math.max(graceEndMs, atMs + DELAY_MS), group, interval });
    }
  }

  /** Delivers the receipts that are due; they wait for the link. */
  answer(nowMs: number, uplink: MemoryUplink): void {
    if (!uplink.up) return;
    const due = this.#due.filter(({ atMs }) => atMs <= nowMs);
    this.#due = this.#due.filter(({ atMs }) => atMs > nowMs);
    for (const { group, interval } of due) {
      const receipt = { group, interval, part: 0, status: "opened", blocks: ["b1"] } as const;
      uplink.deliver(topics.receipt(group), this.#deployment.receipt(receipt));
    }
  }
}
