/** A meter's place in a roll: its key, its block, and the groups that it serves (docs/PROTOCOL.md, Roll). */

import { ChoirError } from "../errors.ts";
import type { MeterRole } from "../meter-words.ts";
import type { Roll } from "./roll.ts";

/** Where a meter belongs. */
export interface Place {
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array;
  /** Of a home's seat; a feeder has none. */
  readonly block: string | undefined;
  /** Groups that its readings go to, one at least. */
  readonly groups: readonly string[];
}

/** The place of a meter in its role. @throws ChoirError member_unknown. */
export function placeOf(roll: Roll, role: MeterRole, meter: string): Place {
  const { key, block } = role === "home" ? seatOf(roll, meter) : feederOf(roll, meter);
  const serves = roll.groups.filter((group) =>
    block === undefined ? group.feeder === meter : group.blocks.includes(block),
  );
  if (serves.length === 0) throw new ChoirError("member_unknown", `meter ${meter}`, "a group of the roll", "none");
  return { key, block, groups: serves.map(({ group }) => group) };
}

function seatOf(roll: Roll, meter: string): Pick<Place, "key" | "block"> {
  for (const { block, seats } of roll.blocks) {
    for (const { occupant } of seats) {
      if (occupant?.meter === meter) return { key: occupant.key, block };
    }
  }
  throw new ChoirError("member_unknown", `meter ${meter}`, "a seat of the roll with this meter", "none");
}

function feederOf(roll: Roll, meter: string): Pick<Place, "key" | "block"> {
  const feeder = roll.feeders.find((one) => one.feeder === meter);
  if (feeder === undefined) throw new ChoirError("member_unknown", `feeder ${meter}`, "a feeder of the roll", "none");
  return { key: feeder.key, block: undefined };
}
