/** What a board is to the app: its pins, its radio, its converter. */

import { ChoirError } from "../../core/errors.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import type { ClampSensor } from "../../core/wire/sensors.ts";
import type { Sampler } from "../../firmware/host.ts";
import { takeWindows } from "../moddable/samples.ts";
import type { Wiring } from "./board.ts";
import { ConsolePort } from "./console-port.ts";
import { boardButton, boardLamp } from "./lamp.ts";
import { checkInput } from "./link.ts";
import type { Machine } from "./machine.ts";
import { clampInputs, pulseInputs } from "./native.ts";
import { Radio } from "./radio.ts";

export function boardMachine(wiring: Wiring): Machine {
  return {
    chip: wiring.chip,
    pulses: {
      begin: (...least) => pulseInputs.begin(...least),
      read: (index) => pulseInputs.read(index),
      open: (index, { input, minHighMicros, minLowMicros }) =>
        // the configuration was checked against these pins
        pulseInputs.open(index, wiring.pulses[input] as number, minHighMicros, minLowMicros),
    },
    lamp: boardLamp(wiring.light),
    button: boardButton(wiring.button),
    check: (configuration) => checkConfiguration(configuration, wiring),
    samplers: (sensors) => startClamps(sensors, wiring),
    network: ({ wifi }, scheduler, uniform) => {
      if (wifi === undefined) throw noRadio();
      return new Radio(wifi, scheduler, uniform);
    },
    console: (scheduler, ends) => {
      const port = new ConsolePort(wiring.console, scheduler, ends);
      return (line) => port.say(line);
    },
    verbs: ({ pulses, say }) => ({
      pulses: ([obis = ""]) => say(`pulses ${obis} ${pulses(obis)}`),
    }),
  };
}

/** One rate for all: the converter goes round. */
function startClamps(sensors: readonly ClampSensor[], { clamps }: Wiring): ReadonlyMap<string, Sampler> {
  if (sensors.length === 0) return new Map();
  const rate = Math.max(...sensors.map(({ samplesPerSecond }) => samplesPerSecond));
  // the configuration was checked against these pins
  clampInputs.start(rate, ...sensors.map(({ input }) => clamps[input] as number));
  const samplerOf = (index: number): Sampler => ({
    read: () => takeWindows((numbers) => clampInputs.take(index, numbers)),
  });
  return new Map(sensors.map(({ obis }, index) => [obis, samplerOf(index)]));
}

/** @throws ChoirError config_invalid. */
function checkConfiguration({ wifi, sensors }: Configuration, { pulses, clamps }: Wiring): void {
  if (wifi === undefined) throw noRadio();
  for (const { kind, input } of sensors) checkInput(kind, input, kind === "pulse" ? pulses.length : clamps.length);
}

function noRadio(): ChoirError {
  return new ChoirError("config_invalid", "wifi", "a radio network", "none");
}
