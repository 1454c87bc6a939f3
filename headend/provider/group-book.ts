/** The groups of the roll as the provider needs them: sizes of blocks, aggregators' keys, feeders. */

import type { Feeder, Roll } from "../../core/wire/roll.ts";

/** A group. */
export interface GroupEntry {
  readonly group: string;
  readonly aggregatorKey: Uint8Array;
  readonly feeder: Feeder | undefined;
  /** Meters in each of its blocks. */
  readonly blocks: ReadonlyMap<string, number>;
  /** Meters in all. */
  readonly members: number;
}

/** All groups by name. */
export function groupBook(roll: Roll): ReadonlyMap<string, GroupEntry> {
  const sizes = new Map(roll.blocks.map(({ block, seats }) => [block, seats.filter((seat) => seat.occupant).length]));
  const entries = roll.groups.map(({ group, aggregatorKey, feeder: name, blocks: names }): [string, GroupEntry] => {
    // a roll that was opened names known blocks only
    const blocks = new Map(names.map((block) => [block, sizes.get(block) as number]));
    const members = [...blocks.values()].reduce((sum, size) => sum + size, 0);
    const feeder = roll.feeders.find((one) => one.feeder === name);
    return [group, { group, aggregatorKey, feeder, blocks, members }];
  });
  return new Map(entries);
}
