/** The homes behind a feeder for the theft bench: what each draws at each moment, generated or from files of real loads. */

import { join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { readLoadCsv } from "../loads/csv.ts";
import { columnIndex, lineError, parseTable } from "../loads/csv-table.ts";
import { householdLoad } from "../loads/household.ts";
import { type Random, stream } from "../random.ts";
import { readText } from "../text-file.ts";

/** Homes over whole days from a Monday's midnight on. */
export interface Homes {
  /** Net power of each home in W by step; below zero where it feeds in. */
  readonly watts: readonly Float32Array[];
  /** The phase that each home is on, 0 to 2. */
  readonly phases: readonly number[];
  readonly stepMs: number;
}

/** Where homes come from; each seed gives other ones, or other days. */
export interface HomesSource {
  readonly name: string;
  readonly homes: number;
  make(seed: string, days: number): Homes;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const GENERATED_STEP_MS = 300_000;
const MONDAY_MS = Date.parse("2026-01-12T00:00:00Z");
const MILLIWATT_HOURS_PER_WATT_HOUR = 1000;
/** How a day that is used again differs from itself: begins so many minutes earlier or later, and is this many times as strong. */
const AGAIN = { mostShiftMinutes: 60, leastStrength: 0.7, mostStrength: 1.3 } as const;

/** The street's own generator, in steps of 5 minutes; a fifth of the homes feed in. */
export function generatedHomes(homes: number): HomesSource {
  return {
    name: `${homes} generated homes`,
    homes,
    make: (seed, days) => {
      const meters = Array.from({ length: homes }, (_, i) => `home-${i}`);
      const intervals = (days * DAY_MS) / GENERATED_STEP_MS;
      const span = { intervalMs: GENERATED_STEP_MS, startUtcMs: MONDAY_MS, intervals, utcOffsetMinutes: 0 };
      const load = householdLoad({ seed, meters, ...span });
      const power = (home: number, step: number): number => {
        const energy = (obis: string): number => load.energyMilliwattHours(home, step, obis) ?? 0;
        return (
          (energy(OBIS_IMPORT) - energy(OBIS_EXPORT)) / MILLIWATT_HOURS_PER_WATT_HOUR / (GENERATED_STEP_MS / HOUR_MS)
        );
      };
      return {
        watts: meters.map((_, home) => Float32Array.from({ length: intervals }, (_unused, step) => power(home, step))),
        phases: inTurn(homes),
        stepMs: GENERATED_STEP_MS,
      };
    },
  };
}

/** A load file of whole days (docs of `choir street --load`), each home's days used again in random order. @throws ChoirError input_invalid. */
export function fileHomes(path: string): HomesSource {
  const load = readLoadCsv(path);
  const perDay = DAY_MS / load.intervalMs;
  const days = Math.floor(load.intervals / perDay);
  if (days < 1 || !Number.isInteger(perDay)) throw new ChoirError("input_invalid", path, "a day or more", "less");
  const watts = (home: number, interval: number): number =>
    (load.energyMilliwattHours(home, interval, OBIS_IMPORT) ?? 0) /
    MILLIWATT_HOURS_PER_WATT_HOUR /
    (load.intervalMs / HOUR_MS);
  const profiles = load.meters.map((_, home) =>
    Array.from({ length: days }, (_unused, day) =>
      Float32Array.from({ length: perDay }, (_step, i) => watts(home, day * perDay + i)),
    ),
  );
  return againAndAgain(`${profiles.length} homes of ${path}`, profiles, inTurn(profiles.length), load.intervalMs);
}

/**
 * The IEEE European LV test feeder: a folder with `long_55loads.csv` (meter_id, minute, power_w of one day) and `meters.csv` (meter_id, phase).
 * @throws ChoirError input_invalid.
 */
export function ieeeHomes(folder: string): HomesSource {
  const file = join(folder, "long_55loads.csv");
  const table = parseTable(file, readText(file));
  const [meter, minute, power] = ["meter_id", "minute", "power_w"].map((name) => columnIndex(table, name)) as [
    number,
    number,
    number,
  ];
  const minutes = DAY_MS / MINUTE_MS;
  const days = new Map<string, Float32Array>();
  for (const { line, fields } of table.rows) {
    // rows are as wide as the header
    const id = fields[meter] as string;
    const [at, watts] = [Number(fields[minute]), Number(fields[power])];
    if (!(Number.isInteger(at) && at >= 1 && at <= minutes && Number.isFinite(watts))) {
      throw lineError(file, line, "", `a minute from 1 to ${minutes} and W`, `${fields[minute]}, ${fields[power]}`);
    }
    const day = days.get(id) ?? new Float32Array(minutes);
    day[at - 1] = watts;
    days.set(id, day);
  }
  const phases = phasesOf(join(folder, "meters.csv"));
  const profiles = [...days.values()].map((day) => [day]);
  return againAndAgain(
    `${profiles.length} homes of the IEEE European LV test feeder`,
    profiles,
    [...days.keys()].map((id) => phases.get(id) ?? 0),
    MINUTE_MS,
  );
}

function phasesOf(file: string): ReadonlyMap<string, number> {
  const table = parseTable(file, readText(file));
  const [meter, phase] = [columnIndex(table, "meter_id"), columnIndex(table, "phase")];
  return new Map(
    table.rows.map(({ fields }) => [fields[meter] ?? "", Math.max(0, "ABC".indexOf(fields[phase] ?? ""))]),
  );
}

/** As many days as are asked for out of a few: each home takes one of its own at random, shifted and scaled. */
function againAndAgain(
  name: string,
  profiles: readonly (readonly Float32Array[])[],
  phases: readonly number[],
  stepMs: number,
): HomesSource {
  return {
    name,
    homes: profiles.length,
    make: (seed, days) => {
      const watts = profiles.map((own, home) => {
        const random = stream(seed, "days", home);
        return joined(Array.from({ length: days }, () => dayAgain(random.pick(own), stepMs, random)));
      });
      return { watts, phases, stepMs };
    },
  };
}

function dayAgain(day: Float32Array, stepMs: number, random: Random): Float32Array {
  const mostSteps = Math.round((AGAIN.mostShiftMinutes * MINUTE_MS) / stepMs);
  const shift = day.length + random.integer(-mostSteps, mostSteps);
  const strength = random.between(AGAIN.leastStrength, AGAIN.mostStrength);
  return day.map((_, i) => strength * (day[(i + shift) % day.length] ?? 0));
}

function joined(days: readonly Float32Array[]): Float32Array {
  const length = days.reduce((sum, day) => sum + day.length, 0);
  const whole = new Float32Array(length);
  let offset = 0;
  for (const day of days) {
    whole.set(day, offset);
    offset += day.length;
  }
  return whole;
}

function inTurn(homes: number): readonly number[] {
  return Array.from({ length: homes }, (_, i) => i % 3);
}
