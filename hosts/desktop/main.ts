/** The app in the Moddable simulator: builds the ports of this computer and starts the meter, or waits until it is provisioned. */

import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { identityOf } from "../../firmware/identity.ts";
import { type Meter, startMeter } from "../../firmware/meter.ts";
import { decodeSettings } from "../../firmware/settings.ts";
import { Control } from "./control.ts";
import { readMachine } from "./machine.ts";
import { files, system } from "./native.ts";
import { type DesktopHost, desktopHost } from "./ports.ts";

/** The name under which a meter that has no settings yet would connect; it does not. */
const UNPROVISIONED = "unprovisioned";

class App {
  readonly #machine = readMachine();
  readonly #control =
    this.#machine.control === undefined ? undefined : new Control(this.#machine.control, (words) => this.#obey(words));
  #desktop: DesktopHost | undefined;
  #meter: Meter | undefined;

  start(): void {
    const bytes = files.read(this.#machine.files.settings);
    const settings = bytes === undefined ? undefined : decodeSettings(new Uint8Array(bytes));
    const desktop = desktopHost(this.#machine, settings?.meter ?? UNPROVISIONED, {
      info: (text) => this.#say(`log info ${text}`),
      warn: (text) => this.#say(`log warn ${text}`),
    });
    this.#desktop = desktop;
    if (settings === undefined) {
      this.#say(`identity ${toHex(identityOf(desktop.host).publicKey)}`);
      return;
    }
    desktop.uplink.onState((up) => this.#say(`link ${up ? "up" : "down"}`));
    this.#meter = startMeter(desktop.host, settings);
    this.#say(`started ${toHex(this.#meter.publicKey)}`);
  }

  #obey([verb, ...words]: readonly string[]): void {
    switch (verb) {
      case "pulses":
        this.#pulse(words[0] ?? "", Number(words[1]));
        break;
      case "network":
        this.#desktop?.uplink.setReachable(words[0] === "on");
        break;
      case "start":
        if (this.#meter === undefined) this.start();
        break;
      case "diagnostics":
        this.#say(`diagnostics ${JSON.stringify(this.#meter?.diagnostics() ?? null)}`);
        break;
      case "clamp":
        this.#say(`clamp ${words[0]} ${JSON.stringify(this.#clamp(words[0] ?? ""))}`);
        break;
      default:
        this.#say(`log warn no such command: ${verb}`);
    }
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
      : { ...clamp.takeMeasurement(), ...clamp.last, coveredMicros: clamp.coveredMicros, milliwattHours: clamp.read() };
  }

  #say(line: string): void {
    trace(`${line}\n`);
    this.#control?.say(line);
  }
}

function boot(): void {
  system.ignoreBrokenPipes();
  try {
    new App().start();
  } catch (error) {
    if (!(error instanceof ChoirError)) throw error;
    trace(`choir: ${error.message}\n`);
  }
}

boot();
