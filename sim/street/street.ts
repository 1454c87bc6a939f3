/** The street: a broker, meters on a real engine, an aggregator per group, trustees and a provider, all talking through the broker, and a truth to compare with. */

import { setTimeout } from "node:timers/promises";
import { deliveryId, deliveryKey } from "../../headend/service/delivery.ts";
import type { PlannedFault } from "../faults/plan.ts";
import type { StreetEvent, SummaryEvent } from "../report.ts";
import { type AnyWord, alarmEvents, isAboutAggregate } from "./alarms.ts";
import { embeddedBroker, foreignBroker, type StreetBroker } from "./broker.ts";
import { makeDeployment, trusteesOf } from "./ceremony.ts";
import { Conductor, OBSERVER } from "./conductor.ts";
import { plannedFaults, playFaults } from "./fault-player.ts";
import { HeadEnd, headEndTopics } from "./head-end.ts";
import { hostOf, meterFactory } from "./meter-factory.ts";
import { isRejection, type Observer, observeEvents } from "./observer.ts";
import type { StreetOptions } from "./options.ts";
import { layOut } from "./plan.ts";
import { Seating } from "./seating.ts";
import { enrolAll, feederWires, homeWires, type StreetParty, settingsFor, wireRun } from "./setting-up.ts";
import type { StreetMeter } from "./street-meter.ts";
import { SystemTime } from "./system-time.ts";
import { type StreetGroup, Truth } from "./truth.ts";
import { VirtualTime } from "./virtual-time.ts";
import { gridMs, type Wire } from "./wire.ts";

/** Who is told what a street does. */
export interface StreetListener {
  begin(groups: readonly StreetGroup[], broker: string): void;
  /** `lost` comes with the summary: homes times intervals of which nothing was heard. */
  event(event: StreetEvent, lost?: number): void;
  fault(fault: PlannedFault): void;
  warn(text: string): void;
}

/** How a run ended. */
export interface StreetOutcome {
  readonly summary: SummaryEvent;
  /** Homes times intervals of which nothing was heard in the end. */
  readonly lost: number;
}

/** Share of an interval before the first boundary at which the meters get power. */
const LEAD = 0.25;
const SYSTEM_POLL_MS = 50;

/**
 * Runs a street to its end, or until `stop` is aborted. Nothing of it runs on afterwards.
 * @throws ChoirError when it cannot be set up, or when a party fails other than by a planned fault; the signal's reason when aborted.
 */
export async function runStreet(
  options: StreetOptions,
  listener: StreetListener,
  stop?: AbortSignal,
): Promise<StreetOutcome> {
  const startedMs = performance.now();
  const broker = options.brokerUrl === undefined ? await embeddedBroker() : foreignBroker(options.brokerUrl);
  try {
    const street = new Street(options, listener, broker);
    return await street.run(startedMs, stop);
  } finally {
    await broker.stop();
  }
}

class Street {
  readonly #options: StreetOptions;
  readonly #listener: StreetListener;
  readonly #broker: StreetBroker;
  readonly #groups: readonly StreetGroup[];
  readonly #truth: Truth;
  readonly #time: VirtualTime | SystemTime;
  readonly #conductor: Conductor | undefined;
  readonly #headEnd: HeadEnd;
  readonly #meters = new Map<string, StreetParty>();
  #seating: Seating | undefined;
  /** Those of the meters to which faults can be done, by the id of the first in each seat. */
  readonly #faultable = new Map<string, StreetMeter>();
  readonly #faults: readonly PlannedFault[];
  readonly #failure: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #observer: Observer | undefined;
  readonly #words: AnyWord[] = [];
  #brokerIsUp = true;
  #isOver = false;
  #opened = 0;
  #refused = 0;
  #exact = true;

  constructor(options: StreetOptions, listener: StreetListener, broker: StreetBroker) {
    const { load } = options;
    this.#options = options;
    this.#listener = listener;
    this.#broker = broker;
    this.#groups = layOut(options);
    this.#truth = new Truth(load, options.channels, this.#groups, "paillier");
    this.#faults = plannedFaults(options, this.#groups, broker, (text) => listener.warn(text));
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
    if (options.clock === "system") {
      this.#time = new SystemTime();
    } else {
      const time = new VirtualTime(load.startUtcMs - LEAD * load.intervalMs);
      this.#time = time;
      this.#conductor = new Conductor({
        time,
        trustees: trusteesOf(options),
        reachable: (group) => this.#reachable(group),
        isReachable: (meter) => this.#meters.get(meter)?.isReachable ?? false,
        listening: (group) => this.#listening(group),
        brokerIsUp: () => this.#brokerIsUp,
        observerIsLinked: () => this.#observer?.isLinked() ?? false,
        warn: (text) => listener.warn(text),
        settled: () => this.#report(),
      });
    }
    const word = (line: string): void => {
      this.#words.push(JSON.parse(line));
      if (this.#conductor === undefined) this.#report();
    };
    this.#headEnd = new HeadEnd(options, this.#conductor, word, (error) => this.#fail(error));
  }

  async run(startedMs: number, stop: AbortSignal | undefined): Promise<StreetOutcome> {
    const abort = (): void => this.#fail(stop?.reason);
    stop?.addEventListener("abort", abort);
    if (stop?.aborted) abort();
    try {
      return await Promise.race([this.#perform(startedMs), this.#failure]);
    } finally {
      stop?.removeEventListener("abort", abort);
      this.#isOver = true;
      await this.#observer?.stop();
      await Promise.all([...this.#meters.values()].map((meter) => meter.cutPower()));
      await this.#headEnd.stop();
    }
  }

  async #perform(startedMs: number): Promise<StreetOutcome> {
    const { load, groupCount, perGroup } = this.#options;
    await this.#observe();
    await makeDeployment(this.#options, this.#groups, this.#broker.url);
    const settings = await this.#buildMeters();
    this.#listener.begin(this.#groups, this.#broker.description);
    await this.#headEnd.start(this.#groups.map(({ id }) => id));
    if (this.#conductor === undefined) await this.#broker.subscribed(headEndTopics(this.#groups, this.#options));
    await Promise.all([...this.#meters.values()].map((meter) => meter.start(settings(meter))));
    this.#playFaults();
    const endMs = load.startUtcMs + load.intervals * load.intervalMs;
    await this.#runTo(endMs + load.intervalMs / 4, false);
    // until what came late has been counted too, at the latest until the next boundary
    await this.#runTo(endMs + load.intervalMs - gridMs(load.intervalMs), true);
    await this.#headEnd.stop();
    this.#report();
    const summary: SummaryEvent = {
      type: "summary",
      intervals: load.intervals,
      opened: this.#opened,
      refused: this.#refused,
      exact: this.#exact,
      coverage: this.#truth.homesCounted() / this.#truth.homesExpected(),
      meters: groupCount * perGroup,
      host: hostOf(this.#options),
      engine: this.#options.engine,
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    };
    const lost = this.#truth.homesLost();
    this.#listener.event(summary, lost);
    return { summary, lost };
  }

  /** Listens to the meters' events, before anything else, as that also tells whether there is a broker. */
  async #observe(): Promise<void> {
    this.#observer = await observeEvents(
      this.#broker.url,
      (event) => {
        const { interval, meter, code } = event;
        if (interval === undefined || !isRejection(event) || !this.#meters.has(meter)) return;
        if (this.#truth.position(interval) === undefined) return;
        this.#listener.event({ type: "rejected", meter, interval, start: this.#truth.start(interval), code });
      },
      (topic, payload) => this.#conductor?.handled(deliveryKey(deliveryId(topic, payload)), OBSERVER),
    );
  }

  async #buildMeters(): Promise<(meter: StreetParty) => Parameters<StreetParty["start"]>[0]> {
    const { load, channels } = this.#options;
    const run = wireRun(this.#options);
    const create = await meterFactory({
      options: this.#options,
      time: this.#time,
      brokerUrl: this.#broker.url,
      run,
      observer: (id) => ({
        sent: (topic, payload) => this.#conductor?.sent({ topic, key: deliveryKey(deliveryId(topic, payload)) }),
        received: (topic, payload) => this.#conductor?.handled(deliveryKey(deliveryId(topic, payload)), id),
      }),
      faultable: (meter) => void this.#faultable.set(meter.id, meter),
      onFailure: (error) => this.#fail(error),
    });
    const build = (id: string, wires: ReadonlyMap<string, Wire>): StreetParty => {
      const meter = create(id, wires);
      this.#meters.set(id, meter);
      return meter;
    };
    const homes = load.meters.map((id, i) => build(id, homeWires(load, i, channels, run)));
    const feeders = this.#groups.flatMap((group, i) =>
      group.feeder === undefined ? [] : build(group.feeder, feederWires(this.#options, i, group, run)),
    );
    this.#seating = new Seating({
      options: this.#options,
      run,
      plan: await enrolAll(this.#options, this.#broker.url, this.#groups, homes, feeders),
      time: this.#time,
      brokerUrl: this.#broker.url,
      isTaken: (id) => this.#meters.has(id),
      build,
      reload: () => this.#headEnd.reload(),
      sent: (topic, payload) => this.#conductor?.sent({ topic, key: deliveryKey(deliveryId(topic, payload)) }),
    });
    const settings = settingsFor(this.#options, run);
    const rods = new Set(feeders);
    return (meter) => settings(meter.id, rods.has(meter) ? "feeder" : "home");
  }

  #playFaults(): void {
    playFaults(this.#faults, {
      time: this.#time,
      // faults were planned for the meters of this run
      meter: (id) => this.#faultable.get(id) as StreetMeter,
      replaceMeter: async (id) => {
        const meter = this.#faultable.get((await this.#seating?.replace(id)) ?? "");
        // what happens to the seat from now on happens to its new meter
        if (meter !== undefined) this.#faultable.set(id, meter);
      },
      killProcess: (name) => this.#headEnd.kill(name),
      restartProcess: (name) => this.#headEnd.restart(name),
      stopBroker: async () => {
        this.#brokerIsUp = false;
        await this.#broker.stop();
        this.#conductor?.forget();
      },
      startBroker: async () => {
        await this.#broker.start();
        this.#brokerIsUp = true;
      },
      tell: (fault) => this.#listener.fault(fault),
    });
  }

  /** Lets time go on to `endMs`; when `late`, only for as long as a home is not yet counted. */
  async #runTo(endMs: number, late: boolean): Promise<void> {
    const isDone = (): boolean => late && this.#truth.homesCounted() === this.#truth.homesExpected();
    if (this.#conductor !== undefined) return this.#conductor.runTo(endMs, isDone);
    while (this.#time.nowMs() < endMs && !isDone() && !this.#isOver) await setTimeout(SYSTEM_POLL_MS);
  }

  /** Tells what the provider said since the last time; what belongs to one instant in the order of intervals and groups. */
  #report(): void {
    const said = this.#words.splice(0);
    const words = said.filter(isAboutAggregate);
    words.sort((a, b) => a.interval - b.interval || a.group.localeCompare(b.group) || a.part - b.part);
    for (const word of words) {
      const event = this.#truth.judge(word);
      if (event === undefined) continue;
      if (event.type === "refused") this.#refused++;
      else {
        this.#opened++;
        this.#exact &&= event.exact;
      }
      this.#listener.event(event);
    }
    for (const alarm of alarmEvents(said, (interval) => this.#truth.start(interval))) this.#listener.event(alarm);
  }

  #listening(group: string): readonly string[] {
    const feeder = this.#groups.find(({ id }) => id === group)?.feeder ?? "";
    return [...this.#reachable(group), ...(this.#meters.get(feeder)?.isReachable ? [feeder] : [])];
  }

  #reachable(group: string): readonly string[] {
    const members = this.#groups.find(({ id }) => id === group)?.meters ?? [];
    const ids = members.map((i) => this.#seating?.meterAt(i) ?? "");
    return ids.filter((id) => this.#meters.get(id)?.isReachable);
  }
}
