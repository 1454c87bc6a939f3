/** The comb table where a host keeps it, in a file or in flash, read an entry at a time: no more than one entry of it is ever in memory. */

import { ChoirError } from "../../core/errors.ts";
import { COMB_ENTRIES, type Table } from "../../core/paillier/comb.ts";
import { Sha256Stream } from "./primitives.ts";

/** Exactly `bytes` bytes from `offset`, in an array of their own. */
export type ReadPart = (offset: number, bytes: number) => Uint8Array;

/** The table of `length` bytes, hashed once. @throws ChoirError table_wrong for a length that no table has. */
export function storedTable(length: number, readPart: ReadPart): Table {
  const entryBytes = length / COMB_ENTRIES;
  if (entryBytes === 0 || entryBytes % 4 !== 0) {
    throw new ChoirError("table_wrong", "comb table", `${COMB_ENTRIES} entries of whole residues`, `${length} bytes`);
  }
  return new StoredTable(entryBytes, readPart);
}

class StoredTable implements Table {
  readonly #entryBytes: number;
  readonly #readPart: ReadPart;
  readonly #digest: Uint8Array;

  constructor(entryBytes: number, readPart: ReadPart) {
    this.#entryBytes = entryBytes;
    this.#readPart = readPart;
    const hash = new Sha256Stream();
    for (let index = 0; index < COMB_ENTRIES; index++) hash.update(this.entry(index));
    this.#digest = new Uint8Array(hash.digest());
  }

  entry(index: number): Uint8Array {
    return this.#readPart(index * this.#entryBytes, this.#entryBytes);
  }

  digest(): Uint8Array {
    return this.#digest;
  }
}
