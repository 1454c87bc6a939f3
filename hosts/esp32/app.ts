/**
 * The app of this host: what a start does, in the order that counting needs. First what a crash needs, then the pulses, then entropy before
 * radio and converter are started; the meter, the network and everything else come after, and none of them holds up a pulse.
 */

import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import { aboutMachine } from "../../firmware/about.ts";
import { ConfigurationSink } from "../../firmware/blob.ts";
import { Console } from "../../firmware/console.ts";
import type { Host, Log, Sampler } from "../../firmware/host.ts";
import { identityOf } from "../../firmware/identity.ts";
import { type Meter, startMeter } from "../../firmware/meter.ts";
import { factoryReset, Provisioning } from "../../firmware/provisioning.ts";
import { beginEncoding } from "../moddable/encoder.ts";
import {
  sodiumDigest as digest,
  Sha256Stream,
  sodiumSigner as signer,
  sodiumVerify as verify,
} from "../moddable/primitives.ts";
import { EngineTurns } from "../moddable/turns.ts";
import { updateKey } from "./board.ts";
import { ChipClock } from "./clock.ts";
import { ChipEntropy } from "./entropy.ts";
import { HeldNote } from "./held-note.ts";
import { HeldPulses } from "./held-pulses.ts";
import { type KeptConfiguration, readConfiguration } from "./kept-configuration.ts";
import { KeptTable } from "./kept-table.ts";
import type { Link } from "./link.ts";
import type { AppHands, Machine } from "./machine.ts";
import { board, image, noteMemory, time } from "./native.ts";
import type { Network } from "./network.ts";
import { OtaSlot } from "./ota-slot.ts";
import { partition } from "./partition.ts";
import { type ChipParts, chipHost, chipLink, isClamp, isPulse } from "./ports.ts";
import { SAFE_MS, SafeMode, SOUND_AFTER_MS } from "./safe-mode.ts";
import { chipStore } from "./store.ts";
import { TimeClient } from "./time-client.ts";
import { Trial } from "./trial.ts";
import { Updates } from "./updates.ts";
import { Watch } from "./watch.ts";

/** What is written to the console leaves the board before it starts again. */
const FLUSH_MS = 300;

/** What a configured board runs. */
interface Running {
  readonly configuration: KeptConfiguration;
  readonly link: Link;
  readonly network: Network;
}

/** One start of the board. */
export class App {
  readonly #machine: Machine;
  readonly #turns = new EngineTurns(() => time.monotonicMs());
  readonly #store = chipStore();
  readonly #safe = new SafeMode(this.#store, board.resetReason());
  readonly #note = new HeldNote(noteMemory);
  readonly #clock = new ChipClock(this.#note);
  readonly #table = new KeptTable(partition("table"), () => new Sha256Stream());
  readonly #provisioning: Provisioning;
  readonly #configuration: KeptConfiguration | undefined;
  readonly #pulses: HeldPulses;
  readonly #entropy: ChipEntropy;
  readonly #say: (line: string) => void;
  readonly #log: Log;
  readonly #console: Console;
  readonly #trial: Trial;
  #running: Running | undefined;
  #meter: Meter | undefined;

  constructor(machine: Machine) {
    beginEncoding();
    this.#machine = machine;
    const ports = { store: this.#store, verify, digest, check: (one: Configuration) => machine.check(one) };
    this.#provisioning = new Provisioning(ports, () => this.#publicKey());
    const configuration = readConfiguration(this.#provisioning, machine);
    this.#configuration = configuration instanceof ChoirError ? undefined : configuration;
    this.#pulses = this.#openPulses();
    this.#entropy = new ChipEntropy(this.#store);
    const console = new Console(this.#consoleMachine(), (line) => this.#say(line), this.#verbs());
    this.#console = console;
    this.#say = machine.console(this.#turns, {
      line: (line) => console.obey(line),
      tooLong: () => console.refuseLongLine(),
    });
    this.#log = { info: (text) => this.#say(`log info ${text}`), warn: (text) => this.#say(`log warn ${text}`) };
    if (configuration instanceof ChoirError) this.#log.warn(configuration.message);
    if (this.#entropy.fault !== undefined) this.#log.warn(`${this.#entropy.fault}`);
    this.#trial = new Trial(image.onTrial(), this.#verdict(), this.#turns);
  }

  get console(): Console {
    return this.#console;
  }

  /** The meter that runs. */
  get meter(): Meter | undefined {
    return this.#meter;
  }

  /** All of the configuration in force, read anew. @throws ChoirError store_corrupt. */
  get configuration(): Configuration | undefined {
    return this.#provisioning.current();
  }

  get hands(): AppHands {
    return {
      pulses: (obis) => this.#pulses.peek(obis),
      setCable: (plugged) => this.#running?.link.setCable(plugged),
      setTime: (utcMs) => {
        this.#clock.take({ offsetMs: utcMs - time.utcMs(), delayMs: 0 });
        this.#running?.link.look();
      },
      say: (line) => this.#say(line),
    };
  }

  /** The ports that the meter is handed, with a link of its own: for what takes the meter's place. @throws ChoirError config_invalid without a configuration. */
  get host(): Host {
    const running = this.#running;
    if (running === undefined) throw new ChoirError("config_invalid", "machine", "a configuration", "none");
    return chipHost(this.#parts, this.#linkOver(running.configuration, running.network).uplink, new Map());
  }

  /** Starts what the configuration, and the starts before this one, allow. */
  start(): void {
    board.watch();
    const { safe } = this.#safe;
    if (safe) {
      this.#log.warn("safe mode: the meter has crashed again and again; this start only counts and listens");
      this.#turns.after(SAFE_MS, () => {
        this.#safe.tryAgain();
        this.#restart();
      });
    }
    this.#turns.after(SOUND_AFTER_MS, () => this.#safe.sound());
    if (this.#configuration !== undefined) this.#run(this.#configuration);
    else this.#wait();
    new Watch(this.#turns, this.#clock, this.#machine, {
      safe,
      state: () => ({
        provisioned: this.#configuration !== undefined,
        enrolled: this.#meter?.enrolled ?? false,
        online: this.#running?.network.isUp ?? false,
        timeSet: this.#clock.quality() !== "unset",
        linked: this.#running?.link.isUp ?? false,
      }),
      onHeld: () => this.#forget(false),
    });
  }

  /** Without a configuration there is nothing that an update could break. */
  #wait(): void {
    for (const proof of this.#trial.missing) this.#trial.show(proof);
    try {
      this.#say(`identity ${toHex(this.#publicKey())}`);
    } catch (error) {
      this.#say(`log warn ${error instanceof Error ? error.message : error}`);
    }
  }

  #run(configuration: KeptConfiguration): void {
    const uniform = (): number => this.#entropy.uniform();
    const samplers = this.#machine.samplers(configuration.sensors.filter(isClamp));
    const network = this.#machine.network(configuration, this.#turns, uniform);
    const link = this.#linkOver(configuration, network);
    this.#running = { configuration, link, network };
    this.#keepTime(configuration, network, link, uniform);
    link.uplink.onState((up) => {
      this.#say(`link ${up ? "up" : "down"}`);
      if (up) this.#trial.show("connected");
    });
    this.#followUpdates(configuration, link);
    if (this.#safe.safe || !this.#startMeter(link, samplers)) link.uplink.start();
    network.start();
    this.#entropy.reseedFrom(this.#turns);
  }

  get #parts(): ChipParts {
    return {
      ...{ scheduler: this.#turns, clock: this.#clock, entropy: this.#entropy, store: this.#store },
      ...{ pulses: this.#pulses, table: this.#table, log: this.#log },
    };
  }

  #linkOver(configuration: KeptConfiguration, network: Network): Link {
    return chipLink(configuration, network, this.#parts, () => this.#trial.show("published"));
  }

  /** Whether it runs; what keeps it from that is told, and the board listens. */
  #startMeter(link: Link, samplers: ReadonlyMap<string, Sampler>): boolean {
    try {
      const settings = this.#provisioning.settings();
      if (settings === undefined) return false;
      this.#meter = startMeter(chipHost(this.#parts, link.uplink, samplers), settings);
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#log.warn(`the meter does not start: ${error.message}`);
      return false;
    }
    this.#say(`started ${toHex(this.#meter.publicKey)}`);
    return true;
  }

  #keepTime(configuration: KeptConfiguration, network: Network, link: Link, uniform: () => number): void {
    const client = new TimeClient(configuration.timeServers, {
      utcMs: () => time.utcMs(),
      scheduler: this.#turns,
      entropy: this.#entropy,
      uniform,
      take: (sample) => {
        const taken = this.#clock.take(sample);
        link.look();
        return taken;
      },
    });
    network.onState((up) => client.setRunning(up));
  }

  #followUpdates(configuration: KeptConfiguration, link: Link): void {
    new Updates({
      ...{ uplink: link.uplink, scheduler: this.#turns, store: this.#store, log: this.#log, verify },
      ...{ hash: () => new Sha256Stream(), slot: new OtaSlot(), chip: this.#machine.chip, key: updateKey() },
      sockets: { plain: link.plain, secure: link.secure },
      restart: () => this.#restart(),
    }).follow(configuration.meter);
  }

  #openPulses(): HeldPulses {
    const sensors = this.#configuration?.sensors.filter(isPulse) ?? [];
    const { pulses } = this.#machine;
    const counted = (): void => this.#trial?.show("counted");
    const held = new HeldPulses(this.#note, pulses, this.#store, sensors, counted);
    for (const [at, sensor] of sensors.entries()) pulses.open(at, sensor);
    return held;
  }

  #consoleMachine(): ConstructorParameters<typeof Console>[0] {
    return {
      scheduler: this.#turns,
      identity: () => this.#publicKey(),
      about: () => aboutMachine(this.#machine.chip, this.#provisioning),
      diagnostics: () => this.#meter?.diagnostics(),
      sinks: { configuration: new ConfigurationSink(this.#provisioning, digest), table: this.#table },
      pause: () => this.stop(),
      restart: () => this.#restart(),
      forget: (everything) => factoryReset(this.#store, everything),
    };
  }

  #verbs(): ReturnType<Machine["verbs"]> {
    return {
      memory: () => this.#say(`memory ${JSON.stringify(board.memory())}`),
      clock: () => this.#say(`clock ${this.#clock.quality()} ${this.#clock.utcMs()}`),
      ...this.#machine.verbs(this.hands),
    };
  }

  #verdict(): ConstructorParameters<typeof Trial>[1] {
    return {
      confirm: () => {
        image.confirm();
        Updates.confirmed(this.#store);
        this.#log.info("update: this image stays");
      },
      giveUp: () => {
        this.stop();
        image.giveUp();
      },
    };
  }

  #publicKey(): Uint8Array {
    return identityOf({ store: this.#store, entropy: this.#entropy, signer }).publicKey;
  }

  #forget(everything: boolean): void {
    this.stop();
    factoryReset(this.#store, everything);
    this.#restart();
  }

  /** Stops the meter; the console goes on. */
  stop(): void {
    this.#meter?.stop();
    this.#meter = undefined;
  }

  #restart(): void {
    this.stop();
    this.#turns.after(FLUSH_MS, () => board.restart());
  }
}
