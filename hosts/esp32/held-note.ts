/** What the app notes in memory that a reset leaves alone: how far the register has taken up the pulse counts, and when UTC was last right. */

import { ChoirError } from "../../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../../core/wire/cbor.ts";

/** Memory for one note: written whole or not at all, gone when power goes. */
export interface HeldMemory {
  read(): Uint8Array | undefined;
  write(note: Uint8Array): void;
}

/** A write of the register that was begun: whether it was done shows in the store. */
export interface Pending {
  /** The key that it writes. */
  readonly key: string;
  /** CRC-32 of what it writes there. */
  readonly crc: number;
  /** The counts that it takes up. */
  readonly counts: readonly number[];
}

/** The note. */
export interface Note {
  /** CRC-32 of what the inputs are; counts of other inputs are not these. */
  readonly inputs: number;
  /** Counts of each input that the register in the store has taken up. */
  readonly settled: readonly number[];
  readonly pending: Pending | undefined;
  /** UTC in ms when a time server last set it; undefined when none has since power came. */
  readonly syncedUtcMs: number | undefined;
}

const NOTHING: Note = { inputs: 0, settled: [], pending: undefined, syncedUtcMs: undefined };

/** Owner of the note. */
export class HeldNote {
  readonly #memory: HeldMemory;
  #note: Note;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
    this.#note = readNote(memory.read());
  }

  get note(): Note {
    return this.#note;
  }

  /** Changes these fields, in one write. */
  change(fields: Partial<Note>): void {
    this.#note = { ...this.#note, ...fields };
    const { inputs, settled, pending, syncedUtcMs } = this.#note;
    const begun = pending === undefined ? null : [pending.key, pending.crc, [...pending.counts]];
    this.#memory.write(encodeCbor([inputs, [...settled], begun, syncedUtcMs ?? null]));
  }
}

function readNote(bytes: Uint8Array | undefined): Note {
  if (bytes === undefined) return NOTHING;
  try {
    const fields = new Fields(decodeCbor(bytes, "note"), "note", 4);
    return {
      inputs: fields.uint(0, "inputs"),
      settled: readCounts(fields, 1),
      pending: fields.isNull(2) ? undefined : readPending(fields.fields(2, "pending", 3)),
      syncedUtcMs: fields.isNull(3) ? undefined : fields.uint(3, "synced"),
    };
  } catch (error) {
    // another version of this app may have left it
    if (error instanceof ChoirError) return NOTHING;
    throw error;
  }
}

function readPending(pending: Fields): Pending {
  return { key: pending.text(0, "key"), crc: pending.uint(1, "crc"), counts: readCounts(pending, 2) };
}

function readCounts(fields: Fields, index: number): readonly number[] {
  return fields.list(index, "counts", (value, label) => new Fields([value], label, 1).uint(0, "count"));
}
