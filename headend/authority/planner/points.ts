/** Metering points as the planner takes them: a CSV of seats, the feeder that each lies behind, and whatever else groups are wished by. */

import { ChoirError } from "../../../core/errors.ts";
import { checkId } from "../../../core/names.ts";
import { readOpenTable } from "../csv-rows.ts";
import { once } from "../plan-file.ts";

/** `home`: is to be enrolled. `silent`: a home that is not. `known`: no home but a load that the provider measures or computes by itself, like a street light. */
export const POINT_KINDS = ["home", "silent", "known"] as const;
export type PointKind = (typeof POINT_KINDS)[number];

/** Columns that say who a point is, not what groups can be wished by. */
const OWN_COLUMNS = ["seat", "kind", "meter", "key"];

/** A metering point. */
export interface Point {
  readonly seat: string;
  /** The nearest feeder meter above it. */
  readonly feeder: string;
  readonly kind: PointKind;
  /** Its meter and the meter's key as they will stand in the seats' file; empty until they are enrolled. */
  readonly meter: string;
  readonly key: string;
  /** By column, the feeder among them; empty values are none. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** All metering points, and what groups can be wished by. */
export interface Points {
  readonly points: readonly Point[];
  readonly attributes: readonly string[];
}

/**
 * Reads `seat,feeder,...`; the columns `kind` (home where it is empty or absent), `meter` and `key` may be among the others.
 * @throws ChoirError input_invalid, field_wrong, each with file and line.
 */
export function readPoints(file: string): Points {
  const { columns, rows } = readOpenTable(file, ["seat", "feeder"]);
  const seen = new Set<string>();
  const points = rows.map(({ line, row }): Point => {
    const where = `${file} line ${line}`;
    const seat = checkId(row["seat"] ?? "", `${where}, seat`);
    once(seat, `${where}, seat`, seen);
    const feeder = checkId(row["feeder"] ?? "", `${where}, feeder`);
    const { meter = "", key = "", ...attributes } = row;
    return { seat, feeder, kind: kindOf(row["kind"] || "home", where), meter, key, attributes };
  });
  if (points.length === 0) throw new ChoirError("input_invalid", file, "metering points after the header", "none");
  return { points, attributes: columns.filter((column) => !OWN_COLUMNS.includes(column)) };
}

function kindOf(text: string, where: string): PointKind {
  const kind = POINT_KINDS.find((one) => one === text);
  if (kind === undefined) throw new ChoirError("input_invalid", `${where}, kind`, POINT_KINDS.join(", "), text);
  return kind;
}
