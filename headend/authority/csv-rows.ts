/** Rows of CSV files with a header, each with the line that an error can name. */

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { ChoirError } from "../../core/errors.ts";

/** A row with the number of the line that it ends on, from 1. */
export interface NumberedRow<C extends string> {
  readonly line: number;
  readonly row: Readonly<Record<C, string>>;
}

/** A table with columns beyond those that it must have. */
export interface OpenTable<C extends string> {
  /** All columns, in the file's order. */
  readonly columns: readonly string[];
  readonly rows: readonly NumberedRow<C | string>[];
}

/** The rows of a CSV file with exactly these columns. @throws ChoirError input_invalid with file and line. */
export function readRows<const C extends string>(file: string, columns: readonly C[]): readonly NumberedRow<C>[] {
  const [header, ...records] = readRecords(file, columns.join(","));
  if (header?.fields.join(",") !== columns.join(",")) {
    const got = header?.fields.join(",") ?? "an empty file";
    throw new ChoirError("input_invalid", `${file} line ${header?.line ?? 1}`, columns.join(","), got);
  }
  return records.map((record) => numbered(record, columns));
}

/** The rows of a CSV file that has these columns and may have more, each once. @throws ChoirError input_invalid with file and line. */
export function readOpenTable<const C extends string>(file: string, needed: readonly C[]): OpenTable<C> {
  const [header, ...records] = readRecords(file, `${needed.join(",")},...`);
  const columns = header?.fields ?? [];
  const where = `${file} line ${header?.line ?? 1}`;
  const missing = needed.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new ChoirError("input_invalid", where, `a column ${missing.join(" and ")}`, columns.join(",") || "no header");
  }
  const again = columns.find((column, c) => column === "" || columns.indexOf(column) < c);
  if (again !== undefined) throw new ChoirError("input_invalid", where, "a name for each column, each once", again);
  return { columns, rows: records.map((record) => numbered(record, columns)) };
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

function readRecords(file: string, expected: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(readFileSync(file), {
      skip_empty_lines: true,
      trim: true,
      bom: true,
      on_record: (fields: string[], { lines }) => {
        records.push({ line: lines, fields });
        return null;
      },
    });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : "an unreadable file";
    throw new ChoirError("input_invalid", file, `CSV with columns ${expected}`, got, cause);
  }
  return records;
}

function numbered<C extends string>({ line, fields }: CsvRecord, columns: readonly C[]): NumberedRow<C> {
  // the parser refuses records of another length than the header's
  const entries = columns.map((column, c) => [column, fields[c] as string]);
  return { line, row: Object.fromEntries(entries) as Record<C, string> };
}
