/** How a street is laid out: groups of meters behind a feeder each, cut into blocks of k_min seats in order, and a tariff group across them. */

import { ChoirError } from "../../core/errors.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetGroup } from "./truth.ts";

/**
 * `groupCount` groups of `perGroup` meters, in the order of the load; blocks of `kMin` seats, and the rest joins the last.
 * @throws ChoirError group_too_small when a group has fewer than `kMin` meters.
 */
export function planGroups(groupCount: number, perGroup: number, kMin: number): readonly StreetGroup[] {
  if (perGroup < kMin) {
    throw new ChoirError("group_too_small", "group", `at least k_min = ${kMin} meters`, `${perGroup}`);
  }
  return Array.from({ length: groupCount }, (_, g) => {
    const meters = Array.from({ length: perGroup }, (_, i) => g * perGroup + i);
    const blockCount = Math.floor(perGroup / kMin);
    const blocks = new Map<string, readonly number[]>();
    for (let b = 0; b < blockCount; b++) {
      const end = b === blockCount - 1 ? perGroup : (b + 1) * kMin;
      blocks.set(`block-${g + 1}-${padded(b + 1, blockCount)}`, meters.slice(b * kMin, end));
    }
    const id = `group-${padded(g + 1, groupCount)}`;
    return { id, feeder: `feeder-${padded(g + 1, groupCount)}`, meters, blocks };
  });
}

/** Blocks that a tariff group takes of each feeder. */
const TARIFF_BLOCKS = 2;
const TARIFF_GROUP = "tariff";

/** Whether these groups have blocks to spare for a tariff group that is neither all of them nor behind one feeder. */
export function canHaveTariff(groups: readonly StreetGroup[]): boolean {
  return groups.length > 1 && groups.every(({ blocks }) => blocks.size > TARIFF_BLOCKS);
}

/** One more group, of the first two blocks of each of these: no feeder measures it. */
export function tariffGroup(groups: readonly StreetGroup[]): StreetGroup {
  const blocks = new Map(groups.flatMap((group) => [...group.blocks].slice(0, TARIFF_BLOCKS)));
  return { id: TARIFF_GROUP, feeder: undefined, meters: [...blocks.values()].flat(), blocks };
}

/** All groups of a street's options. @throws ChoirError group_too_small. */
export function layOut({ groupCount, perGroup, kMin, tariff }: StreetLayout): readonly StreetGroup[] {
  const groups = planGroups(groupCount, perGroup, kMin);
  return tariff && canHaveTariff(groups) ? [...groups, tariffGroup(groups)] : groups;
}

/** What a layout is made from. */
export type StreetLayout = Pick<StreetOptions, "groupCount" | "perGroup" | "kMin" | "tariff">;

/** `index` with as many digits as `count` has, so that ids sort as they count. */
export function padded(index: number, count: number): string {
  return String(index).padStart(String(count).length, "0");
}
