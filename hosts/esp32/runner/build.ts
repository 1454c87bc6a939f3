/** `npm run build:esp32 -- --subplatform CHIP [--debug] [--update-key HEX]`: the image for a board, and where it lies. */

import { ChoirError } from "../../../core/errors.ts";
import { readArguments } from "./arguments.ts";
import { findIdf, makeImage } from "./image.ts";
import { meterImage } from "./meter-image.ts";

try {
  const options = meterImage(readArguments(process.argv.slice(2)));
  process.stdout.write(`${makeImage(options, "build", findIdf())}\n`);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
