/** The store port on the chip: NVS, whose sets are atomic and have a CRC, and for the outbox's messages the ring in a partition of its own. */

import KeyValue from "embedded:storage/key-value";
import { ChoirError } from "../../core/errors.ts";
import type { Store } from "../../firmware/host.ts";
import { FlashRing } from "./flash-ring.ts";
import { partition } from "./partition.ts";

const NAMESPACE = "choir";
/** Keys of the outbox (firmware/outbox.ts). */
const MESSAGES = "o/";
const PARTITION = "outbox";
/** Seven messages of 2.2 KB, with little left over. */
const SEGMENT_BYTES = 16_384;
const KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789/-";
const MOST_CHARACTERS = 15;

/** Opens both. @throws ChoirError config_invalid where the partition is too small; an Error where there is none. */
export function chipStore(): Store {
  return new ChipStore();
}

class ChipStore implements Store {
  readonly #messages = new FlashRing(partition(PARTITION), SEGMENT_BYTES);
  readonly #others = new Values();

  get(key: string): Uint8Array | undefined {
    return this.#homeOf(key).get(key);
  }

  set(key: string, value: Uint8Array): void {
    this.#homeOf(key).set(key, value);
  }

  delete(key: string): void {
    this.#homeOf(key).delete(key);
  }

  keys(prefix: string): readonly string[] {
    return [...this.#others.keys(prefix), ...this.#messages.keys(prefix)];
  }

  #homeOf(key: string): Store {
    if (!isKey(key)) throw new ChoirError("input_invalid", "store key", "1 to 15 of a-z 0-9 / -", key);
    return key.startsWith(MESSAGES) ? this.#messages : this.#others;
  }
}

/** NVS. */
class Values implements Store {
  readonly #values = KeyValue.open({ path: NAMESPACE, format: "buffer" });

  get(key: string): Uint8Array | undefined {
    // of the format that it was opened with, or nothing
    const kept = this.#values.read(key) as ArrayBuffer | undefined;
    return kept === undefined ? undefined : new Uint8Array(kept);
  }

  set(key: string, value: Uint8Array): void {
    this.#values.write(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  keys(prefix: string): readonly string[] {
    return [...this.#values].filter((key) => key.startsWith(prefix));
  }
}

/** Without a regular expression: one that is preloaded ends XS 17.7 when memory is collected while it runs. */
function isKey(key: string): boolean {
  if (key.length < 1 || key.length > MOST_CHARACTERS) return false;
  for (let i = 0; i < key.length; i++) if (!KEY_CHARACTERS.includes(key.charAt(i))) return false;
  return true;
}
