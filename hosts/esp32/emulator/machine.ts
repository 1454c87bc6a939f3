/** What the emulator is to the app: pulses and time from the console, and Ethernet for the radio, which it has not. */

import { ChoirError } from "../../../core/errors.ts";
import type { Wiring } from "../board.ts";
import { ConsolePort } from "../console-port.ts";
import type { Machine } from "../machine.ts";
import { Ethernet } from "./ethernet.ts";
import type { ScriptedPulses } from "./scripted-pulses.ts";

export function emulatedMachine(wiring: Wiring, pulses: ScriptedPulses): Machine {
  return {
    chip: wiring.chip,
    pulses,
    lamp: { write: () => {} },
    button: () => false,
    check({ sensors }) {
      if (sensors.some(({ kind }) => kind !== "pulse")) {
        throw new ChoirError("config_invalid", "sensors", "pulse inputs, which the emulator can count", "a clamp");
      }
    },
    samplers: () => new Map(),
    network: (_, scheduler) => new Ethernet(scheduler),
    console(scheduler, ends) {
      const port = new ConsolePort(wiring.console, scheduler, ends);
      return (line) => port.say(line);
    },
    verbs: (hands) => ({
      pulses([obis = "", count]) {
        pulses.add(obis, Number(count));
        hands.say(`pulses ${obis} ${hands.pulses(obis)}`);
      },
      network([state = ""]) {
        hands.setCable(state === "on");
        hands.say(`network ${state}`);
      },
      time([utcMs]) {
        hands.setTime(Number(utcMs));
        hands.say("time");
      },
    }),
  };
}
