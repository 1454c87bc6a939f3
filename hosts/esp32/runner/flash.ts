/** `npm run flash:esp32 -- --subplatform CHIP [--port PORT] [--debug] [--console PORT] [--update-key PEM]`: builds the image and writes it to a board. */

import { ChoirError } from "../../../core/errors.ts";
import { readArguments } from "./arguments.ts";
import { findIdf, makeImage } from "./image.ts";
import { meterImage } from "./meter-image.ts";

try {
  const board = readArguments(process.argv.slice(2));
  const environment = findIdf();
  if (board.port !== undefined) environment["UPLOAD_PORT"] = board.port;
  makeImage(meterImage(board), "build", environment);
  makeImage(meterImage(board), "deploy", environment);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
