/** The conductor: time goes from instant to instant, and on from none before what it set off has been handled by all. */

import { describe, expect, test } from "@jest/globals";
import { topics } from "../../../core/wire/topics.ts";
import { Conductor, OBSERVER, PROVIDER, type SteppedProcess } from "../conductor.ts";
import type { Settled } from "../head-end-process.ts";
import { VirtualTime } from "../virtual-time.ts";

const START = 1_000_000;
const QUIET: Settled = { nextMs: undefined, linked: true, sent: [], handled: [] };

/** A process that answers steps and settles from a script, and QUIET when it has run out of lines. */
class Scripted implements SteppedProcess {
  readonly steps: number[] = [];
  readonly #script: Partial<Settled>[];

  constructor(...script: readonly Partial<Settled>[]) {
    this.#script = [...script];
  }

  /** Lines that are left. */
  get left(): number {
    return this.#script.length;
  }

  async step(utcMs: number): Promise<Settled> {
    this.steps.push(utcMs - START);
    return this.settle();
  }

  async settle(): Promise<Settled> {
    return { ...QUIET, ...this.#script.shift() };
  }
}

/** A process with timers at these instants after the start. */
class Punctual implements SteppedProcess {
  readonly steps: number[] = [];
  readonly #instants: readonly number[];
  #now = 0;

  constructor(...instants: readonly number[]) {
    this.#instants = instants;
  }

  async step(utcMs: number): Promise<Settled> {
    this.#now = utcMs - START;
    this.steps.push(this.#now);
    return this.settle();
  }

  async settle(): Promise<Settled> {
    const next = this.#instants.find((instant) => instant > this.#now);
    return { ...QUIET, nextMs: next === undefined ? undefined : START + next };
  }
}

function orchestra(processes: Readonly<Record<string, SteppedProcess>>) {
  const state = { brokerIsUp: true, observerIsLinked: true, reachable: [] as readonly string[] };
  const time = new VirtualTime(START);
  const warnings: string[] = [];
  const settled: number[] = [];
  const conductor = new Conductor({
    time,
    trustees: ["trustee-1"],
    reachable: () => state.reachable,
    isReachable: () => false,
    listening: () => state.reachable,
    brokerIsUp: () => state.brokerIsUp,
    observerIsLinked: () => state.observerIsLinked,
    warn: (text) => warnings.push(text),
    settled: () => settled.push(time.nowMs() - START),
  });
  for (const [name, process] of Object.entries(processes)) conductor.join(name, process, []);
  return { conductor, time, state, warnings, settled };
}

const message = (topic: string, key = "k") => ({ topic, key });

describe("time", () => {
  test("goes through every instant at which a timer or a process has something to do, and to the end", async () => {
    const [north, provider] = [new Punctual(30, 40), new Punctual(20, 40, 60)];
    const { conductor, time, settled } = orchestra({ north, [PROVIDER]: provider });
    time.scheduler().after(10, () => {});
    await conductor.runTo(START + 50);
    expect(settled).toEqual([10, 20, 30, 40, 50]);
    expect(north.steps).toEqual(settled);
    expect(provider.steps).toEqual(settled);
  });

  test("ends early when there is nothing left to wait for", async () => {
    const { conductor, time } = orchestra({});
    let rounds = 0;
    time.scheduler().after(10, () => {});
    await conductor.runTo(START + 50, () => rounds++ === 1);
    expect(time.nowMs()).toBe(START + 10);
  });
});

describe("a message", () => {
  test("of an aggregator is waited for until the provider has handled it", async () => {
    const provider = new Scripted({}, {}, {}, { handled: ["k"] });
    const { conductor, settled } = orchestra({
      north: new Scripted({ sent: [message(topics.aggregate("north"))] }),
      [PROVIDER]: provider,
    });
    await conductor.runTo(START + 5);
    expect(provider.left).toBe(0);
    expect(provider.steps).toEqual([5]);
    expect(settled).toEqual([5]);
  });

  test.each([
    ["a reading", topics.reading("north", "m"), "north"],
    ["a receipt", topics.receipt("north"), "north"],
    ["a receipt", topics.receipt("north"), "m"],
    ["a feeder's total", topics.feeder("north"), PROVIDER],
    ["an event", topics.event("m"), OBSERVER],
  ])("of a meter or the provider is waited for: %s, on %s, until %s has handled it", async (_, topic, recipient) => {
    const { conductor, state } = orchestra({});
    state.reachable = ["m"];
    conductor.sent(message(topic));
    for (const other of ["north", "m", PROVIDER, OBSERVER]) if (other !== recipient) conductor.handled("k", other);
    let isSettled = false;
    const settling = conductor.settle().then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isSettled).toBe(false);
    conductor.handled("k", recipient);
    await settling;
  });

  test("to a process that was killed waits for its return, and not for longer where its store has it already", async () => {
    const { conductor } = orchestra({ north: new Scripted() });
    conductor.leave("north");
    conductor.sent(message(topics.reading("north", "m")));
    await conductor.settle();
    conductor.join("north", new Scripted(), ["k"]);
    await conductor.settle();
  });
});

describe("after a restart of the broker", () => {
  test("what was under way is forgotten, and what was sent before all were back is not waited for", async () => {
    const lost = { sent: [message(topics.aggregate("north"), "lost")] };
    const provider = new Scripted({ linked: false }, { linked: false }, { linked: false });
    const { conductor, state, warnings } = orchestra({
      north: new Scripted({ linked: false }, lost),
      [PROVIDER]: provider,
    });
    conductor.sent(message(topics.aggregate("north"), "under way"));
    state.brokerIsUp = false;
    conductor.forget();
    await conductor.settle();
    expect(provider.left).toBe(2);
    state.brokerIsUp = true;
    await conductor.settle();
    expect(provider.left).toBe(0);
    expect(warnings).toEqual([]);
  });

  test("time waits for every party to be back at it, the street's own ear included", async () => {
    const north = new Scripted({ linked: false }, { linked: false }, { linked: false });
    const { conductor, state } = orchestra({ north });
    state.observerIsLinked = false;
    let isSettled = false;
    const settling = conductor.settle().then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([north.left, isSettled]).toEqual([0, false]);
    state.observerIsLinked = true;
    await settling;
  });

  test("what is sent once all are back is waited for again", async () => {
    const provider = new Scripted({}, {}, {}, {}, { handled: ["k"] });
    const { conductor } = orchestra({ [PROVIDER]: provider });
    conductor.forget();
    await conductor.settle();
    expect(provider.left).toBe(4);
    conductor.sent(message(topics.aggregate("north")));
    await conductor.settle();
    expect(provider.left).toBe(0);
  });
});
