/** One group of a roll as its aggregator needs it: meters by name, and each block's members. */

import type { Roll } from "../../core/wire/roll.ts";
import { topics } from "../../core/wire/topics.ts";
import type { Rolls } from "../service/rolls.ts";

/** A meter of the group. */
export interface Member {
  readonly meter: string;
  /** Its Ed25519 key. */
  readonly key: Uint8Array;
  readonly seat: string;
  readonly block: string;
}

/** The group. */
export interface GroupPlan {
  readonly group: string;
  readonly rollVersion: number;
  readonly aggregatorKey: Uint8Array;
  readonly members: ReadonlyMap<string, Member>;
  readonly bySeat: ReadonlyMap<string, Member>;
  /** The topic that each meter reports on. */
  readonly byTopic: ReadonlyMap<string, Member>;
  /** Blocks in ascending order, with their members. */
  readonly blocks: ReadonlyMap<string, readonly Member[]>;
}

/** The plans of a group by interval: null for an interval whose roll does not have it. */
export type GroupPlans = Rolls<GroupPlan | null>;

/** The plan of a group; null when the roll does not have it. */
export function groupPlan(roll: Roll, name: string): GroupPlan | null {
  const group = roll.groups.find((one) => one.group === name);
  if (group === undefined) return null;
  const members = new Map<string, Member>();
  const blocks = new Map<string, readonly Member[]>();
  for (const { block, seats } of roll.blocks) {
    if (!group.blocks.includes(block)) continue;
    const inBlock = seats.flatMap(({ seat, occupant }) =>
      occupant === undefined ? [] : [{ meter: occupant.meter, key: occupant.key, seat, block }],
    );
    for (const member of inBlock) members.set(member.meter, member);
    blocks.set(block, inBlock);
  }
  return {
    group: name,
    rollVersion: roll.version,
    aggregatorKey: group.aggregatorKey,
    members,
    bySeat: new Map([...members.values()].map((member) => [member.seat, member])),
    byTopic: new Map([...members].map(([meter, member]) => [topics.reading(name, meter), member])),
    blocks,
  };
}
