/** The metering points behind feeders that are in no block, as a CSV file, and the rule that they keep: a silent block is empty or at least k_min large. */

import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import { type ConfigEntries, entriesOf } from "./config-file.ts";
import { readRows } from "./csv-rows.ts";
import type { Plan } from "./new-roll.ts";
import { once } from "./plan-file.ts";

/** Meter and key are those of a home that had them and has no block for now. */
export const OTHER_COLUMNS = ["seat", "feeder", "kind", "meter", "key"] as const;
const OTHER_KINDS = ["silent", "known"] as const;

/** A metering point in no block. */
export interface OtherPoint {
  readonly seat: string;
  readonly feeder: string;
  /** `silent`: a home. `known`: no home, and the provider has its measurement. */
  readonly kind: (typeof OTHER_KINDS)[number];
  /** Empty where there is none. */
  readonly meter: string;
  readonly key: string;
}

/** Reads the file. @throws ChoirError input_invalid, field_wrong, each with file and line. */
export function readOthers(file: string): readonly OtherPoint[] {
  const seen = new Set<string>();
  return readRows(file, OTHER_COLUMNS).map(({ line, row }) => {
    const where = `${file} line ${line}`;
    const seat = checkId(row.seat, `${where}, seat`);
    once(seat, `${where}, seat`, seen);
    const kind = OTHER_KINDS.find((one) => one === row.kind);
    if (kind === undefined) throw new ChoirError("input_invalid", `${where}, kind`, OTHER_KINDS.join(" or "), row.kind);
    return { ...row, seat, feeder: checkId(row.feeder, `${where}, feeder`), kind };
  });
}

/**
 * Refuses a plan under which a feeder's total, less its groups, is that of fewer than k_min homes.
 * @throws ChoirError group_too_small; input_invalid for a point that has a seat as well.
 */
export function checkOthers(others: readonly OtherPoint[], plan: Plan, kMin: number): void {
  const seats = new Set(plan.blocks.flatMap((block) => block.seats.map(({ seat }) => seat)));
  const both = others.find(({ seat }) => seats.has(seat));
  if (both !== undefined) throw new ChoirError("input_invalid", `seat ${both.seat}`, "a block, or none", "both");
  for (const { group, feeder } of plan.groups) {
    const silent = silentBehind(others, feeder);
    if (silent > 0 && silent < kMin) {
      const expected = `none or at least k_min = ${kMin} homes in no block behind feeder ${feeder}`;
      throw new ChoirError("group_too_small", `group ${group}`, expected, `${silent}`);
    }
  }
}

/** A provider's config whose measuring rod knows how many homes behind each feeder of the plan are silent. What known loads draw the file does not tell. */
export function withSilentHomes(config: ConfigEntries, others: readonly OtherPoint[], plan: Plan): ConfigEntries {
  const rod = entriesOf(config["rod"]);
  const feeders = entriesOf(rod["feeders"]);
  const told = plan.feeders.map(({ feeder }) => [
    feeder,
    { ...entriesOf(feeders[feeder]), silentHomes: silentBehind(others, feeder) },
  ]);
  return { ...config, rod: { ...rod, feeders: { ...feeders, ...Object.fromEntries(told) } } };
}

function silentBehind(others: readonly OtherPoint[], feeder: string | undefined): number {
  return others.filter((one) => one.feeder === feeder && one.kind === "silent").length;
}
