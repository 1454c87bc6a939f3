/** A meter on a machine of either kind, from boot to boot: time is stepped, flash is a folder, the link goes through a cable to a broker. */

import { join } from "node:path";
import { concatBytes } from "../../../core/bytes.ts";
import { ChoirError } from "../../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import { COMB_ENTRIES } from "../../../core/paillier/comb.ts";
import { topics } from "../../../core/wire/topics.ts";
import type { PulseCounter, Store, Uplink } from "../../../firmware/host.ts";
import type { MeterSettings } from "../../../firmware/settings.ts";
import { DAY_MS, type Deployment, LENGTH_MS } from "../../../firmware/tests/deployment.ts";
import { type StoppableScheduler, VirtualTime } from "../../../sim/street/virtual-time.ts";
import { fileStore } from "../../node/file-store.ts";
import { MqttUplink } from "../../node/mqtt-uplink.ts";
import { nodeEntropy } from "../../node/primitives.ts";
import { type AedesBroker, aedesBroker, type Published } from "../aedes-broker.ts";
import { Cable } from "../cable.ts";
import type { Machine, MeterHost } from "./hosts.ts";
import { whilePowered } from "./rig.ts";

const METER = "h1";

/** Pulses on a channel's wire since the beginning of the day; no two intervals have the same number. */
export function pulsesAt(obis: string, utcMs: number): number {
  const minutes = (utcMs - DAY_MS) / 60_000;
  return Math.floor(obis === OBIS_IMPORT ? 7 * minutes + minutes ** 2 / 50 : 2 * minutes + minutes ** 2 / 200);
}

/** What lasts for one boot. */
interface Boot {
  readonly machine: Machine;
  readonly scheduler: StoppableScheduler;
  readonly uplink: MqttUplink;
  readonly power: { isOn: boolean };
}

export class MeterBench {
  readonly deployment: Deployment;
  readonly time = new VirtualTime(DAY_MS);
  readonly #world = this.time.scheduler();
  readonly #host: MeterHost;
  readonly #folder: string;
  readonly #published: Published[];
  readonly #broker: AedesBroker;
  readonly #cable: Cable;
  #boot: Boot | undefined;
  #delivered = 0;
  #failure: unknown;
  #meterKey: Uint8Array | undefined;
  isSeeded = true;
  /** Called with each key that the meter is about to set. */
  beforeSet: (key: string) => void = () => {};

  private constructor(
    host: MeterHost,
    folder: string,
    deployment: Deployment,
    published: Published[],
    broker: AedesBroker,
    cable: Cable,
  ) {
    this.#host = host;
    this.#folder = folder;
    this.deployment = deployment;
    this.#published = published;
    this.#broker = broker;
    this.#cable = cable;
  }

  static async build(host: MeterHost, folder: string, deployment: Deployment): Promise<MeterBench> {
    const published: Published[] = [];
    const broker = await aedesBroker(published);
    const bench = new MeterBench(host, folder, deployment, published, broker, await Cable.to(broker.port));
    bench.#sendBeacons();
    return bench;
  }

  async close(): Promise<void> {
    this.#world.stop();
    await this.cutPower();
    await this.#cable.close();
    await this.#broker.stop();
  }

  /** The meter's public key, made at the first boot. */
  get meterKey(): Uint8Array {
    if (this.#meterKey === undefined) throw new Error("the meter was never switched on");
    return this.#meterKey;
  }

  get machine(): Machine {
    if (this.#boot === undefined) throw new Error("the meter has no power");
    return this.#boot.machine;
  }

  /** What lies in the flash, power or not. */
  get flash(): Store {
    return fileStore(join(this.#folder, "flash"));
  }

  get isUp(): boolean {
    return this.#boot?.uplink.isUp ?? false;
  }

  /** Gives the machine power and starts the meter on it. */
  async powerOn(): Promise<void> {
    const { deployment, time } = this;
    const power = { isOn: true };
    const scheduler = time.scheduler();
    const track = (work: Promise<unknown>): void => time.track(work);
    const uplink = new MqttUplink({ url: this.#cable.url, clientId: METER, scheduler, uniform: () => 0.5, track });
    const bootMs = time.nowMs();
    const counter = (obis: string): PulseCounter => ({
      read: () => pulsesAt(obis, time.nowMs()) - pulsesAt(obis, bootMs),
    });
    const ports = {
      counters: new Map([OBIS_IMPORT, OBIS_EXPORT].map((obis) => [obis, counter(obis)])),
      clock: { utcMs: () => time.nowMs(), quality: () => "synced" as const, monotonicMs: () => time.nowMs() - bootMs },
      entropy: { fill: (bytes: Uint8Array) => this.#fill(bytes) },
      store: whilePowered(
        this.flash,
        () => power.isOn,
        (key) => this.beforeSet(key),
      ),
      uplink: this.#counted(uplink),
      scheduler,
      log: { info: () => {}, warn: () => {} },
    };
    const { table, opened } = deployment;
    const file = {
      table: concatBytes(...Array.from({ length: COMB_ENTRIES }, (_, index) => table.entry(index))),
      residueBytes: opened.key.bytes,
    };
    const onFailure = (error: unknown): void => {
      this.#failure ??= error;
    };
    const machine = await this.#host.machine(ports, file, { track, onFailure });
    this.#boot = { machine, scheduler, uplink, power };
    const meterKey = await machine.identity();
    this.#meterKey ??= meterKey;
    await machine.start(this.#settings(meterKey));
    await this.runTo(time.nowMs());
  }

  /** At once: what the meter was doing it does not finish. */
  async cutPower(): Promise<void> {
    const boot = this.#boot;
    if (boot === undefined) return;
    this.#boot = undefined;
    boot.power.isOn = false;
    boot.scheduler.stop();
    boot.uplink.cut();
    await boot.machine.cutPower();
  }

  /** Goes on to an instant, and waits until all that was due has settled. */
  async runTo(utcMs: number): Promise<void> {
    for (;;) {
      await this.time.settle();
      if (this.#failure !== undefined) throw this.#failure;
      const next = this.time.nextMs();
      if (next === undefined || next > utcMs) break;
      this.time.stepTo(next);
    }
    this.time.stepTo(utcMs);
    await this.time.settle();
  }

  /** Breaks or mends the cable, and waits until the meter's link has seen it. */
  async setLink(up: boolean): Promise<void> {
    if (up) this.#cable.mend();
    else this.#cable.cut();
    await eventually(async () => {
      // the way back is on the meter's own timers
      if (up) await this.runTo(this.time.nextMs() ?? this.time.nowMs());
      return this.isUp === up;
    });
    await this.time.settle();
  }

  /** Publishes to the meter, and waits until it has dealt with it. */
  async say(topic: string, payload: Uint8Array): Promise<void> {
    const before = this.#delivered;
    await this.#broker.publish(topic, payload);
    await eventually(() => this.#delivered > before);
    await this.time.settle();
  }

  /** All that the broker got on a topic so far, its acknowledgements being ahead of it; waits until there are `least`. */
  async heard(topic: string, least: number): Promise<readonly Published[]> {
    const found = (): readonly Published[] => this.#published.filter((message) => message.topic === topic);
    await eventually(() => found().length >= least);
    return found();
  }

  /** Messages of this meter to a group. */
  async readings(least: number, group = "g1"): Promise<readonly Uint8Array[]> {
    return (await this.heard(topics.reading(group, METER), least)).map(({ payload }) => payload);
  }

  /** As an aggregator sends them, at each interval's start and middle. */
  #sendBeacons(): void {
    const { time, deployment } = this;
    const halfMs = LENGTH_MS / 2;
    const nextMs = (Math.floor(time.nowMs() / halfMs) + 1) * halfMs;
    this.#world.after(nextMs - time.nowMs(), () => {
      if (this.isUp) time.track(this.#tell(topics.beacon("g1"), deployment.beacon("g1", nextMs)));
      this.#sendBeacons();
    });
  }

  async #tell(topic: string, payload: Uint8Array): Promise<void> {
    const before = this.#delivered;
    await this.#broker.publish(topic, payload);
    await eventually(() => this.#delivered > before || !this.isUp);
  }

  #fill(bytes: Uint8Array): void {
    if (!this.isSeeded) throw new ChoirError("entropy_unseeded", "the bench's entropy", "a seed", "none");
    nodeEntropy.fill(bytes);
  }

  #counted(uplink: MqttUplink): Uplink {
    return {
      publish: (topic, payload, options) => uplink.publish(topic, payload, options),
      subscribe: (topic, receive) =>
        uplink.subscribe(topic, (from, payload) => {
          receive(from, payload);
          this.#delivered++;
        }),
      onState: (change) => uplink.onState(change),
      setWill: (topic, payload) => uplink.setWill(topic, payload),
      start: () => uplink.start(),
      stop: () => uplink.stop(),
    };
  }

  #settings(meterKey: Uint8Array): MeterSettings {
    const { deployment } = this;
    return {
      meter: METER,
      role: "home",
      rootKey: deployment.rootKey,
      keyFile: deployment.keyFile(),
      roll: deployment.roll({ home: meterKey }),
      leastKeyBits: 512,
      pulsesPerKilowattHour: 1000,
      checkpointMs: 60_000,
      checkpointPulses: 1_000_000,
      poolTarget: 3,
      outboxCapacity: 20,
      boundaryToleranceMs: 5000,
      statusMs: 3_600_000,
    };
  }
}

/** Turns the event loop until a condition holds; one that never does is ended by the test's own limit. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => void setTimeout(resolve, 1));
}
