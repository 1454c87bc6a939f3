/** The plan before: which seats each block has, and the keys that were enrolled. */

import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { checkId } from "../../../core/names.ts";
import { readRows } from "../csv-rows.ts";
import { readOthers } from "../others-file.ts";
import { FEEDER_COLUMNS, once, SEAT_COLUMNS } from "../plan-file.ts";
import { BLOCK_COLUMNS, type BlockRecord, PLAN_FILES } from "./plan-files.ts";

/** A meter and its key, either empty where there is none. */
export interface Enrolled {
  readonly meter: string;
  readonly key: string;
}

/** What a plan's folder says. */
export interface PreviousPlan {
  readonly records: readonly BlockRecord[];
  readonly enrolled: ReadonlyMap<string, Enrolled>;
  /** By feeder. */
  readonly feederKeys: ReadonlyMap<string, string>;
}

/** Reads the folder. @throws ChoirError input_invalid, field_wrong, each with file and line. */
export function readPrevious(folder: string): PreviousPlan {
  const file = (name: keyof typeof PLAN_FILES): string => join(folder, PLAN_FILES[name]);
  const seats = readRows(file("seats"), SEAT_COLUMNS).map(({ row }) => row);
  const feeders = readRows(file("feeders"), FEEDER_COLUMNS).map(({ row }) => row);
  return {
    records: readRecords(file("blocks")),
    enrolled: new Map([...seats, ...readOthers(file("others"))].map(({ seat, meter, key }) => [seat, { meter, key }])),
    feederKeys: new Map(feeders.map(({ feeder, key }) => [feeder, key])),
  };
}

function readRecords(file: string): readonly BlockRecord[] {
  const seen = { blocks: new Set<string>(), seats: new Set<string>() };
  return readRows(file, BLOCK_COLUMNS).map(({ line, row }) => {
    const where = `${file} line ${line}`;
    once(checkId(row.block, `${where}, block`), `${where}, block`, seen.blocks);
    if (Number.isNaN(Date.parse(row.changed))) {
      throw new ChoirError("input_invalid", `${where}, changed`, "a time of RFC 3339", JSON.stringify(row.changed));
    }
    const seats = row.seats.split(" ").filter((seat) => seat !== "");
    for (const seat of seats) once(checkId(seat, `${where}, seats`), `${where}, seats`, seen.seats);
    return { ...row, feeder: checkId(row.feeder, `${where}, feeder`), seats };
  });
}
