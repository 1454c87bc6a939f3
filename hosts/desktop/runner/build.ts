/** `npm run build:desktop [release]`: the app for the simulator. */

import { ChoirError } from "../../../core/errors.ts";
import { buildApp, findSdk } from "../../moddable/runner/sdk.ts";

try {
  process.stdout.write(`${buildApp(findSdk(), process.argv[2] === "release" ? "release" : "debug")}\n`);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
