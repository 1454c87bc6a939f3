/** The comb table in a file, read an entry at a time: no more than one entry of it is ever in memory. */

import { sha256 } from "@noble/hashes/sha2.js";
import { ChoirError } from "../../core/errors.ts";
import { COMB_ENTRIES, type Table } from "../../core/paillier/comb.ts";
import { files } from "./native.ts";

/** The table in the file, hashed once; undefined where there is no such file. @throws ChoirError table_wrong for a length that no table has. */
export function tableFile(path: string): Table | undefined {
  const length = files.size(path);
  if (length === undefined) return undefined;
  const entryBytes = length / COMB_ENTRIES;
  if (entryBytes === 0 || entryBytes % 4 !== 0) {
    throw new ChoirError("table_wrong", "comb table", `${COMB_ENTRIES} entries of whole residues`, `${length} bytes`);
  }
  const entry = (index: number): Uint8Array => new Uint8Array(files.readPart(path, index * entryBytes, entryBytes));
  const hash = sha256.create();
  for (let index = 0; index < COMB_ENTRIES; index++) hash.update(entry(index));
  const digest = hash.digest();
  return { entry, digest: () => digest };
}
