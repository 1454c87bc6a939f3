/** A partition of the chip's flash as the ring and the table use it. */

import FlashStorage from "embedded:storage/flash";
import { type Flash, SECTOR_BYTES } from "./flash.ts";

/** The partition of that name (partitions.csv). */
export function partition(path: string): Flash {
  const flash = FlashStorage.open({ path });
  return {
    bytes: flash.status().size,
    read: (offset, length) => new Uint8Array(flash.read(length, offset)),
    write: (offset, bytes) => flash.write(bytes, offset),
    erase: (offset, length) => flash.eraseBlock(offset / SECTOR_BYTES, (offset + length) / SECTOR_BYTES),
  };
}
