/** Fault schedules: what goes wrong in a street, where and when, as a strict JSON file or a built-in name. */

import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { readText } from "../text-file.ts";

/*
 * A schedule file:
 *
 *   { "name": "a bad evening",
 *     "faults": [
 *       { "kind": "meter_power_cut", "interval": 1, "at": 0.43, "meter": 3, "group": "feeder-1" },
 *       { "kind": "meter_offline", "name": "cellar without radio", "interval": 0, "at": 0.5, "intervals": 3 },
 *       { "kind": "clock_step", "interval": 2, "at": 0.3, "seconds": -120, "correctedAfterSeconds": 200 } ] }
 *
 * `interval` counts from 0 at the run's first, `at` is a part of it. `meter` and `group` are an id, or a position from
 * 0; a meter's position counts within `group` where that is given. Absent, the seed chooses. A fault lasts `seconds` or
 * `intervals` (parts allowed), else as long as its kind usually does.
 */

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const position = v.pipe(v.number(), v.integer(), v.minValue(0));
const reference = v.union([name, position]);
const duration = v.pipe(v.number(), v.finite(), v.gtValue(0));

const when = { name: v.optional(name), interval: position, at: v.pipe(v.number(), v.minValue(0), v.ltValue(1)) };
const lasting = { seconds: v.optional(duration), intervals: v.optional(duration) };
const aMeter = { meter: v.optional(reference), group: v.optional(reference) };

const faultSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("meter_power_cut"), ...when, ...lasting, ...aMeter }),
  v.strictObject({ kind: v.literal("meter_offline"), ...when, ...lasting, ...aMeter }),
  v.strictObject({ kind: v.literal("meter_replaced"), ...when, ...lasting, ...aMeter }),
  v.strictObject({ kind: v.literal("broker_restart"), ...when, ...lasting }),
  v.strictObject({ kind: v.literal("aggregator_kill"), ...when, ...lasting, group: v.optional(reference) }),
  v.strictObject({ kind: v.literal("trustee_kill"), ...when, ...lasting, trustee: v.optional(reference) }),
  v.strictObject({ kind: v.literal("duplicate"), ...when, ...lasting, ...aMeter }),
  v.strictObject({ kind: v.literal("reorder"), ...when, ...lasting, ...aMeter }),
  v.strictObject({ kind: v.literal("loss"), ...when, ...lasting, ...aMeter }),
  v.strictObject({
    kind: v.literal("clock_step"),
    ...when,
    seconds: v.pipe(v.number(), v.finite(), v.notValue(0)),
    correctedAfterSeconds: v.optional(duration),
    ...aMeter,
  }),
]);

const scheduleSchema = v.strictObject({ name, faults: v.array(faultSchema) });

/** One fault as a schedule states it. */
export type Fault = v.InferOutput<typeof faultSchema>;
/** What can go wrong. */
export type FaultKind = Fault["kind"];
/** A named list of faults. */
export type FaultSchedule = v.InferOutput<typeof scheduleSchema>;

/** Every kind, in the order in which docs and help name them. */
export const FAULT_KINDS = [
  "meter_power_cut",
  "meter_offline",
  "meter_replaced",
  "broker_restart",
  "aggregator_kill",
  "trustee_kill",
  "duplicate",
  "reorder",
  "loss",
  "clock_step",
] as const satisfies readonly FaultKind[];

/** Parses a schedule file's text. @throws ChoirError input_invalid naming the file and the field. */
export function parseSchedule(file: string, text: string): FaultSchedule {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ChoirError(
      "input_invalid",
      file,
      "JSON",
      error instanceof Error ? error.message : "something else",
      error,
    );
  }
  const result = v.safeParse(scheduleSchema, json, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue);
    const isMissing = issue.received === "undefined";
    const isUnknown = issue.expected === "never";
    const expected = isMissing
      ? "a value"
      : isUnknown
        ? "only the fields of this kind"
        : (issue.expected ?? issue.message);
    const subject = field === null ? file : `${file} ${field}`;
    throw new ChoirError("input_invalid", subject, expected, isMissing ? "nothing" : issue.received);
  }
  const names = new Set<string>();
  for (const [i, fault] of result.output.faults.entries()) {
    const subject = `${file} faults.${i}`;
    if ("intervals" in fault && fault.intervals !== undefined && fault.seconds !== undefined) {
      throw new ChoirError("input_invalid", subject, "seconds or intervals", "both");
    }
    if (fault.name === undefined) continue;
    if (names.has(fault.name))
      throw new ChoirError("input_invalid", `${subject}.name`, "a name of its own", fault.name);
    names.add(fault.name);
  }
  return result.output;
}

/** Reads a schedule file. @throws ChoirError input_invalid as `parseSchedule`, and when the file cannot be read. */
export function readSchedule(path: string): FaultSchedule {
  return parseSchedule(path, readText(path));
}
