/** The time column of a load file: every instant on one grid, whose step is the interval length. */

import { ChoirError } from "../../core/errors.ts";
import { checkIntervalLength } from "../../core/interval.ts";
import { type Instant, parseInstant } from "../time.ts";
import { type CsvTable, columnIndex, lineError } from "./csv-table.ts";

export const TIME_COLUMN = "timestamp_start";

/** The grid that a file's times lie on. */
export interface CsvGrid {
  readonly intervalMs: number;
  readonly startUtcMs: number;
  readonly intervals: number;
  /** The offset of the earliest time. */
  readonly utcOffsetMinutes: number;
  /** The interval of each row of the table, in the table's order. */
  readonly rowIntervals: readonly number[];
}

/**
 * Finds the grid: the step is the smallest gap between two times of the file.
 * @throws ChoirError input_invalid for unreadable times, fewer than two of them, a step that is no interval length
 *   (whole seconds, 1 s to 1 day), and times beside the grid or a grid that does not start on a multiple of its step.
 */
export function findGrid(table: CsvTable): CsvGrid {
  const { file, rows } = table;
  const column = columnIndex(table, TIME_COLUMN);
  const instants = new Map<string, Instant>();
  const rowTimes = rows.map(({ line, fields }) => {
    // Rows are as wide as the header.
    const text = fields[column] as string;
    let instant = instants.get(text);
    if (instant === undefined) {
      instant = parseInstant(text, `${file}:${line} ${TIME_COLUMN}`);
      instants.set(text, instant);
    }
    return instant.utcMs;
  });

  const byTime = [...instants.values()].sort((a, b) => a.utcMs - b.utcMs);
  const earliest = byTime[0];
  let intervalMs = Number.POSITIVE_INFINITY;
  for (const [i, { utcMs }] of byTime.entries()) {
    const gap = utcMs - (byTime[i - 1]?.utcMs ?? Number.NEGATIVE_INFINITY);
    // The same instant may be written with two offsets.
    if (gap > 0 && gap < intervalMs) intervalMs = gap;
  }
  if (earliest === undefined || intervalMs === Number.POSITIVE_INFINITY) {
    throw new ChoirError("input_invalid", `${file} ${TIME_COLUMN}`, "two different times, to find the interval", "one");
  }
  try {
    checkIntervalLength(intervalMs, "interval");
  } catch {
    const expected = "a smallest gap of whole seconds, 1 s to 1 day";
    throw new ChoirError("input_invalid", `${file} ${TIME_COLUMN}`, expected, `${intervalMs / 1000} s`);
  }

  let intervals = 0;
  const rowIntervals = rowTimes.map((utcMs, row) => {
    const interval = (utcMs - earliest.utcMs) / intervalMs;
    if (!Number.isInteger(interval) || utcMs % intervalMs !== 0) {
      const expected = `a multiple of ${intervalMs / 1000} s of UTC, the file's smallest gap`;
      // Both lists are as long as the table, and rows are as wide as the header.
      const { line, fields } = rows[row] as (typeof rows)[number];
      throw lineError(file, line, TIME_COLUMN, expected, fields[column] as string);
    }
    if (interval >= intervals) intervals = interval + 1;
    return interval;
  });
  const { utcMs: startUtcMs, utcOffsetMinutes } = earliest;
  return { intervalMs, startUtcMs, intervals, utcOffsetMinutes, rowIntervals };
}
