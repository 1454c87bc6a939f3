/** The stand-in of a board on the bench: the desktop's app with the bench's words, the suite, and pulses that it makes and counts itself. */

import { OBIS_IMPORT } from "../../../../core/names.ts";
import { benchVerbs } from "../../../moddable/bench.ts";
import { AddedSamples } from "../../../moddable/samples.ts";
import { measureTimings } from "../../../moddable/timings.ts";
import { HandTrain } from "../../../tests/bench/hand-train.ts";
import { runConformance } from "../../../tests/conformance/suite.ts";
import { convertTo, RigLines, wireByHand } from "../../../tests/conformance/suite-over-lines.ts";
import type { App } from "../../app.ts";
import { app } from "../../main.ts";
import { desktopHost } from "../../ports.ts";
import { readFault } from "./fault.ts";

/** Gives the app what a bench asks of a board. */
function mount(board: App): void {
  const say = (line: string): void => board.console.say(line);
  const add = (obis: string, pulses: number): void => board.desktop?.hands.get(obis)?.add(pulses);
  const train = new HandTrain(
    { has: (obis) => board.desktop?.hands.has(obis) ?? false, add },
    // the app is handed a new machine at each restart, and its turns go on
    (delayMs, task) => board.desktop?.host.scheduler.after(delayMs, task),
    readFault(),
  );
  const machine = {
    train,
    pulses: (obis: string) => board.desktop?.host.counters.get(obis)?.read(),
    totals: () => board.meter?.totals(),
    setCable: (plugged: boolean) => board.desktop?.uplink.setReachable(plugged),
    // this computer knows the time
    setTime: () => {},
    timings: () => ({
      ...measureTimings(hostOf(board), board.configuration),
      freeHeapBytes: null,
      largestBlockBytes: null,
    }),
  };
  const lines = new RigLines(say);
  board.console.teach({
    ...benchVerbs(machine, say),
    rig: (words) => lines.obey(words),
    conformance: () => {
      board.stop();
      say("conformance");
      void runConformance(...underTest(board, lines));
    },
  });
}

function hostOf(board: App) {
  // the app has started: its machine is there
  return (board.desktop as NonNullable<App["desktop"]>).host;
}

/** The ports for the suite, with an uplink of its own, and the world that it asks for. */
function underTest(board: App, lines: RigLines): Parameters<typeof runConformance> {
  const { log } = hostOf(board);
  const desktop = desktopHost(board.machine, "conformance", log);
  const samples = new AddedSamples();
  const world = lines.world({
    wire: wireByHand((obis, pulses) => desktop.hands.get(obis)?.add(pulses)),
    convert: convertTo(samples),
    setClock: async (quality, stepMs) => desktop.time.set(quality, stepMs),
    setSeeded: async (seeded) => desktop.entropy.setAvailable(seeded),
  });
  return [{ ...desktop.host, samplers: new Map([[OBIS_IMPORT, samples]]) }, world];
}

if (app !== undefined) mount(app);
