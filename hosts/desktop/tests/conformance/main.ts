/** The suite's app in the simulator: the ports that the desktop host ships with the suite on them instead of a meter. */

import { OBIS_IMPORT } from "../../../../core/names.ts";
import { createPulseFilter } from "../../../../firmware/pulse-filter.ts";
import { MessageLines } from "../../../moddable/message-lines.ts";
import { AddedSamples } from "../../../moddable/samples.ts";
import { runConformance } from "../../../tests/conformance/suite.ts";
import { WIRE_LEAST_MICROS, type World } from "../../../tests/conformance/world.ts";
import { askOver, worldOver } from "../../../tests/conformance/world-by-wire.ts";
import { Control } from "../../control.ts";
import { readMachine } from "../../machine.ts";
import { system } from "../../native.ts";
import { desktopHost } from "../../ports.ts";
import { nativeCases } from "./native-cases.ts";

function boot(): void {
  system.ignoreBrokenPipes();
  const machine = readMachine();
  let receive = (_answer: Uint8Array): void => {};
  // the rig always names a port
  const control: Control = new Control(machine.control ?? 0, {
    line: (line) => lines.obey(line.split(" ").slice(1)),
    tooLong: () => say("log warn a line was too long"),
  });
  const say = (line: string): void => control.say(line);
  const lines = new MessageLines("rig", say, (answer) => receive(answer));
  const desktop = desktopHost(machine, "conformance", {
    info: (text) => say(`log info ${text}`),
    warn: (text) => say(`log warn ${text}`),
  });
  const ask = askOver({
    send: (question) => lines.send(question),
    onAnswer: (hear) => {
      receive = hear;
    },
  });
  const samples = new AddedSamples();
  let convertedMicros = 0;
  const filter = createPulseFilter({ minHighMicros: WIRE_LEAST_MICROS, minLowMicros: WIRE_LEAST_MICROS });
  // what this machine has no wire for is done by the classes that it ships, in their own terms
  const world: World = {
    ...worldOver(ask),
    wire: async (edges) => {
      for (const edge of edges) desktop.hands.get(OBIS_IMPORT)?.add(filter.edge(edge));
    },
    convert: async (counts, lostMicros, lengthMicros) => {
      const fromMicros = convertedMicros + lostMicros;
      convertedMicros = fromMicros + lengthMicros;
      const bytes = new DataView(new ArrayBuffer(2 * counts.length));
      for (const [i, count] of counts.entries()) bytes.setUint16(2 * i, count, true);
      samples.add(bytes.buffer, fromMicros, convertedMicros);
    },
    setClock: async (quality, stepMs) => desktop.time.set(quality, stepMs),
    setSeeded: async (seeded) => desktop.entropy.setAvailable(seeded),
  };
  const host = { ...desktop.host, samplers: new Map([[OBIS_IMPORT, samples]]) };
  void runConformance(host, world, nativeCases);
}

boot();
