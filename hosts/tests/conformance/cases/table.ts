/** Table: the comb table as it was handed to the machine. */

import { concatBytes } from "../../../../core/bytes.ts";
import { COMB_ENTRIES, type Table } from "../../../../core/paillier/comb.ts";
import { type Case, same } from "../case.ts";

/** Entries that are compared at a time: few questions, and 12 KB of a table of 3072 bits. */
const PART_ENTRIES = 16;

export const tableCases: readonly Case[] = [
  {
    name: "Table: every entry is there, byte for byte, and the digest is that of all of them",
    run: async ({ host, world }) => {
      const { residueBytes, digest } = await world.table();
      for (let index = 0; index < COMB_ENTRIES; index += PART_ENTRIES) {
        const count = Math.min(PART_ENTRIES, COMB_ENTRIES - index);
        const entries = Array.from({ length: count }, (_, i) => entryOf(host.table, index + i));
        for (const { length } of entries) same(length, 2 * residueBytes, "bytes of an entry");
        same(
          host.digest.sha256(concatBytes(...entries)),
          await world.tablePart(index, count),
          `entries ${index} to ${index + count - 1}`,
        );
      }
      same(host.table?.digest(), digest, "digest");
    },
  },
];

function entryOf(table: Table | undefined, index: number): Uint8Array {
  return table?.entry(index) ?? new Uint8Array(0);
}
