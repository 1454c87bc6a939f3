/** A plan as files: what `choir authority roll` reads (seats.csv, feeders.csv, others.csv), and the blocks that the next plan keeps (blocks.csv). */

import { join } from "node:path";
import { writeWhole } from "../deployment.ts";
import { OTHER_COLUMNS } from "../others-file.ts";
import { FEEDER_COLUMNS, SEAT_COLUMNS } from "../plan-file.ts";
import type { BlockPlan } from "./planner.ts";

/** Files of a plan, relative to its folder. */
export const PLAN_FILES = {
  seats: "seats.csv",
  feeders: "feeders.csv",
  others: "others.csv",
  blocks: "blocks.csv",
} as const;

/** `changed` is the time of RFC 3339 since which the block has these seats, separated by spaces; a retired block has none, and its name is not used again. */
export const BLOCK_COLUMNS = ["block", "feeder", "changed", "seats"] as const;

/** What each block's row says, the silent and retired ones among them. */
export interface BlockRecord {
  readonly block: string;
  readonly feeder: string;
  readonly changed: string;
  readonly seats: readonly string[];
}

/** Writes a plan's files into a folder, which is made. */
export function writePlan(
  folder: string,
  { blocks, groups, feeders }: BlockPlan,
  records: readonly BlockRecord[],
  feederKeys: ReadonlyMap<string, string>,
): void {
  const write = (name: string, columns: readonly string[], rows: readonly (readonly string[])[]): void =>
    writeWhole(join(folder, name), [columns, ...rows].map((row) => `${row.join(",")}\n`).join(""));
  write(
    PLAN_FILES.seats,
    SEAT_COLUMNS,
    blocks.flatMap(({ block, groups: own, points }) =>
      points.map(({ seat, meter, key }) => [seat, meter, key, block, own.join(" ")]),
    ),
  );
  const measured = feeders.map(({ feeder }) => ({ feeder, own: groups.filter((group) => group.feeder === feeder) }));
  write(
    PLAN_FILES.feeders,
    FEEDER_COLUMNS,
    measured
      .filter(({ own }) => own.length > 0)
      .map(({ feeder, own }) => [feeder, feederKeys.get(feeder) ?? "", own.map(({ group }) => group).join(" ")]),
  );
  write(
    PLAN_FILES.others,
    OTHER_COLUMNS,
    feeders.flatMap(({ silent, known }) => [
      ...silent.map(({ seat, feeder, meter, key }) => [seat, feeder, "silent", meter, key]),
      ...known.map(({ seat, feeder }) => [seat, feeder, "known", "", ""]),
    ]),
  );
  write(
    PLAN_FILES.blocks,
    BLOCK_COLUMNS,
    records.map(({ block, feeder, changed, seats }) => [block, feeder, changed, seats.join(" ")]),
  );
}
