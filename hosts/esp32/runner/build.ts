/** `npm run build:esp32 -- --subplatform CHIP [--debug] [--console PORT] [--update-key PEM]`: the image for a board, and where it lies. */

import { ChoirError } from "../../../core/errors.ts";
import { readArguments } from "./arguments.ts";
import { findIdf, makeImage } from "./image.ts";
import { meterImage } from "./meter-image.ts";

try {
  const board = readArguments(process.argv.slice(2));
  const environment = findIdf();
  process.stdout.write(`${makeImage(meterImage(board), "build", environment)}\n`);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
