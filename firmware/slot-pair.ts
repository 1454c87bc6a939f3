/** A record kept in two slots that are written in turn, each with a sequence number and a CRC-32: one that is torn leaves the one before it. */

import { concatBytes, uint64Bytes, uint64Value } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { crc32 } from "./crc32.ts";
import type { Store } from "./host.ts";

const SEQUENCE_BYTES = 8;
const CRC_BYTES = 4;

/** What a restart found. */
export interface Restored {
  /** The newest sound record; none when neither slot holds one. */
  readonly record: Uint8Array | undefined;
  /** Slots that held something else than a sound record, 0 to 2. Whether such a slot was the newer one cannot be known. */
  readonly torn: number;
}

/** Two slots under `<name>/a` and `<name>/b` of a store. */
export class SlotPair {
  readonly #store: Store;
  readonly #name: string;
  #sequence = 0;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** Reads both slots; to be called once, before the first `write`. */
  restore(): Restored {
    let record: Uint8Array | undefined;
    let torn = 0;
    for (const parity of [0, 1]) {
      const bytes = this.#store.get(this.#key(parity));
      if (bytes === undefined) continue;
      try {
        const slot = openSlot(bytes);
        if (slot.sequence > this.#sequence) {
          this.#sequence = slot.sequence;
          record = slot.record;
        }
      } catch {
        torn++;
      }
    }
    return { record, torn };
  }

  /** Replaces the older slot, so that the newer one stands until this returns. */
  write(record: Uint8Array): void {
    const sequence = this.#sequence + 1;
    const body = concatBytes(uint64Bytes(sequence), record);
    this.#store.set(this.#key(sequence % 2), concatBytes(body, uint64Bytes(crc32(body)).subarray(8 - CRC_BYTES)));
    this.#sequence = sequence;
  }

  #key(parity: number): string {
    return slotKey(this.#name, parity);
  }
}

/** Deletes both slots. */
export function forgetSlots(store: Store, name: string): void {
  for (const parity of [0, 1]) store.delete(slotKey(name, parity));
}

function slotKey(name: string, parity: number): string {
  return `${name}/${parity === 0 ? "a" : "b"}`;
}

function openSlot(bytes: Uint8Array): { readonly sequence: number; readonly record: Uint8Array } {
  const end = bytes.length - CRC_BYTES;
  if (end < SEQUENCE_BYTES) throw new ChoirError("register_corrupt", "slot", "a sequence and a CRC-32", "fewer bytes");
  const body = bytes.subarray(0, end);
  if (new DataView(bytes.buffer, bytes.byteOffset + end, CRC_BYTES).getUint32(0) !== crc32(body)) {
    throw new ChoirError("register_corrupt", "slot", "its own CRC-32", "another");
  }
  return { sequence: uint64Value(body), record: body.slice(SEQUENCE_BYTES) };
}
