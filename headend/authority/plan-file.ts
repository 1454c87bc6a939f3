/** Plans as CSV files: `seat,meter,key,block,groups` with the groups of a block separated by spaces, and `feeder,key,groups`. */

import { fromHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import type { Block, Feeder, Seat } from "../../core/wire/roll.ts";
import { readRows } from "./csv-rows.ts";
import type { Plan, PlannedGroup } from "./new-roll.ts";

export const SEAT_COLUMNS = ["seat", "meter", "key", "block", "groups"] as const;
export const FEEDER_COLUMNS = ["feeder", "key", "groups"] as const;
const KEY_BYTES = 32;

/**
 * The plan in two files. An empty seat has empty `meter` and `key`; all seats of a block name the same groups.
 * @throws ChoirError input_invalid, and field_wrong for ids, each with file and line.
 */
export function readPlan(seatsFile: string, feedersFile: string | undefined, firstInterval: number): Plan {
  const seen = { seats: new Set<string>(), meters: new Set<string>() };
  const groupBlocks = new Map<string, Set<string>>();
  const groupsOfBlock = new Map<string, string>();
  const seatsOfBlock = new Map<string, Seat[]>();
  for (const { line, row } of readRows(seatsFile, SEAT_COLUMNS)) {
    const where = `${seatsFile} line ${line}`;
    const block = checkId(row.block, `${where}, block`);
    const seats = seatsOfBlock.get(block) ?? [];
    seatsOfBlock.set(block, seats);
    const occupied = row.meter !== "" || row.key !== "";
    const occupant = occupied
      ? { meter: checkId(row.meter, `${where}, meter`), key: readKey(row.key, where) }
      : undefined;
    const seat = checkId(row.seat, `${where}, seat`);
    once(seat, `${where}, seat`, seen.seats);
    if (occupant !== undefined) once(occupant.meter, `${where}, meter`, seen.meters);
    seats.push({ seat, occupant });
    const groups = words(row.groups);
    const listed = [...groups].sort().join(" ");
    const before = groupsOfBlock.get(block) ?? listed;
    if (before !== listed) {
      throw new ChoirError("input_invalid", where, `the groups of block ${block}: ${before}`, listed);
    }
    groupsOfBlock.set(block, listed);
    for (const group of groups) {
      checkId(group, `${where}, groups`);
      groupBlocks.set(group, (groupBlocks.get(group) ?? new Set()).add(block));
    }
  }
  if (seatsOfBlock.size === 0) throw new ChoirError("input_invalid", seatsFile, "seats after the header", "none");
  const feeders: Feeder[] = [];
  const rodOfGroup = new Map<string, string>();
  for (const { line, row } of feedersFile === undefined ? [] : readRows(feedersFile, FEEDER_COLUMNS)) {
    const where = `${feedersFile} line ${line}`;
    const feeder = checkId(row.feeder, `${where}, feeder`);
    once(feeder, `${where}, feeder`, seen.meters);
    feeders.push({ feeder, key: readKey(row.key, where) });
    for (const group of words(row.groups)) {
      if (!groupBlocks.has(group)) throw new ChoirError("input_invalid", where, "groups that have seats", group);
      if (rodOfGroup.has(group)) throw new ChoirError("input_invalid", where, "one feeder for each group", group);
      rodOfGroup.set(group, feeder);
    }
  }
  const groups = [...groupBlocks].map(
    ([group, blocks]): PlannedGroup => ({
      group,
      scheme: "paillier",
      feeder: rodOfGroup.get(group),
      blocks: [...blocks],
    }),
  );
  const blocks = [...seatsOfBlock].map(([block, seats]): Block => ({ block, seats }));
  return { groups, blocks, feeders, firstInterval };
}

/** @throws ChoirError input_invalid for an id that was there before. */
export function once(id: string, where: string, seen: Set<string>): void {
  if (seen.has(id)) throw new ChoirError("input_invalid", where, "each id once", `${id} again`);
  seen.add(id);
}

function readKey(text: string, where: string): Uint8Array {
  const key = fromHex(text, `${where}, key`);
  if (key.length !== KEY_BYTES)
    throw new ChoirError("input_invalid", `${where}, key`, "64 hex digits", `${text.length} characters`);
  return key;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
