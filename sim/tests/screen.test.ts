/** The screen of a street: its lines as committed data, its width, its colours, its bars and figures. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PlannedFault } from "../faults/plan.ts";
import { type StreetEvent, type SummaryEvent, succeeded } from "../report.ts";
import type { StreetFacts } from "../screen/facts.ts";
import { clockText, detailFor, differenceText, energyText, lengthText } from "../screen/quantities.ts";
import { Screen } from "../screen/screen.ts";
import { sparkline } from "../screen/sparkline.ts";
import { clipped, columnsOf, PLAIN, type Style, styleFor, wrapped } from "../screen/terminal.ts";
import { testData } from "./test-data.ts";

interface Run {
  readonly facts: StreetFacts;
  readonly steps: readonly (
    | { readonly fault: PlannedFault }
    | { readonly event: StreetEvent; readonly lost?: number }
  )[];
  /** What is printed, by the terminal's width. */
  readonly lines: Readonly<Record<string, readonly string[]>>;
}

// The file holds one run of a street.
const RUN = testData("screen.json") as Run;
const COLOURED = styleFor({ isTTY: true }, {});

function show(columns: number, style: Style = PLAIN, facts: StreetFacts = RUN.facts): string[] {
  const screen = new Screen(facts, { columns, style });
  const each = RUN.steps.flatMap((step) =>
    "fault" in step ? screen.fault(step.fault) : screen.event(step.event, step.lost),
  );
  return [...screen.begin(), ...each];
}

describe("the lines of a street", () => {
  test.each(Object.keys(RUN.lines))("are these at %s columns", (columns) => {
    expect(show(Number(columns))).toEqual(RUN.lines[columns]);
  });

  test("name the feeder of an alarm and what it says, explained once", () => {
    const screen = new Screen(RUN.facts, { columns: 100, style: PLAIN });
    const start = new Date(RUN.facts.startUtcMs).toISOString();
    const alarm = { type: "alarm", alarm: "loss", state: "raised", by: "band", group: "g", feeder: "f-1" } as const;
    const raised = screen.event({ ...alarm, interval: 1, start });
    expect(raised.at(-1)).toMatch(/f-1: more flowed than homes and losses account for$/);
    expect(raised.length).toBeGreaterThan(1);
    const cleared = screen.event({ ...alarm, state: "cleared", by: null, interval: 2, start });
    expect(cleared).toEqual([expect.stringMatching(/f-1: alarm over \(loss\)$/)]);
  });

  test("leave the last column free at every width, whatever the names and the length of the run", () => {
    const names = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
    const streets = fc.record({
      columns: fc.integer({ min: 80, max: 160 }),
      name: names,
      members: fc.constantFrom(1, 24, 300, 9999),
      intervals: fc.constantFrom(1, 3, 24, 96, 672),
      broker: fc.stringMatching(/^[!-~]{1,60}$/),
    });
    fc.assert(
      fc.property(streets, ({ columns, name, members, intervals, broker }) => {
        const groups = [{ id: name, members, blocks: 1 }];
        for (const line of show(columns, PLAIN, { ...RUN.facts, groups, intervals, broker })) {
          expect(line.length).toBeLessThan(columns);
          expect(line).toBe(line.trimEnd());
        }
      }),
      { numRuns: 100 },
    );
  });

  test("say the same in colour", () => {
    const coloured = show(120, COLOURED);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this test takes away
    const plain = coloured.map((line) => line.replace(/\u001b\[\d+m/g, ""));
    expect(plain.map((line) => line.trimEnd())).toEqual(RUN.lines["120"]);
    expect(coloured).not.toEqual(plain);
  });
});

describe("a verdict", () => {
  const summary: SummaryEvent = {
    type: "summary",
    intervals: 6,
    opened: 12,
    refused: 0,
    exact: true,
    coverage: 1,
    meters: 48,
    host: "node",
    engine: "V8",
    seconds: 12.345,
  };
  const verdict = (changes: Partial<SummaryEvent>, lost = 0): string =>
    new Screen(RUN.facts, { columns: 160, style: PLAIN }).event({ ...summary, ...changes }, lost).join("\n");

  test("is good when all sums are exact and nothing is lost, readings refused at their meters or not", () => {
    expect(verdict({})).toContain("✓ Every opened sum is exact, and no reading was lost.");
    expect(verdict({})).toContain("coverage 100 %");
    expect(succeeded(summary, { inexact: 0, rejected: 9, lost: 0 })).toBe(true);
  });

  test.each([
    ["a sum is not exact", { exact: false }, 0, "1 opened sum not exact"],
    ["readings are lost", {}, 3, "3 readings lost"],
  ])("is bad when %s", (_, changes, lost, says) => {
    expect(verdict(changes, lost)).toContain("✗");
    expect(verdict(changes, lost)).toContain(says);
    expect(succeeded({ ...summary, ...changes }, { inexact: 0, rejected: 0, lost })).toBe(false);
  });

  test("claims nothing when every block was left out and nothing was lost", () => {
    expect(verdict({ opened: 0, coverage: 0 })).toContain("No sum could be opened");
    expect(verdict({ opened: 0, coverage: 0 })).not.toContain("✓");
    expect(succeeded({ ...summary, opened: 0 }, { inexact: 0, rejected: 6, lost: 0 })).toBe(true);
  });

  test("never rounds coverage up to 100 %", () => {
    expect(verdict({ coverage: 0.999999 })).toContain("Coverage 99.99 %");
  });
});

describe("colour and width", () => {
  test.each([
    ["a terminal", { isTTY: true }, {}, true],
    ["a terminal and an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, true],
    ["a terminal and NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["a pipe", {}, {}, false],
  ])("on %s", (_, output, environment, isColoured) => {
    expect(styleFor(output, environment).good("✓") !== "✓").toBe(isColoured);
  });

  test("stay between 80 and 160 columns", () => {
    expect([undefined, 20, 80, 133, 400].map((columns) => columnsOf(columns === undefined ? {} : { columns }))).toEqual(
      [100, 80, 80, 133, 160],
    );
  });

  test("break sentences without losing a word", () => {
    const text = "a block counts whole or not at all";
    expect(wrapped(text, 12)).toEqual(["a block", "counts whole", "or not at", "all"]);
    expect(wrapped(text, 1).join(" ")).toBe(text);
    expect(clipped(text, 8)).toBe("a block…");
  });
});

describe("bars and figures", () => {
  test.each([
    [[], ""],
    [[5], "█"],
    [[0, 0], "▁▁"],
    [[1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"],
    [[8, undefined, 4, -3], "█ ▄▁"],
  ])("%j is %s", (values, bars) => {
    expect(sparkline(values)).toBe(bars);
  });

  test("energies have the digits that are worth reading", () => {
    const kilowattHours = [0, 1000, 10_312_000, 999_999_499, 1_234_567_000, 12_345_678_000].map((mwh) =>
      energyText(mwh, "kWh"),
    );
    expect(kilowattHours).toEqual(["0.000", "0.001", "10.312", "999.999", "1234.57", "12345.7"]);
    expect([0, 15_000, 1500].map((mwh) => energyText(mwh, "Wh"))).toEqual(["0", "15", "1.500"]);
    expect([0, 759_000, -759_000].map((mwh) => differenceText(mwh, "kWh"))).toEqual(["0.000", "+0.759", "-0.759"]);
  });

  test("lengths have their largest whole unit", () => {
    expect([5000, 900_000, 5_400_000, 7_200_000, 86_400_000].map(lengthText)).toEqual([
      "5 s",
      "15 min",
      "90 min",
      "2 h",
      "1 d",
    ]);
  });

  test("times of day have the date that tells them apart", () => {
    const evening = Date.parse("2026-03-18T22:00:00Z");
    const hours = (count: number) => detailFor(evening, 60, count * 3_600_000);
    expect([1, 2, 7 * 24, 7 * 24 + 1].map(hours)).toEqual(["time", "weekday", "weekday", "date"]);
    const start = "2026-03-18T23:00:05+01:00";
    expect(clockText(start, "time", false)).toBe("23:00");
    expect(clockText(start, "weekday", true)).toBe("Wed 23:00:05");
    expect(clockText(start, "date", false)).toBe("18 Mar 23:00");
  });
});
