/** The image slot that does not run (ESP-IDF's application updates), by the SDK's ECMA-419 interface. */

import FlashStorage from "embedded:storage/flash";
import Update, { type Updater } from "embedded:update";
import type { ImageSlot } from "./update-stream.ts";

const PARTITION = "nextota";

/** The slot for the next image. */
export class OtaSlot implements ImageSlot {
  #update: Updater | undefined;

  get bytes(): number {
    return FlashStorage.open({ path: PARTITION }).status().size;
  }

  begin(_length: number): void {
    // "a": sectors are erased as the image comes, so that no erase of all of them holds up a turn
    this.#update = Update.open({ partition: FlashStorage.open({ path: PARTITION, mode: "r+" }), mode: "a" });
  }

  write(bytes: Uint8Array): void {
    this.#update?.write(bytes);
  }

  /** ESP-IDF reads the image again, its own hash included, before it makes it the next one. */
  finish(): void {
    this.#update?.complete();
    this.#update = undefined;
  }

  abandon(): void {
    this.#update?.close();
    this.#update = undefined;
  }
}
