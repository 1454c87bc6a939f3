/** A soak in plain text: what was expected and what was seen, and the figures of its memory. */

import type { MemorySample } from "../../hosts/moddable/runner/debug-listener.ts";
import { type Check, driftOf, percent, type SoakRecord } from "./record.ts";
import { type Slope, upperBound95 } from "./slope.ts";

const TITLES = ["", "check", "expected", "seen"] as const;
const GAP = "  ";

/** All checks, a row each. */
export function checkTable(checks: readonly Check[]): string {
  const rows = [TITLES, ...checks.map(({ name, expected, got, holds }) => [holds ? "ok" : "NO", name, expected, got])];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const print = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(GAP);
  return rows.map((row) => print(row).trimEnd()).join("\n");
}

/** What memory was in use and set aside; bytes of an engine with 64-bit slots. */
export function memoryLines(record: SoakRecord, samples: readonly MemorySample[]): readonly string[] {
  const most = (value: (sample: MemorySample) => number): string =>
    Math.max(...samples.map(value)).toLocaleString("en-GB");
  const drift = driftOf(record);
  return [
    ...(drift === undefined ? [] : driftLines(drift)),
    `peak of ${samples.length} samples: chunks ${most((s) => s.chunkBytes)}, slots ${most((s) => s.slotBytes)}, stack ${most((s) => s.stackBytes)} bytes`,
    `set aside at most: chunks ${most((s) => s.chunkHeapBytes)}, slots ${most((s) => s.slotHeapBytes)} bytes`,
  ];
}

function driftLines(drift: Slope): readonly string[] {
  const bytes = (value: number): string => Math.round(value).toLocaleString("en-GB");
  return [
    `live memory, chunks and slots, ${drift.points} samples: mean ${bytes(drift.mean)} bytes`,
    `slope ${bytes(drift.slope)} bytes a day, standard error ${bytes(drift.standardError)}, below ${bytes(upperBound95(drift))} at 95 % (${percent(upperBound95(drift) / drift.mean)} of the mean)`,
  ];
}
