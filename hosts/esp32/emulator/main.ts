/** The app in Espressif's QEMU: the board's own, with pulses and time from the console, and Ethernet for the radio, which the emulator has not. */

import { ChoirError } from "../../../core/errors.ts";
import { App } from "../app.ts";
import { readWiring, type Wiring } from "../board.ts";
import { ConsolePort } from "../console-port.ts";
import type { Machine } from "../machine.ts";
import { Ethernet } from "./ethernet.ts";
import { ScriptedPulses } from "./scripted-pulses.ts";

function emulatedMachine(wiring: Wiring): Machine {
  const pulses = new ScriptedPulses();
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
      network: ([state]) => hands.setCable(state === "on"),
      time: ([utcMs]) => hands.setTime(Number(utcMs)),
    }),
  };
}

new App(emulatedMachine(readWiring())).start();
