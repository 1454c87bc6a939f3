/** CSV (RFC 4180) as rows of named fields with their line numbers, and the two kinds of field that load files have. */

import { type CsvError, parse } from "csv-parse/sync";
import { ChoirError } from "../../core/errors.ts";

/** A file's rows; a row holds its fields in the order of `header`. */
export interface CsvTable {
  /** What to call the file in errors. */
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** 1-based, as an editor counts. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** An error about one line of a file. */
export function lineError(file: string, line: number, column: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", `${file}:${line}${column === "" ? "" : ` ${column}`}`, expected, got);
}

/** Splits `text` into rows as wide as its header. @throws ChoirError input_invalid for an empty or ragged file. */
export function parseTable(file: string, text: string): CsvTable {
  const rows: CsvRow[] = [];
  try {
    parse(text, {
      bom: true,
      skip_empty_lines: true,
      // `lines` is the line on which the record ended; fields of these files hold no line breaks.
      on_record: (fields: string[], context) => {
        rows.push({ line: context.lines, fields });
        return null;
      },
    });
  } catch (error) {
    // The parser throws nothing but CsvError for text input; `lines` is set whenever a record was begun.
    const { message, lines = 1 } = error as CsvError & { lines?: number };
    throw lineError(file, lines, "", "as many fields as the header, quoted as RFC 4180 says", message);
  }
  const [header, ...data] = rows;
  if (header === undefined) throw lineError(file, 1, "", "a header line", "an empty file");
  if (data.length === 0) throw lineError(file, header.line, "", "rows after the header", "nothing");
  return { file, header: header.fields, rows: data };
}

/** The position of a column. @throws ChoirError input_invalid when it is missing or there twice. */
export function columnIndex(table: CsvTable, name: string): number {
  const index = table.header.indexOf(name);
  if (index === -1 || table.header.indexOf(name, index + 1) !== -1) {
    throw lineError(table.file, 1, "", `one column ${name}`, `columns ${table.header.join(", ")}`);
  }
  return index;
}

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,3}))?$/;

/** Wh with up to three decimals as a whole number of mWh, digit by digit and so exactly; undefined when it is no such number. */
export function milliwattHours(wattHours: string): number | undefined {
  const [, sign, whole, decimals = ""] = DECIMAL.exec(wattHours) ?? [];
  if (whole === undefined) return undefined;
  const magnitude = Number(whole + decimals.padEnd(3, "0"));
  return sign === "-" && magnitude !== 0 ? -magnitude : magnitude;
}

/** What `milliwattHours` takes, for error messages. */
export const WATT_HOURS_EXPECTED = "Wh as a plain decimal with at most three decimals, like 280 or -1.5";
