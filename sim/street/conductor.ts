/** The conductor: steps all parties of a street from instant to instant, each time when what the last one set off has settled. */

import { setTimeout } from "node:timers/promises";
import { ChoirError } from "../../core/errors.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import type { HeadEndProcess, SentMessage, Settled } from "./head-end-process.ts";
import { MessagesInFlight, type Recipient } from "./messages-in-flight.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The provider's and the observer's names among the recipients. */
export const PROVIDER = "provider";
export const OBSERVER = "observer";

/** How long, by a real clock, a message may be under way before the street gives up on it. */
const PATIENCE_MS = 60_000;
const POLL_MS = 2;

/** A process that lets itself be stepped. */
export type SteppedProcess = Pick<HeadEndProcess, "step" | "settle">;

/** What the conductor needs to know of the street. */
export interface Orchestra {
  readonly time: VirtualTime;
  /** Names of the trustees' processes. */
  readonly trustees: readonly string[];
  /** Ids of the meters of a group that would receive a message now. */
  readonly reachable: (group: string) => readonly string[];
  /** Whether a meter would. */
  readonly isReachable: (meter: string) => boolean;
  /** Those and the group's feeder. */
  readonly listening: (group: string) => readonly string[];
  /** Whether the broker is up. */
  readonly brokerIsUp: () => boolean;
  /** Whether the street's own ear is subscribed. */
  readonly observerIsLinked: () => boolean;
  readonly warn: (text: string) => void;
  /** Called when an instant has settled. */
  readonly settled: () => void;
}

/** Steps a street. */
export class Conductor {
  readonly #orchestra: Orchestra;
  readonly #processes = new Map<Recipient, SteppedProcess>();
  readonly #nextMs = new Map<Recipient, number | undefined>();
  readonly #unlinked = new Set<Recipient>();
  readonly #away = new Set<Recipient>();
  readonly #inFlight = new MessagesInFlight();
  /** The broker has forgotten all, and not all are back at it. */
  #isRecovering = false;

  constructor(orchestra: Orchestra) {
    this.#orchestra = orchestra;
  }

  /** Takes a process in, once it is ready. `handled` are keys of what its store held already. */
  join(name: Recipient, process: SteppedProcess, handled: readonly string[]): void {
    this.#processes.set(name, process);
    this.#away.delete(name);
    for (const key of handled) this.#inFlight.handled(key, name);
  }

  /** Lets a process go that was killed; what is sent to it meanwhile waits for its return. */
  leave(name: Recipient): void {
    this.#processes.delete(name);
    this.#nextMs.delete(name);
    this.#unlinked.delete(name);
    this.#away.add(name);
  }

  /** The broker has forgotten everything: what was under way, and who had subscribed. */
  forget(): void {
    this.#isRecovering = true;
    this.#dropAll();
  }

  #dropAll(): void {
    for (const name of [...this.#processes.keys(), ...this.#away, OBSERVER]) this.#inFlight.drop(name);
  }

  /** A message that a broker has acknowledged. */
  sent({ topic, key }: SentMessage): void {
    this.#inFlight.sent(key, this.#recipients(topic));
  }

  handled(key: string, recipient: Recipient): void {
    this.#inFlight.handled(key, recipient);
  }

  /** Goes on to `endMs`, through every instant at which anyone has something to do. */
  async runTo(endMs: number, isDone: () => boolean = () => false): Promise<void> {
    const { time } = this.#orchestra;
    while (time.nowMs() < endMs && !isDone()) {
      const due = [time.nextMs(), ...this.#nextMs.values(), endMs].filter((ms) => ms !== undefined);
      const next = Math.max(time.nowMs(), Math.min(...due));
      time.stepTo(next);
      await time.settle();
      await this.#askAll((process) => process.step(time.nowMs()));
      await this.settle();
      this.#orchestra.settled();
    }
  }

  /** Resolves when nothing is under way any more at this instant. @throws ChoirError broker_failed when a party stays away from the broker. */
  async settle(): Promise<void> {
    const { time, brokerIsUp, warn } = this.#orchestra;
    const patienceEnds = performance.now() + PATIENCE_MS;
    for (;;) {
      await time.settle();
      await this.#askAll((process) => process.settle());
      const waiting = brokerIsUp() ? this.#waitedFor() : [];
      if (waiting.length === 0 && time.isSettled()) return;
      if (performance.now() > patienceEnds) {
        const absent = brokerIsUp() ? this.#absent() : [];
        if (absent.length > 0) throw new ChoirError("broker_failed", "broker", `${absent.join(", ")} at it`, "no link");
        warn(`gave up waiting for ${[...new Set(waiting)].join(", ")} to handle what was sent to them`);
        for (const name of waiting) this.#inFlight.drop(name);
        return;
      }
      await setTimeout(POLL_MS);
    }
  }

  #waitedFor(): readonly Recipient[] {
    const absent = this.#absent();
    if (this.#isRecovering && absent.length === 0) {
      // what the first to come back sent to those who had not yet subscribed is lost, and its sender sends it again
      this.#isRecovering = false;
      this.#dropAll();
    }
    return [...this.#inFlight.waitedFor(this.#away), ...absent];
  }

  /** Who should be at the broker and is not. */
  #absent(): readonly Recipient[] {
    return [...this.#unlinked, ...(this.#orchestra.observerIsLinked() ? [] : [OBSERVER])];
  }

  async #askAll(ask: (process: SteppedProcess) => Promise<Settled>): Promise<void> {
    await Promise.all([...this.#processes].map(async ([name, process]) => this.absorb(name, await ask(process))));
  }

  /** Hears what a process says of itself. */
  absorb(name: Recipient, { nextMs, linked, sent, handled }: Settled): void {
    this.#nextMs.set(name, nextMs);
    if (linked) this.#unlinked.delete(name);
    else this.#unlinked.add(name);
    for (const message of sent) this.sent(message);
    for (const key of handled) this.handled(key, name);
  }

  #recipients(topic: string): readonly Recipient[] {
    const parsed = parseTopic(topic);
    switch (parsed.kind) {
      case "reading":
        return [parsed.group];
      case "aggregate":
      case "feeder":
      case "share":
        return [PROVIDER];
      case "evidence":
        return this.#orchestra.trustees;
      case "receipt":
        return [parsed.group, ...this.#orchestra.reachable(parsed.group)];
      case "beacon":
        return this.#orchestra.listening(parsed.group);
      case "config":
        return this.#orchestra.isReachable(parsed.meter) ? [parsed.meter] : [];
      case "event":
        return [OBSERVER];
      default:
        return [];
    }
  }
}
