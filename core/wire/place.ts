/** A meter's place in a roll: its key, its block, and the groups that it serves (docs/PROTOCOL.md, Roll). */

import { ChoirError } from "../errors.ts";
import type { MeterRole } from "../meter-words.ts";
import { checkSizes, type Roll, type SizeRules } from "./roll.ts";
import { type Group, type RollHead, walkRoll } from "./roll-walk.ts";

/** Where a meter belongs. */
export interface Place {
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array;
  /** Of a home's seat; a feeder has none. */
  readonly block: string | undefined;
  /** Groups that its readings go to, one at least. */
  readonly groups: readonly string[];
  /** Of each of these groups, its aggregator's Ed25519 key: it signs the beacons. */
  readonly aggregators: ReadonlyMap<string, Uint8Array>;
}

/** The place of a meter in its role. @throws ChoirError member_unknown. */
export function placeOf(roll: Roll, role: MeterRole, meter: string): Place {
  const { key, block } = role === "home" ? seatOf(roll, meter) : feederOf(roll, meter);
  return { key, block, ...servedGroups(roll.groups, block, meter) };
}

/**
 * The place of a meter in a roll's payload, with the roll's own numbers: as `decodeRoll`, `checkRoll` and `placeOf` find it, without the roll in memory.
 * @throws ChoirError as they do.
 */
export function placeInRoll(
  payload: Uint8Array,
  rules: SizeRules,
  role: MeterRole,
  meter: string,
): { readonly roll: RollHead; readonly place: Place } {
  const groups: Group[] = [];
  const sizes = new Map<string, number>();
  let key: Uint8Array | undefined;
  let home: string | undefined;
  const roll = walkRoll(payload, {
    group: (group) => groups.push(group),
    block: (block) => sizes.set(block, 0),
    seat: ({ occupant }, block) => {
      if (occupant === undefined) return;
      sizes.set(block, (sizes.get(block) ?? 0) + 1);
      if (role === "home" && occupant.meter === meter) [key, home] = [occupant.key.slice(), block];
    },
    feeder: (one) => {
      if (role === "feeder" && one.feeder === meter) key = one.key.slice();
    },
  });
  checkSizes(groups, sizes, rules);
  if (key === undefined) throw role === "home" ? noSeat(meter) : noFeeder(meter);
  return { roll, place: { key, block: home, ...servedGroups(groups, home, meter) } };
}

/** A home serves the groups of its block, a feeder those that it measures. @throws ChoirError member_unknown for none. */
function servedGroups(
  groups: readonly Group[],
  block: string | undefined,
  meter: string,
): Pick<Place, "groups" | "aggregators"> {
  const serves = groups.filter((group) =>
    block === undefined ? group.feeder === meter : group.blocks.includes(block),
  );
  if (serves.length === 0) throw new ChoirError("member_unknown", `meter ${meter}`, "a group of the roll", "none");
  // keys are views of a roll that is let go
  const aggregators = new Map(serves.map(({ group, aggregatorKey }) => [group, aggregatorKey.slice()]));
  return { groups: [...aggregators.keys()], aggregators };
}

function seatOf(roll: Roll, meter: string): Pick<Place, "key" | "block"> {
  for (const { block, seats } of roll.blocks) {
    for (const { occupant } of seats) {
      if (occupant?.meter === meter) return { key: occupant.key, block };
    }
  }
  throw noSeat(meter);
}

function feederOf(roll: Roll, meter: string): Pick<Place, "key" | "block"> {
  const feeder = roll.feeders.find((one) => one.feeder === meter);
  if (feeder === undefined) throw noFeeder(meter);
  return { key: feeder.key, block: undefined };
}

function noSeat(meter: string): ChoirError {
  return new ChoirError("member_unknown", `meter ${meter}`, "a seat of the roll with this meter", "none");
}

function noFeeder(meter: string): ChoirError {
  return new ChoirError("member_unknown", `feeder ${meter}`, "a feeder of the roll", "none");
}
