/** Table: the comb table as it was handed to the machine. */

import { COMB_ENTRIES } from "../../../../core/paillier/comb.ts";
import { type Case, same } from "../case.ts";

export const tableCases: readonly Case[] = [
  {
    name: "Table: every entry is there, byte for byte, and the digest is that of all of them",
    run: async ({ host, world }) => {
      const { residueBytes, digest } = await world.table();
      for (let index = 0; index < COMB_ENTRIES; index++) {
        const expected = await world.tableEntry(index);
        same(expected.length, 2 * residueBytes, "bytes of an entry");
        same(host.table?.entry(index), expected, `entry ${index}`);
      }
      same(host.table?.digest(), digest, "digest");
    },
  },
];
