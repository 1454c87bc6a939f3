/** The comb table where a host keeps it, in a file or in flash, read an entry at a time: no more than one entry of it is ever in memory. */

import { ChoirError } from "../../core/errors.ts";
import { COMB_ENTRIES, type Table } from "../../core/paillier/comb.ts";
import { Sha256Stream } from "./primitives.ts";

/**
 * The table of `length` bytes, hashed once.
 * @param readPart exactly `bytes` bytes from `offset`, in an array of their own
 * @throws ChoirError table_wrong for a length that no table has.
 */
export function storedTable(length: number, readPart: (offset: number, bytes: number) => Uint8Array): Table {
  const entryBytes = length / COMB_ENTRIES;
  if (entryBytes === 0 || entryBytes % 4 !== 0) {
    throw new ChoirError("table_wrong", "comb table", `${COMB_ENTRIES} entries of whole residues`, `${length} bytes`);
  }
  const entry = (index: number): Uint8Array => readPart(index * entryBytes, entryBytes);
  const hash = new Sha256Stream();
  for (let index = 0; index < COMB_ENTRIES; index++) hash.update(entry(index));
  const digest = new Uint8Array(hash.digest());
  return { entry, digest: () => digest };
}
