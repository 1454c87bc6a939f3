/** How often a metering point's reading is there at the end of the grace, by past reports. */

import { ChoirError } from "../../../core/errors.ts";
import { checkId } from "../../../core/names.ts";
import { readRows } from "../csv-rows.ts";

export const REPORT_COLUMNS = ["seat", "interval", "seconds"] as const;

/** What a point without reports is taken for: as if it had been late once in so many. */
const EARLIER_REPORTS = 100;

/** Reports of one point. */
export interface Reports {
  readonly all: number;
  readonly inTime: number;
}

/** The chance, in (0, 1), that the next reading of a point with these reports is in time: the rule of succession with `EARLIER_REPORTS` before them. */
export function chanceInTime({ all, inTime }: Reports = { all: 0, inTime: 0 }): number {
  return (inTime + EARLIER_REPORTS - 1) / (all + EARLIER_REPORTS);
}

/**
 * Reads `seat,interval,seconds`: when each report came, in seconds after its interval's end; empty when it never did.
 * @param graceSeconds until when a report is in time
 * @throws ChoirError input_invalid, field_wrong, each with file and line.
 */
export function readReports(file: string, graceSeconds: number): ReadonlyMap<string, Reports> {
  const reports = new Map<string, Reports>();
  for (const { line, row } of readRows(file, REPORT_COLUMNS)) {
    const where = `${file} line ${line}`;
    const seat = checkId(row.seat, `${where}, seat`);
    if (!/^\d{1,15}$/.test(row.interval)) throw wrong(`${where}, interval`, "a whole number", row.interval);
    if (!/^(?:\d{1,9}(?:\.\d{1,9})?)?$/.test(row.seconds)) {
      throw wrong(`${where}, seconds`, "seconds after the interval's end, or nothing", row.seconds);
    }
    const { all, inTime } = reports.get(seat) ?? { all: 0, inTime: 0 };
    const isInTime = row.seconds !== "" && Number(row.seconds) <= graceSeconds;
    reports.set(seat, { all: all + 1, inTime: inTime + (isInTime ? 1 : 0) });
  }
  return reports;
}

function wrong(where: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", where, expected, JSON.stringify(got));
}
