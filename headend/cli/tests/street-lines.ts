/** What `choir street --json` prints, checked line by line against its documented shape. */

import { expect } from "@jest/globals";

/** Keys in their order, each with the kind of its value. */
type Shape = readonly (readonly [key: string, kind: (value: unknown) => boolean])[];

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isInteger = (value: unknown): boolean => Number.isSafeInteger(value);
const isBoolean = (value: unknown): boolean => typeof value === "boolean";
const isNumber = (value: unknown): boolean => typeof value === "number";
const isTime = (value: unknown): boolean =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(value);
const is =
  (constant: string) =>
  (value: unknown): boolean =>
    value === constant;
const has =
  (shape: Shape) =>
  (value: unknown): boolean =>
    misfits(value, shape).length === 0;
const isChannels = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.keys(value)[0] === "1-0:1.8.0" &&
  Object.values(value).every(
    has([
      ["sum_mwh", isInteger],
      ["truth_mwh", isInteger],
    ]),
  );

/** Null for a group without a feeder. */
const isFeeder = (value: unknown): boolean =>
  value === null ||
  has([
    ["measured_mwh", isInteger],
    ["residual_mwh", isInteger],
  ])(value);

const GROUP_INTERVAL: Shape = [
  ["group", isText],
  ["interval", isInteger],
  ["start", isTime],
  ["scheme", is("paillier")],
  ["members", isInteger],
  ["contributors", isInteger],
  ["missing", isTexts],
  ["left_out", isTexts],
  ["part", isInteger],
];

const SHAPES: Readonly<Record<string, Shape>> = {
  opened: [
    ["type", is("opened")],
    ...GROUP_INTERVAL,
    ["channels", isChannels],
    ["feeder", isFeeder],
    ["exact", isBoolean],
    ["trustees", isTexts],
  ],
  refused: [["type", is("refused")], ...GROUP_INTERVAL, ["reason", isText], ["by", isTexts], ["leave_out", isTexts]],
  rejected: [
    ["type", is("rejected")],
    ["meter", isText],
    ["interval", isInteger],
    ["start", isTime],
    ["code", isText],
  ],
  summary: [
    ["type", is("summary")],
    ["intervals", isInteger],
    ["opened", isInteger],
    ["refused", isInteger],
    ["exact", isBoolean],
    ["coverage", isNumber],
    ["meters", isInteger],
    ["host", isText],
    ["engine", isText],
    ["seconds", isNumber],
  ],
};

/** In what an object differs from a shape. */
function misfits(value: unknown, shape: Shape): readonly string[] {
  if (typeof value !== "object" || value === null) return ["no object"];
  const entries = Object.entries(value);
  const keys = entries.map(([key]) => key).join();
  const wanted = shape.map(([key]) => key).join();
  if (keys !== wanted) return [`keys ${keys}`];
  return entries.flatMap(([key, each], i) => (shape[i]?.[1](each) ? [] : [`${key} ${JSON.stringify(each)}`]));
}

/** A line of an opened sum. */
export interface OpenedLine {
  readonly group: string;
  readonly interval: number;
  readonly start: string;
  readonly members: number;
  readonly contributors: number;
  readonly missing: readonly string[];
  readonly left_out: readonly string[];
  readonly part: number;
  readonly channels: Readonly<Record<string, { readonly sum_mwh: number; readonly truth_mwh: number }>>;
  readonly feeder: { readonly measured_mwh: number; readonly residual_mwh: number };
  readonly exact: boolean;
  readonly trustees: readonly string[];
}

/** A line of a reading that its meter refused. */
export interface RejectedLine {
  readonly meter: string;
  readonly interval: number;
  readonly start: string;
  readonly code: string;
}

/** The last line. */
export interface SummaryLine {
  readonly intervals: number;
  readonly opened: number;
  readonly refused: number;
  readonly exact: boolean;
  readonly coverage: number;
  readonly meters: number;
  readonly host: string;
  readonly engine: string;
  readonly seconds: number;
}

/** All lines of a run by their type. */
export interface StreetLines {
  readonly opened: readonly OpenedLine[];
  readonly rejected: readonly RejectedLine[];
  readonly summary: SummaryLine;
}

/** Parses the stdout of a run: JSON lines of the documented shapes and nothing else, one summary, and it comes last. */
export function streetLines(stdout: string): StreetLines {
  expect(stdout.endsWith("\n")).toBe(true);
  // whatever is no object with a type has no shape, and fails
  const values = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { readonly type: string });
  expect(values.flatMap((value) => misfits(value, SHAPES[value.type] ?? []))).toEqual([]);
  const types = values.map(({ type }) => type);
  expect(types.indexOf("summary")).toBe(types.length - 1);
  // their shapes were just checked
  const of = <T>(type: string): T[] => values.filter((value) => value.type === type) as unknown as T[];
  const opened = of<OpenedLine>("opened");
  const summary = of<SummaryLine>("summary")[0] as SummaryLine;
  expect([summary.opened, summary.refused]).toEqual([opened.length, of("refused").length]);
  return { opened, rejected: of<RejectedLine>("rejected"), summary };
}

/** Checks that every part is exact and that all parts of a group and interval count its homes once: whole coverage. */
export function expectWhole({ opened, summary }: StreetLines): void {
  const homes = new Map<string, number>();
  const sizes = new Map<string, number>();
  for (const { group, interval, contributors, members, exact, channels } of opened) {
    const name = `${group}/${interval}`;
    homes.set(name, (homes.get(name) ?? 0) + contributors);
    sizes.set(name, members);
    expect(exact).toBe(true);
    for (const { sum_mwh, truth_mwh } of Object.values(channels)) expect(sum_mwh).toBe(truth_mwh);
  }
  expect(homes).toEqual(sizes);
  expect(summary).toMatchObject({ exact: true, coverage: 1, refused: 0 });
}
