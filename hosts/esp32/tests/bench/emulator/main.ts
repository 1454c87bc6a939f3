/** The bench's firmware for the emulator: its app, whose pulses come by hand, with the bench's words. */

import { EngineTurns } from "../../../../moddable/turns.ts";
import { HandTrain } from "../../../../tests/bench/hand-train.ts";
import { wireByHand } from "../../../../tests/conformance/suite-over-lines.ts";
import { App } from "../../../app.ts";
import { readWiring } from "../../../board.ts";
import { emulatedMachine } from "../../../emulator/machine.ts";
import { ScriptedPulses } from "../../../emulator/scripted-pulses.ts";
import { time } from "../../../native.ts";
import { mountBench } from "../mount.ts";

const pulses = new ScriptedPulses();
const turns = new EngineTurns(() => time.monotonicMs());
const app = new App(emulatedMachine(readWiring(), pulses));
const add = (obis: string, count: number): void => pulses.add(obis, count);
const hands = { has: (obis: string) => app.hands.pulses(obis) !== undefined, add };
mountBench(app, {
  train: new HandTrain(hands, (delayMs, task) => turns.after(delayMs, task)),
  wire: wireByHand(add),
});
app.start();
