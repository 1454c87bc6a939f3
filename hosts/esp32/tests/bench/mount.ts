/** The bench's words and the suite on the chip's app, for boards and the emulator alike. */

import { ChoirError } from "../../../../core/errors.ts";
import type { ClockQuality } from "../../../../core/meter-words.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import type { Host } from "../../../../firmware/host.ts";
import { benchVerbs, type PulseTrain } from "../../../moddable/bench.ts";
import { AddedSamples } from "../../../moddable/samples.ts";
import { measureTimings } from "../../../moddable/timings.ts";
import { runConformance } from "../../../tests/conformance/suite.ts";
import { convertTo, type OwnWorld, RigLines } from "../../../tests/conformance/suite-over-lines.ts";
import type { App } from "../../app.ts";
import { board } from "../../native.ts";

/** The pulses that this machine makes and counts itself. */
export interface OwnPulses {
  readonly train: PulseTrain;
  readonly wire: OwnWorld["wire"];
}

/** To be called before the app starts. */
export function mountBench(app: App, { train, wire }: OwnPulses): void {
  const say = (line: string): void => app.hands.say(line);
  const machine = {
    train,
    pulses: (obis: string) => app.hands.pulses(obis),
    totals: () => app.meter?.totals(),
    setCable: (plugged: boolean) => app.hands.setCable(plugged),
    setTime: (utcMs: number) => app.hands.setTime(utcMs),
    timings: () => {
      const { free, largest } = board.memory();
      const measured = measureTimings(app.host, app.configuration);
      return { ...measured, freeHeapBytes: free, largestBlockBytes: largest };
    },
  };
  const lines = new RigLines(say);
  app.console.teach({
    ...benchVerbs(machine, say),
    rig: (words) => lines.obey(words),
    conformance: () => {
      app.stop();
      const samples = new AddedSamples();
      const { host, own } = moved(app.host);
      const world = lines.world({ ...own, wire, convert: convertTo(samples) });
      say("conformance");
      void runConformance({ ...host, samplers: new Map([[OBIS_IMPORT, samples]]) }, world);
    },
  });
}

/** The ports, with a clock that the rig steps and a seed that it takes away: a chip has no hand for either. */
function moved(host: Host): { readonly host: Host; readonly own: Pick<OwnWorld, "setClock" | "setSeeded"> } {
  const { clock, entropy } = host;
  let stepMs = 0;
  let quality: ClockQuality | undefined;
  let seeded = true;
  return {
    host: {
      ...host,
      clock: {
        utcMs: () => clock.utcMs() + stepMs,
        quality: () => quality ?? clock.quality(),
        monotonicMs: () => clock.monotonicMs(),
      },
      entropy: {
        fill: (bytes) => {
          if (!seeded) throw new ChoirError("entropy_unseeded", "entropy", "a seed", "one that the rig took away");
          entropy.fill(bytes);
        },
      },
    },
    own: {
      setClock: async (next, byMs) => {
        quality = next;
        stepMs = byMs;
      },
      setSeeded: async (next) => {
        seeded = next;
      },
    },
  };
}
