/** The roll as a trustee needs it: each group's aggregator and blocks, each block's meters, each meter's key. */

import type { Roll } from "../../core/wire/roll.ts";

/** A meter that sits somewhere. */
export interface Member {
  readonly meter: string;
  /** Its Ed25519 key. */
  readonly key: Uint8Array;
  readonly block: string;
}

/** A group. */
export interface GroupEntry {
  readonly aggregatorKey: Uint8Array;
  readonly blocks: ReadonlySet<string>;
  /** Meters in all. */
  readonly members: number;
}

/** The whole roll. */
export interface RollBook {
  readonly version: number;
  readonly groups: ReadonlyMap<string, GroupEntry>;
  readonly meters: ReadonlyMap<string, Member>;
  /** Meters in each block. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The book of a roll that was opened and checked. */
export function rollBook(roll: Roll): RollBook {
  const members = roll.blocks.flatMap(({ block, seats }) =>
    seats.flatMap(({ occupant }): Member[] => (occupant === undefined ? [] : [{ ...occupant, block }])),
  );
  const sizes = new Map(roll.blocks.map(({ block, seats }) => [block, seats.filter((seat) => seat.occupant).length]));
  const groups = roll.groups.map(({ group, aggregatorKey, blocks }): [string, GroupEntry] => [
    group,
    {
      aggregatorKey,
      blocks: new Set(blocks),
      members: blocks.reduce((sum, block) => sum + (sizes.get(block) ?? 0), 0),
    },
  ]);
  return {
    version: roll.version,
    groups: new Map(groups),
    meters: new Map(members.map((member) => [member.meter, member])),
    sizes,
  };
}
