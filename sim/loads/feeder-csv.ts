/** Reader of feeder files (timestamp_start and one column of Wh per feeder) into what the feeder meters measure. */

import { readText } from "../text-file.ts";
import { findGrid, TIME_COLUMN } from "./csv-grid.ts";
import { columnIndex, lineError, milliwattHours, parseTable, WATT_HOURS_EXPECTED } from "./csv-table.ts";

/** Totals of one or more feeders, by instant. */
export interface FeederLoad {
  /** Names of the feeders: their columns without `_wh`, in the file's order. */
  readonly feeders: readonly string[];
  readonly intervalMs: number;
  /** Energy in mWh of the interval that starts at `startUtcMs`; null where the file has none. */
  energyMilliwattHours(feederIndex: number, startUtcMs: number): number | null;
}

const ENERGY_SUFFIX = "_wh";

/**
 * Reads the text of a feeder file: `timestamp_start` and at least one column whose name ends in `_wh`, one per feeder.
 * @throws ChoirError input_invalid as `parseLoadCsv` does.
 */
export function parseFeederCsv(file: string, text: string): FeederLoad {
  const table = parseTable(file, text);
  const timeColumn = columnIndex(table, TIME_COLUMN);
  const columns = table.header.filter((name) => name.endsWith(ENERGY_SUFFIX));
  if (columns.length === 0) {
    const expected = `${TIME_COLUMN} and a column that ends in ${ENERGY_SUFFIX}`;
    throw lineError(file, 1, "", expected, `columns ${table.header.join(", ")}`);
  }
  const columnIndices = columns.map((name) => columnIndex(table, name));
  const grid = findGrid(table);

  const totals = new Map<number, readonly number[]>();
  for (const [row, { line, fields }] of table.rows.entries()) {
    // The grid has an interval for each row.
    const startUtcMs = grid.startUtcMs + (grid.rowIntervals[row] as number) * grid.intervalMs;
    if (totals.has(startUtcMs)) throw lineError(file, line, "", "one row for a time", `${fields[timeColumn]} again`);
    const energies = columnIndices.map((column) => {
      // Rows and header are equally wide.
      const text = fields[column] as string;
      const energy = milliwattHours(text);
      if (energy !== undefined) return energy;
      throw lineError(
        file,
        line,
        table.header[column] as string,
        WATT_HOURS_EXPECTED,
        JSON.stringify(text.slice(0, 40)),
      );
    });
    totals.set(startUtcMs, energies);
  }
  return {
    feeders: columns.map((name) => name.slice(0, -ENERGY_SUFFIX.length)),
    intervalMs: grid.intervalMs,
    energyMilliwattHours: (feederIndex, startUtcMs) => totals.get(startUtcMs)?.[feederIndex] ?? null,
  };
}

/** Reads a feeder file. @throws ChoirError input_invalid as `parseFeederCsv`, and when the file cannot be read. */
export function readFeederCsv(path: string): FeederLoad {
  return parseFeederCsv(path, readText(path));
}
