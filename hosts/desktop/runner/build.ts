/** `npm run build:desktop [-- release] [-- window]`: the app for the simulator, with its window or without. */

import { ChoirError } from "../../../core/errors.ts";
import { buildApp, findSdk } from "../../moddable/runner/sdk.ts";
import { WINDOW } from "./simulated-meter.ts";

const words = process.argv.slice(2);
try {
  const goal = words.includes("release") ? "release" : "debug";
  process.stdout.write(`${buildApp(findSdk(), goal, words.includes("window") ? WINDOW : undefined)}\n`);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
