/** `npm run sim:desktop -- FOLDER`: the meter of a folder in the simulator, its lines on standard output; what is typed goes to the meter. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk } from "../../moddable/runner/sdk.ts";
import { type MachineConfig, SimulatedMeter } from "./simulated-meter.ts";

async function simulate(folder: string): Promise<void> {
  const sdk = findSdk();
  const app = buildApp(sdk, "debug");
  // the meter itself checks what the file says, and says what is wrong with it
  const machine = JSON.parse(readFileSync(join(folder, "machine.json"), "utf8")) as MachineConfig;
  const display = await openDisplay();
  const onLine = (line: string): void => void process.stdout.write(`${line}\n`);
  const meter = await SimulatedMeter.prepare({ sdk, app, display: display.name, folder, machine, onLine });
  try {
    await meter.powerOn();
    await meter.untilGone();
  } finally {
    await meter.close();
    display.stop();
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: npm run sim:desktop -- FOLDER, a folder with machine.json (docs/OPERATIONS.md)\n");
  process.exitCode = 1;
} else {
  simulate(folder).catch((error: unknown) => {
    if (!(error instanceof ChoirError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
