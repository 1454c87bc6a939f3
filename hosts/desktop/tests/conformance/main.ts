/** The suite's app in the simulator: the ports that the desktop host ships with the suite on them instead of a meter. */

import { OBIS_IMPORT } from "../../../../core/names.ts";
import { AddedSamples } from "../../../moddable/samples.ts";
import { runConformance } from "../../../tests/conformance/suite.ts";
import { convertTo, RigLines, wireByHand } from "../../../tests/conformance/suite-over-lines.ts";
import { Control } from "../../control.ts";
import { readMachine } from "../../machine.ts";
import { system } from "../../native.ts";
import { desktopHost } from "../../ports.ts";
import { nativeCases } from "./native-cases.ts";

function boot(): void {
  system.ignoreBrokenPipes();
  const machine = readMachine();
  // the rig always names a port
  const control: Control = new Control(machine.control ?? 0, {
    line: (line) => lines.obey(line.split(" ").slice(1)),
    tooLong: () => say("log warn a line was too long"),
  });
  const say = (line: string): void => control.say(line);
  const lines = new RigLines(say);
  const desktop = desktopHost(machine, "conformance", {
    info: (text) => say(`log info ${text}`),
    warn: (text) => say(`log warn ${text}`),
  });
  const samples = new AddedSamples();
  // what this machine has no wire for is done by the classes that it ships, in their own terms
  const world = lines.world({
    wire: wireByHand((obis, pulses) => desktop.hands.get(obis)?.add(pulses)),
    convert: convertTo(samples),
    setClock: async (quality, stepMs) => desktop.time.set(quality, stepMs),
    setSeeded: async (seeded) => desktop.entropy.setAvailable(seeded),
  });
  const host = { ...desktop.host, samplers: new Map([[OBIS_IMPORT, samples]]) };
  void runConformance(host, world, nativeCases);
}

boot();
