/** One meter of a street in a Moddable simulator of its own, on the system's clock; its counters are moved over its control connection. */

import { join } from "node:path";
import type { MeterSettings } from "../../firmware/settings.ts";
import { SimulatedMeter } from "../../hosts/desktop/runner/simulated-meter.ts";
import type { Sdk } from "../../hosts/moddable/runner/sdk.ts";
import type { StoppableScheduler } from "./virtual-time.ts";
import type { Wire, WireRun } from "./wire.ts";

/** What the simulators of a street share. */
export interface DesktopApp {
  readonly sdk: Sdk;
  /** The app that `buildApp` made. */
  readonly app: string;
  readonly display: string | undefined;
}

/** What all desktop meters of a street share. */
export interface DesktopMeterOptions {
  readonly desktop: DesktopApp;
  /** The street's folder; each meter gets one in it. */
  readonly folder: string;
  readonly brokerUrl: string;
  /** The comb table of the street's key. */
  readonly table: Uint8Array;
  readonly run: WireRun;
  readonly scheduler: StoppableScheduler;
  readonly nowMs: () => number;
  readonly log: (meter: string, line: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** When, as a part of an interval, its pulses come, and when a broken sensor is back at its count: far from the boundaries, however late the machine. */
const PULSES_AT = 0.4;
const BACK_AT = 0.7;

/** One meter. */
export class DesktopMeter {
  readonly id: string;
  readonly #wires: ReadonlyMap<string, Wire>;
  readonly #options: DesktopMeterOptions;
  #meter: SimulatedMeter | undefined;

  constructor(id: string, wires: ReadonlyMap<string, Wire>, options: DesktopMeterOptions) {
    this.id = id;
    this.#wires = wires;
    this.#options = options;
  }

  /** The conductor of stepped time alone asks. */
  get isReachable(): boolean {
    return this.#meter !== undefined;
  }

  /** Starts the simulator, which waits for its settings; resolves with the meter's public key. */
  async enrol(): Promise<Uint8Array> {
    const { desktop, folder, brokerUrl, log } = this.#options;
    const { hostname: host, port } = new URL(brokerUrl);
    this.#meter = await SimulatedMeter.prepare({
      ...desktop,
      folder: join(folder, "meters", this.id),
      machine: { broker: { host, port: Number(port) }, channels: [...this.#wires.keys()] },
      onLine: (line) => log(this.id, line),
      onFault: (why) => log(this.id, why),
    });
    return this.#meter.powerOn();
  }

  /** Provisions and starts it, and lets its pulses come. */
  async start(settings: MeterSettings): Promise<void> {
    const meter = this.#meter;
    if (meter === undefined) return;
    meter.provision(settings, settings.role === "home" ? this.#options.table : undefined);
    const up = meter.link("up");
    await meter.start();
    await up;
    this.#feed(meter);
  }

  async cutPower(): Promise<void> {
    const meter = this.#meter;
    this.#meter = undefined;
    this.#options.scheduler.stop();
    await meter?.close();
  }

  #feed(meter: SimulatedMeter): void {
    const { run, scheduler, nowMs, onFailure } = this.#options;
    const add = (atMs: number, obis: string, pulses: number): void => {
      if (pulses === 0) return;
      scheduler.after(Math.max(0, atMs - nowMs()), () => void meter.pulse(obis, pulses).catch(onFailure));
    };
    for (const [obis, wire] of this.#wires) {
      for (let i = 0; i < run.intervals; i++) {
        const startMs = run.startUtcMs + i * run.intervalMs;
        const pulses = wire.pulses(i);
        add(startMs + PULSES_AT * run.intervalMs, obis, pulses);
        if (pulses < 0) add(startMs + BACK_AT * run.intervalMs, obis, -pulses);
      }
    }
  }
}
