/** The rig of the suite on this computer: the ports of a machine, boot after boot, and the world around them. */

import { ChoirError } from "../../../core/errors.ts";
import type { ClockQuality } from "../../../core/meter-words.ts";
import { OBIS_IMPORT } from "../../../core/names.ts";
import type { Store } from "../../../firmware/host.ts";
import { createPulseFilter, type PulseEdge, type PulseFilter } from "../../../firmware/pulse-filter.ts";
import { WaveformSampler } from "../../../firmware/tests/waveforms.ts";
import { systemClock } from "../../node/clock.ts";
import { fileStore } from "../../node/file-store.ts";
import type { NodePorts } from "../../node/meter.ts";
import { MqttUplink } from "../../node/mqtt-uplink.ts";
import { nodeDigest, nodeEntropy } from "../../node/primitives.ts";
import { SystemScheduler } from "../../node/scheduler.ts";
import { type AedesBroker, aedesBroker, type Published } from "../aedes-broker.ts";
import { Cable } from "../cable.ts";
import type { Result } from "./case.ts";
import { type Heard, WIRE_LEAST_MICROS, type World } from "./world.ts";

/** A store that works while there is power. `before` is called with each key that is about to be set. */
export function whilePowered(store: Store, isPowered: () => boolean, before: (key: string) => void): Store {
  return {
    get: (key) => store.get(key),
    keys: (prefix) => store.keys(prefix),
    set: (key, value) => {
      if (isPowered()) before(key);
      if (isPowered()) store.set(key, value);
    },
    delete: (key) => {
      if (isPowered()) store.delete(key);
    },
  };
}

/** The comb table of the machine under test. */
export interface TableFile {
  readonly table: Uint8Array;
  readonly residueBytes: number;
}

/** Who waits for the results of a boot. */
interface Settle {
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Ports and world; the folder is the machine's flash. */
export class SuiteRig implements World {
  readonly #folder: string;
  readonly #tableFile: TableFile;
  readonly #published: Published[];
  readonly #cable: Cable;
  readonly #lines: string[] = [];
  #broker: AedesBroker;
  #boots = 0;
  #filter: PulseFilter | undefined;
  #pulses = 0;
  #sampler = new WaveformSampler();
  /** Time of the converter, which goes on whether or not there is power. */
  #convertedMicros = 0;
  #quality: ClockQuality = "synced";
  #stepMs = 0;
  #isSeeded = true;
  #cut: (() => void) | undefined;
  #atSet: (() => void) | undefined;
  #results: Result[] = [];
  #boot: Settle | undefined;

  private constructor(folder: string, file: TableFile, published: Published[], broker: AedesBroker, cable: Cable) {
    this.#folder = folder;
    this.#tableFile = file;
    this.#published = published;
    this.#broker = broker;
    this.#cable = cable;
  }

  /** @param near the address at which the machine reaches the broker */
  static async build(folder: string, file: TableFile, near?: string): Promise<SuiteRig> {
    const published: Published[] = [];
    const broker = await aedesBroker(published);
    return new SuiteRig(folder, file, published, broker, await Cable.to(broker.port, near));
  }

  async close(): Promise<void> {
    this.cutPower();
    await this.#cable.close();
    await this.#broker.stop();
  }

  /** The broker, as the machine finds it at the other end of the cable. */
  get brokerPort(): number {
    return this.#cable.port;
  }

  /** Begins the next boot of a machine that has its own ports. Resolves with its results, when its last case has run. */
  nextBoot(): Promise<readonly Result[]> {
    this.#boots++;
    this.#results = [];
    return new Promise((resolve, reject) => {
      this.#boot = { resolve, reject };
    });
  }

  /** The machine has ended before its last case. */
  fail(error: unknown): void {
    this.#boot?.reject(error);
  }

  /** Takes down a line of the machine's log. */
  note(line: string): void {
    this.#lines.push(line);
  }

  /** The ports of this boot. */
  powerOn(): NodePorts {
    const power = { isOn: true };
    const scheduler = new SystemScheduler();
    const uplink = new MqttUplink({ url: this.#cable.url, clientId: "conformance", scheduler, uniform: () => 0 });
    const clock = systemClock();
    this.#pulses = 0;
    this.#sampler = new WaveformSampler();
    this.#filter = createPulseFilter({ minHighMicros: WIRE_LEAST_MICROS, minLowMicros: WIRE_LEAST_MICROS });
    this.#cut = () => {
      power.isOn = false;
      scheduler.stop();
      uplink.cut();
    };
    const store = whilePowered(
      fileStore(this.#folder),
      () => power.isOn,
      () => this.#atSet?.(),
    );
    return {
      counters: new Map([[OBIS_IMPORT, { read: () => this.#pulses }]]),
      samplers: new Map([[OBIS_IMPORT, this.#sampler]]),
      clock: { ...clock, utcMs: () => clock.utcMs() + this.#stepMs, quality: () => this.#quality },
      entropy: {
        fill: (bytes) => {
          if (!this.#isSeeded) throw new ChoirError("entropy_unseeded", "the rig's entropy", "a seed", "none");
          nodeEntropy.fill(bytes);
        },
      },
      store,
      uplink,
      scheduler,
      log: { info: (line) => this.note(line), warn: (line) => this.note(line) },
    };
  }

  /** Takes from the machine all that needs power. What is on the wire from now on, nobody counts. */
  cutPower(): void {
    this.#cut?.();
    this.#cut = undefined;
    this.#filter = undefined;
  }

  /** Cuts the power when the machine is about to set a key for the `count`th time from now, `alsoCut` at the same instant. */
  cutPowerAtSet(count: number, alsoCut: () => Promise<void>): Promise<void> {
    let sets = 0;
    return new Promise((resolve, reject) => {
      this.#atSet = () => {
        sets++;
        if (sets < count) return;
        this.#atSet = undefined;
        this.cutPower();
        alsoCut().then(resolve, reject);
      };
    });
  }

  async isFirstBoot(): Promise<boolean> {
    return this.#boots === 1;
  }

  async wire(edges: readonly PulseEdge[]): Promise<void> {
    for (const edge of edges) this.#pulses += this.#filter?.edge(edge) ?? 0;
  }

  async convert(counts: Uint16Array, lostMicros: number, lengthMicros: number): Promise<void> {
    const from = this.#convertedMicros + lostMicros;
    this.#convertedMicros = from + lengthMicros;
    this.#sampler.add(counts, from, this.#convertedMicros);
  }

  async setClock(quality: ClockQuality, stepMs: number): Promise<void> {
    this.#quality = quality;
    this.#stepMs = stepMs;
  }

  async setSeeded(seeded: boolean): Promise<void> {
    this.#isSeeded = seeded;
  }

  async setLink(up: boolean): Promise<void> {
    if (up) this.#cable.mend();
    else this.#cable.cut();
  }

  async holdBroker(held: boolean): Promise<void> {
    this.#cable.hold(held);
  }

  async replaceBroker(): Promise<void> {
    this.#cable.cut();
    await this.#broker.stop();
    this.#broker = await aedesBroker(this.#published);
    this.#cable.mend(this.#broker.port);
  }

  async heard(topic: string): Promise<readonly Heard[]> {
    return this.#published.filter((message) => message.topic === topic);
  }

  async links(): Promise<number> {
    return this.#cable.links;
  }

  async say(topic: string, payload: Uint8Array): Promise<void> {
    await this.#broker.publish(topic, payload);
  }

  async logged(): Promise<readonly string[]> {
    return this.#lines;
  }

  /** What the machine is to be given. */
  get tableFile(): TableFile {
    return this.#tableFile;
  }

  async table(): Promise<{ readonly residueBytes: number; readonly digest: Uint8Array }> {
    const { residueBytes, table } = this.#tableFile;
    return { residueBytes, digest: nodeDigest.sha256(table) };
  }

  async tablePart(index: number, count: number): Promise<Uint8Array> {
    const bytes = 2 * this.#tableFile.residueBytes;
    return nodeDigest.sha256(this.#tableFile.table.subarray(index * bytes, (index + count) * bytes));
  }

  async report(result: Result): Promise<void> {
    this.#results.push(result);
  }

  async finish(): Promise<void> {
    this.#boot?.resolve(this.#results);
  }
}
