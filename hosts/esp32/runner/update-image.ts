/** An update file out of an image that was built: its chip is read from the image itself, and it is signed. */

import { createHash } from "node:crypto";
import { concatBytes } from "../../../core/bytes.ts";
import { ChoirError } from "../../../core/errors.ts";
import type { Signer } from "../../../core/ports.ts";
import { signUpdateHeader } from "../../../core/wire/update-file.ts";
import type { Chip } from "./image.ts";

/** First byte of an image of ESP-IDF, and where its header names the chip (esp_app_format.h, esp_image_header_t). */
const MAGIC = 0xe9;
const CHIP_OFFSET = 12;
const HEADER_BYTES = 24;
const CHIP_IDS: Readonly<Record<number, Chip>> = { 0: "esp32", 5: "esp32c3", 9: "esp32s3", 13: "esp32c6" };

/** @throws ChoirError input_invalid for what is no image of a chip that there is a host for. */
export function updateFile(image: Uint8Array, version: string, signer: Signer): { chip: Chip; bytes: Uint8Array } {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const chip =
    image.length < HEADER_BYTES || image[0] !== MAGIC ? undefined : CHIP_IDS[view.getUint16(CHIP_OFFSET, true)];
  if (chip === undefined)
    throw new ChoirError("input_invalid", "image", "one of a chip that has a host", "something else");
  const hash = new Uint8Array(createHash("sha256").update(image).digest());
  const header = signUpdateHeader({ chip, version, length: image.length, hash }, signer);
  return { chip, bytes: concatBytes(header, image) };
}
