/** The benches as plain text: a row a measurement, each number with four significant digits. */

import { lineOf, type Measurement } from "./measurement.ts";

const TITLES = ["name", "engine", "unit", "median", "min", "max", "baseline", "ratio", "at least", "against"] as const;
const NUMBERS_FROM = 3;
const NUMBERS_TO = 8;
const GAP = "  ";

/** The whole table, without a line break at its end. */
export function tableOf(measurements: readonly Measurement[]): string {
  const rows: readonly (readonly string[])[] = [TITLES, ...measurements.map(rowOf)];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const print = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column >= NUMBERS_FROM && column <= NUMBERS_TO ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return rows.map(print).join("\n");
}

function rowOf(measurement: Measurement): readonly string[] {
  const { values, target, against } = measurement;
  const { name, engine, unit, value, baseline, ratio } = lineOf(measurement);
  const spread = [Math.min(...values), Math.max(...values)].map(short);
  const promised = target === undefined ? "" : grouped(String(target));
  return [name, engine, unit, short(value), ...spread, short(baseline), short(ratio), promised, against];
}

/** Four significant digits, thousands grouped; never an exponent. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(4));
  const magnitude = rounded === 0 ? 0 : Math.floor(Math.log10(Math.abs(rounded)));
  return grouped(rounded.toFixed(Math.max(0, 3 - magnitude)));
}

function grouped(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}
