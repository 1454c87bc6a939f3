/** The groups of a roll as the provider needs them: meters of blocks, aggregators' keys, feeders. */

import type { Feeder, Roll } from "../../core/wire/roll.ts";

/** A group. */
export interface GroupEntry {
  readonly group: string;
  readonly aggregatorKey: Uint8Array;
  readonly feeder: Feeder | undefined;
  /** The meters of each of its blocks. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  /** How many there are in all. */
  readonly members: number;
}

/** All groups of a roll. */
export interface GroupBook {
  readonly rollVersion: number;
  readonly groups: ReadonlyMap<string, GroupEntry>;
}

/** The book of a roll that was opened and checked. */
export function groupBook(roll: Roll): GroupBook {
  const meters = new Map(
    roll.blocks.map(({ block, seats }) => [block, seats.flatMap(({ occupant }) => occupant?.meter ?? [])]),
  );
  const entries = roll.groups.map(({ group, aggregatorKey, feeder: name, blocks: names }): [string, GroupEntry] => {
    // a roll that was opened names known blocks only
    const blocks = new Map(names.map((block) => [block, meters.get(block) as readonly string[]]));
    const members = [...blocks.values()].reduce((sum, block) => sum + block.length, 0);
    const feeder = roll.feeders.find((one) => one.feeder === name);
    return [group, { group, aggregatorKey, feeder, blocks, members }];
  });
  return { rollVersion: roll.version, groups: new Map(entries) };
}
