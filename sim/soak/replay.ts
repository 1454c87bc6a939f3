/** What a soak's meter counts: the moments of its pulses, from a file or from a generated home, day after day, and as the simulator's replay file. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ChoirError } from "../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { columnIndex, lineError, parseTable } from "../loads/csv-table.ts";
import { householdLoad } from "../loads/household.ts";

/** Each pulse is a watt-hour. */
export const PULSES_PER_KILOWATT_HOUR = 1000;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MILLIWATT_HOURS_PER_PULSE = 1000;
const METER_COLUMN = "meter_id";
const PULSE_COLUMN = "pulse_ms";
/** The generated day: a Tuesday in March of a home that draws some 3 kWh and feeds in some 12. */
const GENERATED = { seed: "soak", meter: "home-2", startUtcMs: Date.UTC(2026, 2, 10), utcOffsetMinutes: 60 } as const;
const MOMENT_BYTES = 4;
const GZIP_SUFFIX = ".gz";

/** Moments in ms from the start of a day, ascending, by channel (OBIS code). */
export interface Replay {
  /** Where they come from, in words. */
  readonly source: string;
  readonly moments: ReadonlyMap<string, readonly number[]>;
}

/**
 * The pulses of one meter in a CSV file (meter_id, pulse_ms from 0 below a day; gzipped where its name ends in .gz), all imported.
 * @param meter the first one of the file unless told
 * @throws ChoirError input_invalid for a file that cannot be read or holds no pulses of this meter, or with the line that is wrong.
 */
export function replayOfFile(path: string, meter?: string): Replay {
  const table = parseTable(path, textOf(path));
  const meterColumn = columnIndex(table, METER_COLUMN);
  const pulseColumn = columnIndex(table, PULSE_COLUMN);
  const wanted = meter ?? table.rows[0]?.fields[meterColumn];
  const moments: number[] = [];
  for (const { line, fields } of table.rows) {
    if (fields[meterColumn] !== wanted) continue;
    const text = fields[pulseColumn] ?? "";
    const moment = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
    const least = moments.at(-1) ?? 0;
    if (!(moment >= least && moment < DAY_MS)) {
      throw lineError(path, line, PULSE_COLUMN, `whole ms from ${least}, ascending, below a day`, JSON.stringify(text));
    }
    moments.push(moment);
  }
  if (moments.length === 0) throw new ChoirError("input_invalid", path, `pulses of meter ${wanted}`, "none");
  return { source: `meter ${wanted} of a file`, moments: new Map([[OBIS_IMPORT, moments]]) };
}

/** The pulses of a generated home that draws and feeds in, the same in every run: each minute's spread over the minute. */
export function generatedReplay(): Replay {
  const { seed, meter, startUtcMs, utcOffsetMinutes } = GENERATED;
  const minutes = DAY_MS / MINUTE_MS;
  const load = householdLoad({
    seed,
    meters: [meter],
    intervalMs: MINUTE_MS,
    startUtcMs: startUtcMs - utcOffsetMinutes * MINUTE_MS,
    intervals: minutes,
    utcOffsetMinutes,
  });
  const pulsesOf = (obis: string): readonly number[] =>
    Array.from({ length: minutes }, (_, minute) => {
      const pulses = (load.energyMilliwattHours(0, minute, obis) ?? 0) / MILLIWATT_HOURS_PER_PULSE;
      const gapMs = MINUTE_MS / pulses;
      return Array.from({ length: pulses }, (__, i) => Math.floor(minute * MINUTE_MS + (i + 0.5) * gapMs));
    }).flat();
  const moments = new Map([OBIS_IMPORT, OBIS_EXPORT].map((obis) => [obis, pulsesOf(obis)]));
  return { source: "a generated home", moments };
}

/** The moments of a run: from `leadMs` on for `lengthMs`, the replay's day again and again. */
export function momentsOfRun(day: readonly number[], leadMs: number, lengthMs: number): readonly number[] {
  const days = Array.from({ length: Math.ceil(lengthMs / DAY_MS) }, (_, i) => i * DAY_MS);
  return days
    .flatMap((startMs) => day.map((moment) => startMs + moment))
    .filter((moment) => moment < lengthMs)
    .map((moment) => leadMs + moment);
}

/** Moments as the simulator reads them (docs/OPERATIONS.md): ms since power came, 4 bytes big-endian each. */
export function replayFile(moments: readonly number[]): Uint8Array {
  const file = new DataView(new ArrayBuffer(moments.length * MOMENT_BYTES));
  for (const [i, moment] of moments.entries()) file.setUint32(i * MOMENT_BYTES, moment);
  return new Uint8Array(file.buffer);
}

/** @throws ChoirError input_invalid. */
function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith(GZIP_SUFFIX) ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ChoirError("input_invalid", path, "a readable file", got, cause);
  }
}
