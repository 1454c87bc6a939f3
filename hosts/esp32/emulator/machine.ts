/** What the emulator is to the app: pulses and time from the console, and Ethernet for the radio, which it has not. */

import { ChoirError } from "../../../core/errors.ts";
import type { Configuration } from "../../../core/wire/configuration.ts";
import type { Verbs } from "../../../firmware/console.ts";
import type { Scheduler } from "../../../firmware/host.ts";
import type { LineEnds } from "../../../firmware/lines.ts";
import type { Wiring } from "../board.ts";
import { ConsolePort } from "../console-port.ts";
import type { AppHands, Machine } from "../machine.ts";
import type { Network } from "../network.ts";
import { Ethernet } from "./ethernet.ts";
import type { ScriptedPulses } from "./scripted-pulses.ts";

const NOTHING = (): void => {};

export function emulatedMachine(wiring: Wiring, pulses: ScriptedPulses): Machine {
  return new EmulatedMachine(wiring, pulses);
}

/** A class, whose methods lie in flash. */
class EmulatedMachine implements Machine {
  readonly #wiring: Wiring;
  readonly pulses: ScriptedPulses;
  readonly lamp = { write: NOTHING };

  constructor(wiring: Wiring, pulses: ScriptedPulses) {
    this.#wiring = wiring;
    this.pulses = pulses;
  }

  get chip(): string {
    return this.#wiring.chip;
  }

  button(): boolean {
    return false;
  }

  check({ sensors }: Pick<Configuration, "sensors">): void {
    if (sensors.some(({ kind }) => kind !== "pulse")) {
      throw new ChoirError("config_invalid", "sensors", "pulse inputs, which the emulator can count", "a clamp");
    }
  }

  samplers(): ReturnType<Machine["samplers"]> {
    return new Map();
  }

  network(_: unknown, scheduler: Scheduler): Network {
    return new Ethernet(scheduler);
  }

  console(scheduler: Scheduler, ends: LineEnds): (line: string) => void {
    const port = new ConsolePort(this.#wiring.console, scheduler, ends);
    return (line) => port.say(line);
  }

  verbs(hands: AppHands): Verbs {
    return {
      pulses: (words) => addPulses(this.pulses, hands, words),
      network: (words) => moveCable(hands, words),
      time: (words) => setTime(hands, words),
    };
  }
}

function addPulses(pulses: ScriptedPulses, hands: AppHands, [obis = "", count]: readonly string[]): void {
  pulses.add(obis, Number(count));
  hands.say(`pulses ${obis} ${hands.pulses(obis)}`);
}

function moveCable(hands: AppHands, [state = ""]: readonly string[]): void {
  hands.setCable(state === "on");
  hands.say(`network ${state}`);
}

function setTime(hands: AppHands, [utcMs]: readonly string[]): void {
  hands.setTime(Number(utcMs));
  hands.say("time");
}
