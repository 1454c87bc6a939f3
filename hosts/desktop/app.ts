/** The app in the Moddable simulator without its beginning: builds the ports of this computer and starts the meter, or waits until it is provisioned. */

import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import { aboutMachine } from "../../firmware/about.ts";
import { ConfigurationSink, WholeFileSink } from "../../firmware/blob.ts";
import { Console } from "../../firmware/console.ts";
import { identityOf } from "../../firmware/identity.ts";
import { type Meter, startMeter } from "../../firmware/meter.ts";
import { factoryReset, Provisioning, settingsOf } from "../../firmware/provisioning.ts";
import { decodeSettings, type MeterSettings } from "../../firmware/settings.ts";
import { beginEncoding } from "../moddable/encoder.ts";
import { sodiumDigest, sodiumVerify } from "../moddable/primitives.ts";
import { EngineTurns } from "../moddable/turns.ts";
import { Control } from "./control.ts";
import { type Machine, readMachine } from "./machine.ts";
import { files, system } from "./native.ts";
import { type DesktopHost, desktopHost } from "./ports.ts";
import { folderStore } from "./store.ts";

/** The name under which a meter that has no settings yet would connect; it does not. */
const UNPROVISIONED = "unprovisioned";
const MOST_TABLE_BYTES = 2 ** 20;

/** What the meter is started with. */
interface Provisioned {
  readonly settings: MeterSettings;
  readonly broker: Machine["broker"];
}

/** What is asked for again of the settings; the files among them are the largest part, and other bytes are views of what holds them. */
export type ShownSettings = Pick<MeterSettings, "meter" | "role" | "pulsesPerKilowattHour" | "clamps">;

/** The meter of one folder, with the machine that it is handed; without a meter until it is provisioned. */
export class App {
  readonly #machine = readMachine();
  readonly #store = folderStore(this.#machine.files.store);
  readonly #provisioning = new Provisioning(
    {
      store: this.#store,
      verify: sodiumVerify,
      digest: sodiumDigest,
      check: (configuration) => checkAbility(configuration, this.#machine),
    },
    () => this.#publicKey(),
  );
  readonly #console = this.#makeConsole();
  readonly #control =
    this.#machine.control === undefined
      ? undefined
      : new Control(this.#machine.control, {
          line: (line) => this.#console.obey(line),
          tooLong: () => this.#console.refuseLongLine(),
        });
  #desktop: DesktopHost | undefined;
  #meter: Meter | undefined;
  #settings: ShownSettings | undefined;

  get desktop(): DesktopHost | undefined {
    return this.#desktop;
  }

  get meter(): Meter | undefined {
    return this.#meter;
  }

  /** What the meter was started with. */
  get settings(): ShownSettings | undefined {
    return this.#settings;
  }

  get console(): Console {
    return this.#console;
  }

  /** The configuration in force; none for a meter that a controller has set up. @throws ChoirError store_corrupt. */
  get configuration(): Configuration | undefined {
    return this.#provisioning.current();
  }

  /** The machine as the next start finds it. */
  get machine(): Machine {
    return { ...this.#machine, broker: this.configuration?.broker ?? this.#machine.broker };
  }

  constructor() {
    beginEncoding();
  }

  start(): void {
    const provisioned = this.#provisioned();
    const { settings, broker } = provisioned ?? { settings: undefined, broker: this.#machine.broker };
    this.#settings = settings === undefined ? undefined : shown(settings);
    const desktop = desktopHost({ ...this.#machine, broker }, settings?.meter ?? UNPROVISIONED, {
      info: (text) => this.#say(`log info ${text}`),
      warn: (text) => this.#say(`log warn ${text}`),
    });
    this.#desktop = desktop;
    if (settings === undefined) {
      this.#say(`identity ${toHex(this.#publicKey())}`);
      return;
    }
    desktop.uplink.onState((up) => this.#say(`link ${up ? "up" : "down"}`));
    this.#meter = startMeter(desktop.host, settings);
    this.#say(`started ${toHex(this.#meter.publicKey)}`);
  }

  /** A controller's settings go before a configuration; one that cannot be used is told, and the meter waits for another. */
  #provisioned(): Provisioned | undefined {
    const bytes = files.read(this.#machine.files.settings);
    if (bytes !== undefined) {
      return { settings: decodeSettings(new Uint8Array(bytes)), broker: this.#machine.broker };
    }
    try {
      const configuration = this.#provisioning.current();
      if (configuration === undefined) return undefined;
      // machine.json may have changed since
      checkAbility(configuration, this.#machine);
      return { settings: settingsOf(configuration), broker: configuration.broker };
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#say(`log warn ${error.message}`);
      return undefined;
    }
  }

  #makeConsole(): Console {
    const { table, settings } = this.#machine.files;
    const tableEnds = {
      name: "table",
      mostBytes: MOST_TABLE_BYTES,
      held: (): Uint8Array | undefined => {
        const bytes = files.read(table);
        return bytes === undefined ? undefined : new Uint8Array(bytes);
      },
      keep: (bytes: Uint8Array): void => files.replace(table, bytes),
    };
    return new Console(
      {
        scheduler: new EngineTurns(() => system.monotonicMs()),
        identity: () => this.#publicKey(),
        about: () => aboutMachine("desktop", this.#provisioning),
        diagnostics: () => this.#meter?.diagnostics(),
        sinks: {
          configuration: new ConfigurationSink(this.#provisioning, sodiumDigest),
          table: new WholeFileSink(tableEnds, sodiumDigest),
        },
        pause: () => this.stop(),
        restart: () => {
          this.stop();
          this.start();
        },
        forget: (everything) => {
          files.remove(settings);
          factoryReset(this.#store, everything);
        },
      },
      (line) => this.#say(line),
      {
        pulses: ([obis = "", pulses]) => this.#pulse(obis, Number(pulses)),
        clamp: ([obis = ""]) => this.#say(`clamp ${obis} ${JSON.stringify(this.#clamp(obis))}`),
        register: () => this.#say(`register ${JSON.stringify(Object.fromEntries(this.#meter?.totals() ?? []))}`),
        network: ([state]) => this.#desktop?.uplink.setReachable(state === "on"),
        start: () => {
          if (this.#meter === undefined) this.start();
        },
      },
    );
  }

  #publicKey(): Uint8Array {
    const host = this.#desktop?.host;
    if (host === undefined) throw new ChoirError("entropy_unseeded", "identity", "a machine that runs", "none");
    return identityOf(host).publicKey;
  }

  /** Stops the meter; the console goes on. */
  stop(): void {
    this.#meter?.stop();
    this.#meter = undefined;
  }

  #pulse(obis: string, pulses: number): void {
    this.#desktop?.hands.get(obis)?.add(pulses);
    this.#say(`pulses ${obis} ${this.#desktop?.host.counters.get(obis)?.read()}`);
  }

  /** What the clamp of a channel measured since this was last asked, and what it counted since power came. */
  #clamp(obis: string): unknown {
    const clamp = this.#meter?.clamp(obis);
    return clamp === undefined
      ? null
      : // in this order: reading it may bring the next window
        {
          ...clamp.takeMeasurement(),
          milliwattHours: clamp.read(),
          ...clamp.last,
          coveredMicros: clamp.coveredMicros,
        };
  }

  #say(line: string): void {
    trace(`${line}\n`);
    this.#control?.say(line);
  }
}

function shown({ meter, role, pulsesPerKilowattHour, clamps }: MeterSettings): ShownSettings {
  return { meter, role, pulsesPerKilowattHour, ...(clamps === undefined ? {} : { clamps }) };
}

/** This machine's inputs are those of machine.json, by channel; it has no TLS. @throws ChoirError config_invalid. */
function checkAbility({ broker, sensors }: Configuration, { channels, waveforms }: Machine): void {
  if (broker.authorities !== undefined) {
    throw new ChoirError("config_invalid", "broker", "one without TLS, which this host has not", "one with TLS");
  }
  for (const { kind, obis } of sensors) {
    const isThere = kind === "pulse" ? channels.includes(obis) : waveforms.has(obis);
    if (!isThere) throw new ChoirError("config_invalid", `sensor of ${obis}`, "an input of this machine", `no ${kind}`);
  }
}
