/** How a street is laid out: groups of meters behind a feeder each, cut into blocks of k_min seats in order. */

import { ChoirError } from "../../core/errors.ts";
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

/** `index` with as many digits as `count` has, so that ids sort as they count. */
export function padded(index: number, count: number): string {
  return String(index).padStart(String(count).length, "0");
}
