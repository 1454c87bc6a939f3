/** Reader of load files (meter_id, timestamp_start, energy_wh) into a Load; strict, and each error names file and line. */

import { ChoirError } from "../../core/errors.ts";
import { checkId, OBIS_IMPORT } from "../../core/names.ts";
import { readText } from "../text-file.ts";
import { findGrid, TIME_COLUMN } from "./csv-grid.ts";
import { columnIndex, lineError, milliwattHours, parseTable, WATT_HOURS_EXPECTED } from "./csv-table.ts";
import type { Load } from "./load.ts";

const METER_COLUMN = "meter_id";
const ENERGY_COLUMN = "energy_wh";

function checkMeterId(id: string, file: string, line: number): void {
  try {
    checkId(id, METER_COLUMN);
  } catch (error) {
    if (!(error instanceof ChoirError)) throw error;
    throw lineError(file, line, METER_COLUMN, error.expected, error.got);
  }
}

/**
 * Reads the text of a load file. Meters come in the order of their first rows, rows in any order; energies have up to
 * three decimals and may be negative; a row left out is an interval without a reading. Other columns are ignored.
 * @throws ChoirError input_invalid for missing columns, ids that cannot name a meter, times as `findGrid` says,
 *   numbers that are none, two rows of one meter and time, and empty files.
 */
export function parseLoadCsv(file: string, text: string): Load {
  const table = parseTable(file, text);
  const meterColumn = columnIndex(table, METER_COLUMN);
  const energyColumn = columnIndex(table, ENERGY_COLUMN);
  const timeColumn = columnIndex(table, TIME_COLUMN);
  const grid = findGrid(table);

  const byMeter = new Map<string, Map<number, number>>();
  for (const [row, { line, fields }] of table.rows.entries()) {
    // Rows are as wide as the header, and the grid has an interval for each.
    const id = fields[meterColumn] as string;
    const interval = grid.rowIntervals[row] as number;
    const energyWattHours = fields[energyColumn] as string;

    let energies = byMeter.get(id);
    if (energies === undefined) {
      checkMeterId(id, file, line);
      energies = new Map();
      byMeter.set(id, energies);
    }
    if (energies.has(interval)) {
      throw lineError(file, line, "", "one row for a meter and time", `meter ${id} at ${fields[timeColumn]} again`);
    }
    const energy = milliwattHours(energyWattHours);
    if (energy === undefined) {
      throw lineError(file, line, ENERGY_COLUMN, WATT_HOURS_EXPECTED, JSON.stringify(energyWattHours.slice(0, 40)));
    }
    energies.set(interval, energy);
  }

  const energies = [...byMeter.values()];
  return {
    meters: [...byMeter.keys()],
    intervalMs: grid.intervalMs,
    startUtcMs: grid.startUtcMs,
    intervals: grid.intervals,
    utcOffsetMinutes: grid.utcOffsetMinutes,
    channels: [OBIS_IMPORT],
    energyMilliwattHours: (meterIndex, intervalIndex, channel) => {
      const energy = energies[meterIndex]?.get(intervalIndex) ?? null;
      return energy === null || channel === OBIS_IMPORT ? energy : 0;
    },
  };
}

/** Reads a load file. @throws ChoirError input_invalid as `parseLoadCsv`, and when the file cannot be read. */
export function readLoadCsv(path: string): Load {
  return parseLoadCsv(path, readText(path));
}
