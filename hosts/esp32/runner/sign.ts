/** `npm run sign:esp32 -- IMAGE KEY`: an update file, beside the image, of what `npm run build:esp32` built (its `xs_esp32.bin`) and a key in PEM. */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { FIRMWARE_VERSION } from "../../../firmware/version.ts";
import { updateFile } from "./update-image.ts";
import { updateSigner } from "./update-key.ts";

const [image, key] = process.argv.slice(2);
try {
  if (image === undefined || key === undefined) {
    throw new ChoirError("input_invalid", "arguments", "IMAGE KEY", `${process.argv.length - 2} words`);
  }
  const { chip, bytes } = updateFile(new Uint8Array(readFileSync(image)), FIRMWARE_VERSION, updateSigner(key));
  const path = join(dirname(image), `choir-${chip}-${FIRMWARE_VERSION}.update`);
  writeFileSync(path, bytes);
  process.stdout.write(`${path}\n`);
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
