/** One meter of a street, home or feeder: its flash, wire, clock and link, and the machine that is replaced when its power comes back. */

import type { ClockQuality } from "../../core/meter-words.ts";
import type { Clock, Host, PulseCounter, Store } from "../../firmware/host.ts";
import type { MeterSettings } from "../../firmware/settings.ts";
import { MqttUplink } from "../../hosts/node/mqtt-uplink.ts";
import { FaultyUplink, type LinkFault, type LinkObserver } from "./faulty-uplink.ts";
import { flash } from "./flash.ts";
import type { StoppableScheduler, StreetTime } from "./virtual-time.ts";
import type { Wire } from "./wire.ts";

/** The ports that a street's meter is given, whatever engine it runs on. */
export type StreetPorts = Pick<Host, "counters" | "clock" | "entropy" | "store" | "uplink" | "scheduler" | "log">;

/** A machine with power. */
export interface Machine {
  identity(): Promise<Uint8Array>;
  start(settings: MeterSettings): Promise<void>;
  cutPower(): Promise<void>;
}

/** Builds machines of one kind: hosts/node objects, or XS engines. */
export type MachineFactory = (ports: StreetPorts) => Machine;

/** What all meters of a street share. */
export interface StreetMeterOptions {
  readonly time: StreetTime;
  readonly brokerUrl: string;
  readonly machine: MachineFactory;
  readonly entropy: Host["entropy"];
  /** A number in 0 <= u < 1, fresh for each call. */
  readonly uniform: () => number;
  /** The log of one meter. */
  readonly log: (meter: string) => Host["log"];
  /** When the run starts, for what flowed before. */
  readonly startUtcMs: number;
}

/** One meter. */
export class StreetMeter {
  readonly id: string;
  readonly #wires: ReadonlyMap<string, Wire>;
  readonly #options: StreetMeterOptions;
  readonly #observer: LinkObserver;
  readonly #store: Store = flash();
  #machine: Machine | undefined;
  #scheduler: StoppableScheduler | undefined;
  #link: MqttUplink | undefined;
  #uplink: FaultyUplink | undefined;
  #settings: MeterSettings | undefined;
  #stepMs = 0;
  #isPowered = { now: false };
  #darkUtcMs: number;

  constructor(id: string, wires: ReadonlyMap<string, Wire>, options: StreetMeterOptions, observer: LinkObserver) {
    this.id = id;
    this.#wires = wires;
    this.#options = options;
    this.#observer = observer;
    // what flowed before it was there is no business of a meter that comes later
    this.#darkUtcMs = Math.max(options.startUtcMs, options.time.nowMs());
  }

  /** Whether it has power and a link, so that messages to it arrive. */
  get isReachable(): boolean {
    return this.#machine !== undefined && this.#link?.isUp === true;
  }

  /** Gives it power for the first time, for its identity. */
  async enrol(): Promise<Uint8Array> {
    return this.#powerOn().identity();
  }

  async start(settings: MeterSettings): Promise<void> {
    this.#settings = settings;
    await this.#machine?.start(settings);
  }

  /** The power goes: the engine dies at once, the link breaks without a goodbye, flash stays. */
  async cutPower(): Promise<void> {
    const machine = this.#machine;
    this.#machine = undefined;
    this.#isPowered.now = false;
    this.#darkUtcMs = this.#options.time.nowMs();
    this.#scheduler?.stop();
    this.#link?.cut();
    await machine?.cutPower();
  }

  async restorePower(): Promise<void> {
    if (this.#machine !== undefined || this.#settings === undefined) return;
    await this.#powerOn().start(this.#settings);
  }

  goOffline(): void {
    this.#link?.cut();
  }

  goOnline(): void {
    if (this.#machine !== undefined) this.#link?.start();
  }

  beginLinkFault(fault: LinkFault): void {
    this.#uplink?.begin(fault);
  }

  endLinkFault(fault: LinkFault): void {
    this.#uplink?.end(fault);
  }

  /** Its clock is wrong by so much from now on. */
  setClockStep(stepMs: number): void {
    this.#stepMs = stepMs;
  }

  #powerOn(): Machine {
    const { time, brokerUrl, machine, entropy, uniform, log } = this.#options;
    const scheduler = time.scheduler();
    const link = new MqttUplink({
      url: brokerUrl,
      clientId: `meter-${this.id}`,
      scheduler,
      uniform,
      track: (work) => time.track(work),
    });
    const uplink = new FaultyUplink(link, this.#observer);
    const bootUtcMs = time.nowMs();
    const counters = new Map<string, PulseCounter>();
    for (const [obis, wire] of this.#wires) {
      counters.set(
        obis,
        wire.counter(() => time.nowMs(), bootUtcMs, this.#darkUtcMs),
      );
    }
    const clock: Clock = {
      utcMs: () => time.nowMs() + this.#stepMs,
      quality: (): ClockQuality => "synced",
      monotonicMs: () => time.nowMs() - bootUtcMs,
    };
    this.#scheduler = scheduler;
    this.#link = link;
    this.#uplink = uplink;
    this.#isPowered = { now: true };
    const store = whilePowered(this.#store, this.#isPowered);
    this.#machine = machine({ counters, clock, entropy, store, uplink, scheduler, log: log(this.id) });
    return this.#machine;
  }
}

/** The flash as one boot of the machine sees it: what a dead machine still wants to write never gets there. */
function whilePowered(store: Store, isPowered: { readonly now: boolean }): Store {
  return {
    get: (key) => store.get(key),
    set: (key, value) => {
      if (isPowered.now) store.set(key, value);
    },
    delete: (key) => {
      if (isPowered.now) store.delete(key);
    },
    keys: (prefix) => store.keys(prefix),
  };
}
