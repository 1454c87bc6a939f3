/** The table port over the table in flash: an entry at a time, hashed once. */

import { ChoirError } from "../../core/errors.ts";
import { COMB_ENTRIES, type Table } from "../../core/paillier/comb.ts";
import { hashStream } from "./crypto.ts";
import type { KeptTable } from "./kept-table.ts";

/** The table in force; undefined where there is none. @throws ChoirError table_wrong for a length that no table has. */
export function tableOf(kept: KeptTable): Table | undefined {
  const { length } = kept;
  if (length === undefined) return undefined;
  const entryBytes = length / COMB_ENTRIES;
  if (entryBytes === 0 || entryBytes % 4 !== 0) {
    throw new ChoirError("table_wrong", "comb table", `${COMB_ENTRIES} entries of whole residues`, `${length} bytes`);
  }
  const entry = (index: number): Uint8Array => kept.readPart(index * entryBytes, entryBytes);
  const hash = hashStream();
  for (let index = 0; index < COMB_ENTRIES; index++) hash.update(entry(index));
  const digest = hash.digest();
  return { entry, digest: () => digest };
}
