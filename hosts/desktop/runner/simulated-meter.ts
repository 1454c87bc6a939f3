/** One meter in a simulator of its own: a folder with what it keeps, a process that can lose its power, and lines to and from it. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../../core/bytes.ts";
import { ChoirError } from "../../../core/errors.ts";
import { encodeSettings, type MeterSettings } from "../../../firmware/settings.ts";
import { DebugListener, type MemorySample } from "../../moddable/runner/debug-listener.ts";
import type { Sdk } from "../../moddable/runner/sdk.ts";
import { ControlListener } from "./control-listener.ts";
import { preferDeviceAlone } from "./simulator-preferences.ts";

/** The folder of the app with its window; without it the app is the root's manifest.json. */
export const WINDOW = "hosts/desktop/window";

/** Exceptions that are told when the engine gives up: the last ones lead to its end. */
const LAST_EXCEPTIONS = 4;

/** The status of a killed process where there are no signals. */
const KILLED = 137;

/** What a meter's folder says of its machine; hosts/desktop/machine.ts reads it. */
export interface MachineConfig {
  readonly broker: { readonly host: string; readonly port: number };
  readonly channels: readonly string[];
  /** Names of files in the folder, by OBIS code. */
  readonly replay?: Readonly<Record<string, string>>;
  readonly waveform?: Readonly<Record<string, { readonly file: string; readonly samplesPerSecond: number }>>;
  readonly quality?: "unset" | "holdover" | "synced";
  readonly speed?: number;
}

/** How a simulated meter runs. */
export interface SimulationOptions {
  readonly sdk: Sdk;
  /** The app that `buildApp` made. */
  readonly app: string;
  readonly display: string | undefined;
  /** Made if it is not there. What it keeps survives a power cut and the next start. */
  readonly folder: string;
  readonly machine: MachineConfig;
  /** Told of each line that the meter says. */
  readonly onLine?: (line: string) => void;
  /** Told of each line that the engine traces to its debugger. */
  readonly onTrace?: (line: string) => void;
  /** Told of what ends the meter, or keeps it from starting. */
  readonly onFault?: (why: string) => void;
}

/** How the process ended: killed at once, from outside or by the button of its window, or in some way of its own. */
export type Ending = "power cut" | "end";

/** A simulated meter; without power until `powerOn`. */
export class SimulatedMeter {
  readonly #options: SimulationOptions;
  readonly #debug: DebugListener;
  readonly #control: ControlListener;
  readonly samples: MemorySample[];
  readonly faults: string[];
  #process: ChildProcess | undefined;
  #gone: Promise<Ending> = Promise.resolve("power cut");

  private constructor(
    options: SimulationOptions,
    debug: DebugListener,
    control: ControlListener,
    samples: MemorySample[],
    faults: string[],
  ) {
    this.#options = options;
    this.#debug = debug;
    this.#control = control;
    this.samples = samples;
    this.faults = faults;
  }

  /** Prepares the folder and the listeners. */
  static async prepare(options: SimulationOptions): Promise<SimulatedMeter> {
    const samples: MemorySample[] = [];
    const faults: string[] = [];
    const exceptions: string[] = [];
    const control = await ControlListener.open((line) => options.onLine?.(line));
    const fault = (why: string): void => {
      faults.push(why);
      options.onFault?.(why);
    };
    const debug = await DebugListener.open({
      trace: (line) => {
        options.onTrace?.(line);
        if (line.startsWith("#")) exceptions.push(line);
        if (line.startsWith("XS abort")) {
          fault(`${line}: ${exceptions.slice(-LAST_EXCEPTIONS).join("; ")}`);
          control.fail(new ChoirError("engine_failed", "simulator", "a meter that runs", faults.join("; ")));
        }
        if (line.startsWith("choir:")) {
          fault(line);
          control.fail(new ChoirError("engine_failed", "meter", "a meter that starts", line));
        }
      },
      sample: (sample) => samples.push(sample),
      stopped: fault,
    });
    mkdirSync(options.folder, { recursive: true });
    const machine = { ...options.machine, control: control.port };
    writeFileSync(join(options.folder, "machine.json"), `${JSON.stringify(machine, undefined, 2)}\n`);
    return new SimulatedMeter(options, debug, control, samples, faults);
  }

  /** Resolves with the meter's public key, made at first boot, once it runs, or waits for its settings. */
  async powerOn(): Promise<Uint8Array> {
    const identity = Promise.race([this.#control.next("identity "), this.#control.next("started ")]);
    this.boot();
    return fromHex(await identity, "public key");
  }

  /** Hands the meter its settings and, unless it is a feeder, its comb table; it starts at the next `start` or boot. */
  provision(settings: MeterSettings, table: Uint8Array | undefined): void {
    const { folder } = this.#options;
    if (table !== undefined) writeFileSync(join(folder, "table"), table);
    writeFileSync(join(folder, "settings.cbor"), encodeSettings(settings));
  }

  /** Starts a meter that waited for its settings. */
  async start(): Promise<void> {
    const started = this.#control.next("started ");
    this.#control.send("start");
    await started;
  }

  /** So many more pulses on a channel; resolves when the counter has them. */
  async pulse(obis: string, pulses: number): Promise<void> {
    const counted = this.#control.next(`pulses ${obis}`);
    this.#control.send(`pulses ${obis} ${pulses}`);
    await counted;
  }

  /** The cable to the broker. */
  setNetwork(connected: boolean): void {
    this.#control.send(`network ${connected ? "on" : "off"}`);
  }

  /** Resolves when the link next comes up, or breaks. */
  async link(state: "up" | "down"): Promise<void> {
    await this.#control.next(`link ${state}`);
  }

  /** What the clamp of a channel measured since this was last asked, and what it counted since power came; null where there is none. */
  async clamp(obis: string): Promise<unknown> {
    const answer = this.#control.next(`clamp ${obis}`);
    this.#control.send(`clamp ${obis}`);
    return JSON.parse(await answer);
  }

  /** What the meter says of itself. */
  async diagnostics(): Promise<unknown> {
    const answer = this.#control.next("diagnostics ");
    this.#control.send("diagnostics");
    return JSON.parse(await answer);
  }

  /** The register: pulses by channel since the meter was made. */
  async totals(): Promise<ReadonlyMap<string, number>> {
    const answer = this.#control.next("register ");
    this.#control.send("register");
    // the app's own words, at the other end of a private connection
    return new Map(Object.entries(JSON.parse(await answer) as Record<string, number>));
  }

  /** The engine's memory once garbage is collected, at its next step. */
  liveMemory(): Promise<MemorySample> {
    return this.#debug.live();
  }

  /** The power goes: the process ends at once, what it keeps stays. */
  async cutPower(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#gone;
  }

  /** A line to the meter, as a controller would say it. */
  tell(line: string): void {
    this.#control.send(line);
  }

  /** Resolves when the process has ended. */
  untilGone(): Promise<Ending> {
    return this.#gone;
  }

  /** Cuts the power and closes the listeners. */
  async close(): Promise<void> {
    await this.cutPower();
    this.#debug.close();
    this.#control.close();
  }

  /** Gives it power. An app that is no meter says nothing of an identity. */
  boot(): void {
    const { sdk, app, folder, display } = this.#options;
    const home = join(folder, "home");
    const settings = join(home, ".config");
    // the simulator copies the app here, and makes no folder but the last
    mkdirSync(join(settings, "tech.moddable.mcsim"), { recursive: true });
    preferDeviceAlone(settings);
    const child = spawn(sdk.simulator, [sdk.devices, app], {
      env: {
        ...sdk.environment,
        HOME: home,
        XDG_CONFIG_HOME: settings,
        // on a session bus a second simulator would hand its app to the first and end
        DBUS_SESSION_BUS_ADDRESS: "disabled:",
        ...(display === undefined ? {} : { DISPLAY: display }),
        CHOIR_METER: folder,
        XSBUG_HOST: "127.0.0.1",
        XSBUG_PORT: `${this.#debug.port}`,
      },
      stdio: "ignore",
    });
    this.#process = child;
    this.#gone = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#control.fail(error);
        resolve("end");
      });
      child.once("exit", (code, signal) => {
        this.#process = undefined;
        const how = `${signal ?? `exit ${code}`}: ${this.faults.join("; ")}`;
        this.#control.fail(new ChoirError("engine_failed", "simulator", "a meter that runs", how));
        resolve(signal === "SIGKILL" || code === KILLED ? "power cut" : "end");
      });
    });
  }
}
