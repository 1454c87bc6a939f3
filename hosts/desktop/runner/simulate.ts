/**
 * `npm run sim:desktop -- FOLDER [PORT]`: the meter of a folder in the simulator with its window, its lines on standard output, its
 * console on a TCP port of the loopback for `choir provision`. After a power cut it gets its power back, until a signal ends both.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ChoirError } from "../../../core/errors.ts";
import { ConsoleBridge } from "../../moddable/runner/console-bridge.ts";
import { openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk } from "../../moddable/runner/sdk.ts";
import { type MachineConfig, SimulatedMeter, WINDOW } from "./simulated-meter.ts";

/** How long a power cut lasts. */
const DARK_MS = 1000;

async function simulate(folder: string, port: number): Promise<void> {
  const sdk = findSdk();
  const app = buildApp(sdk, "debug", WINDOW);
  // the meter itself checks what the file says, and says what is wrong with it
  const machine = JSON.parse(readFileSync(join(folder, "machine.json"), "utf8")) as MachineConfig;
  const display = await openDisplay();
  const onLine = (line: string): void => {
    process.stdout.write(`${line}\n`);
    bridge.say(line);
  };
  // nothing is said before there is power
  const meter = await SimulatedMeter.prepare({ sdk, app, display: display.name, folder, machine, onLine });
  const bridge = await ConsoleBridge.open(port, (line) => meter.tell(line));
  process.stdout.write(`console ${bridge.address}\n`);
  let isSwitchedOff = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      isSwitchedOff = true;
      void meter.cutPower();
    });
  }
  try {
    do {
      await meter.powerOn();
      if ((await meter.untilGone()) === "end") return;
      await setTimeout(DARK_MS);
    } while (!isSwitchedOff);
  } finally {
    await meter.close();
    bridge.close();
    display.stop();
  }
}

const [folder, port = "0"] = process.argv.slice(2);
if (folder === undefined || !/^\d{1,5}$/.test(port)) {
  process.stderr.write(
    "usage: npm run sim:desktop -- FOLDER [PORT], a folder with machine.json (docs/OPERATIONS.md)\n",
  );
  process.exitCode = 1;
} else {
  simulate(folder, Number(port)).catch((error: unknown) => {
    if (!(error instanceof ChoirError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
