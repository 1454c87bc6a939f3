/** The app in Espressif's QEMU: the board's own, with pulses and time from the console, and Ethernet for the radio, which the emulator has not. */

import { App } from "../app.ts";
import { readWiring } from "../board.ts";
import { emulatedMachine } from "./machine.ts";
import { ScriptedPulses } from "./scripted-pulses.ts";

new App(emulatedMachine(readWiring(), new ScriptedPulses())).start();
