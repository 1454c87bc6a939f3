/** A partition of the chip's flash as the ring and the table use it. */

import FlashStorage from "embedded:storage/flash";
import { type Flash, SECTOR_BYTES } from "./flash.ts";

/** The partition of that name (partitions.csv). */
export function partition(path: string): Flash {
  return new Partition(path);
}

class Partition implements Flash {
  readonly #flash: ReturnType<typeof FlashStorage.open>;
  readonly bytes: number;

  constructor(path: string) {
    this.#flash = FlashStorage.open({ path });
    this.bytes = this.#flash.status().size;
  }

  read(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#flash.read(length, offset));
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#flash.write(bytes, offset);
  }

  erase(offset: number, length: number): void {
    this.#flash.eraseBlock(offset / SECTOR_BYTES, (offset + length) / SECTOR_BYTES);
  }
}
