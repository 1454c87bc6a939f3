/** What a board and the emulator differ in, as the app is handed it. */

import type { Configuration } from "../../core/wire/configuration.ts";
import type { ClampSensor, PulseSensor } from "../../core/wire/sensors.ts";
import type { Verbs } from "../../firmware/console.ts";
import type { Sampler, Scheduler } from "../../firmware/host.ts";
import type { LineEnds } from "../../firmware/lines.ts";
import type { Lamp } from "./flashing.ts";
import type { PulseHardware } from "./held-pulses.ts";
import type { Network } from "./network.ts";

/** Pulse inputs, numbered as the configuration's pulse sensors are. */
export interface PulseInputs extends PulseHardware {
  open(index: number, sensor: PulseSensor): void;
}

/** What the app can be asked by a machine's own words. */
export interface AppHands {
  /** Pulses of a channel since this start; undefined for one that has no pulse input. */
  pulses(obis: string): number | undefined;
  /** The cable: pulled, every attempt at the broker fails. */
  setCable(plugged: boolean): void;
  /** UTC in ms, as a time server's word that was on its way for no time. */
  setTime(utcMs: number): void;
  say(line: string): void;
}

export interface Machine {
  /** The name of the chip, like `esp32c3`. */
  readonly chip: string;
  readonly pulses: PulseInputs;
  readonly lamp: Lamp;
  /** Whether the button is down. */
  readonly button: () => boolean;
  /** @throws ChoirError config_invalid for sensors or a network that this machine has not. */
  check(configuration: Configuration): void;
  /** Starts sampling; called once the entropy is seeded, which needs the converter for itself. */
  samplers(sensors: readonly ClampSensor[]): ReadonlyMap<string, Sampler>;
  /** @param uniform a number in 0 <= u < 1, fresh for each call */
  network(configuration: Pick<Configuration, "wifi">, scheduler: Scheduler, uniform: () => number): Network;
  /** Opens the console; what is returned sends a line. */
  console(scheduler: Scheduler, ends: LineEnds): (line: string) => void;
  /** Words of the console that this machine has beside the common ones. */
  verbs(hands: AppHands): Verbs;
}
