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
  const ring = new FlashRing(partition(PARTITION), SEGMENT_BYTES);
  const values = KeyValue.open({ path: NAMESPACE, format: "buffer" });
  const others: Store = {
    get(key) {
      // of the format that it was opened with, or nothing
      const kept = values.read(key) as ArrayBuffer | undefined;
      return kept === undefined ? undefined : new Uint8Array(kept);
    },
    set: (key, value) => values.write(key, value),
    delete: (key) => values.delete(key),
    keys: (prefix) => [...values].filter((key) => key.startsWith(prefix)),
  };
  const homeOf = (key: string): Store => {
    if (!isKey(key)) throw new ChoirError("input_invalid", "store key", "1 to 15 of a-z 0-9 / -", key);
    return key.startsWith(MESSAGES) ? ring : others;
  };
  return {
    get: (key) => homeOf(key).get(key),
    set: (key, value) => homeOf(key).set(key, value),
    delete: (key) => homeOf(key).delete(key),
    keys: (prefix) => [...others.keys(prefix), ...ring.keys(prefix)],
  };
}

/** Without a regular expression: one that is preloaded ends XS 17.7 when memory is collected while it runs. */
function isKey(key: string): boolean {
  if (key.length < 1 || key.length > MOST_CHARACTERS) return false;
  for (let i = 0; i < key.length; i++) if (!KEY_CHARACTERS.includes(key.charAt(i))) return false;
  return true;
}
