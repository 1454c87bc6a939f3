/** Fault schedules: what files may say, how a run's faults are decided, and what the built-in schedules promise. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { faultSchedule, SCHEDULE_NAMES, STORM_KINDS } from "../faults/built-in.ts";
import { type FaultedRun, type PlannedFault, planFaults } from "../faults/plan.ts";
import { FAULT_KINDS, type FaultSchedule, parseSchedule } from "../faults/schedule.ts";
import { GRID_STEPS } from "../street/wire.ts";
import { testData } from "./test-data.ts";

const QUARTER_HOUR_MS = 900_000;
const START = Date.parse("2026-03-18T16:00:00Z");

function street(groupIds: readonly string[], perGroup: number, run: Partial<FaultedRun> = {}): FaultedRun {
  const groups = groupIds.map((id) => ({ id, meters: Array.from({ length: perGroup }, (_, i) => `${id}-${i}`) }));
  const meters = groups.flatMap((group) => group.meters);
  const trustees = ["trustee-1", "trustee-2"];
  return { seed: "1", groups, meters, trustees, startUtcMs: START, intervalMs: QUARTER_HOUR_MS, intervals: 6, ...run };
}

const RUN = street(["north", "south"], 24);

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!hasCode(error, "input_invalid")) throw error;
    return String(error);
  }
  return "nothing was refused";
}

/** Parts of an interval since the run's start. */
function at(utcMs: number, run: FaultedRun): number {
  return (utcMs - run.startUtcMs) / run.intervalMs;
}

function targetOf(fault: PlannedFault): string {
  if (fault.kind === "trustee_kill") return fault.trustee;
  return "meter" in fault ? fault.meter : "group" in fault ? fault.group : "the broker";
}

interface ErrorCase {
  readonly name: string;
  readonly text?: string;
  readonly json?: unknown;
  readonly fault?: unknown;
  readonly faults?: readonly unknown[];
  readonly at: string;
  readonly says: string;
}

describe("a schedule file", () => {
  test("is read as it stands", () => {
    const example = testData("schedule-example.json");
    const schedule = parseSchedule("s.json", JSON.stringify(example));
    expect(schedule).toEqual(example);
    expect(new Set(schedule.faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  });

  // The file holds an array of these.
  test.each(testData("schedule-errors.json") as ErrorCase[])("with $name is refused", (wrong) => {
    const json = wrong.json ?? { name: "n", faults: wrong.faults ?? [wrong.fault] };
    const refusal = refusalOf(() => parseSchedule("s.json", wrong.text ?? JSON.stringify(json)));
    expect(refusal).toContain(wrong.at);
    expect(refusal).toContain(wrong.says);
  });
});

describe("a plan", () => {
  test("resolves every fault of a file, in the order in which they begin", () => {
    const example = parseSchedule("s.json", JSON.stringify(testData("schedule-example.json")));
    const planned = planFaults(example, RUN);
    const shown = planned.map((fault) => [fault.name, targetOf(fault), at(fault.utcMs, RUN), at(fault.endUtcMs, RUN)]);
    const [chosenTwice, chosenLater] = [targetOf(planned[0] as PlannedFault), targetOf(planned[4] as PlannedFault)];
    expect(shown).toEqual(
      [
        // An instant on a point of the grid moves an eighth of a step.
        ["duplicate-5", chosenTwice, 0.3125, 0.3125 + 4 / 3],
        ["cellar without radio", "north-3", 0.5125, 2.5125],
        ["loss-3", "north-1", 1.4125, 2.4125],
        ["meter_power_cut-2", "south-3", 1.43, 1.455],
        ["reorder-4", chosenLater, 1.6125, 3.6125],
        ["clock_step-6", "south-1", 2.3125, 2.3125 + 2 / 9],
        ["aggregator_kill-7", "north", 3.15, 3.175],
        ["broker_restart-8", "the broker", 3.7125, 3.7125 + 1 / 45],
        ["trustee_kill-9", "trustee-2", 4.15, 5.15],
        ["meter_replaced-10", "south-7", 4.55, 5.55],
      ].map(([name, target, ...times]) => [name, target, ...times.map((time) => expect.closeTo(Number(time), 5))]),
    );
    expect(RUN.meters).toContain(chosenTwice);
    expect(RUN.groups[1]?.meters).toContain(chosenLater);
    expect(planned.find(({ kind }) => kind === "clock_step")).toMatchObject({ stepMs: -120_000 });
  });

  test("leaves a fault's choice as it is when others are added to the schedule", () => {
    const chosen = (schedule: FaultSchedule): string | undefined =>
      planFaults(schedule, RUN)
        .filter(({ name }) => name === "mine")
        .map(targetOf)[0];
    const mine = { kind: "loss", name: "mine", interval: 2, at: 0.4 } as const;
    const other = { kind: "duplicate", interval: 0, at: 0.3 } as const;
    expect(chosen({ name: "one", faults: [mine] })).toBe(chosen({ name: "two", faults: [other, mine] }));
  });

  test("chooses by the seed", () => {
    const faults = Array.from(
      { length: 6 },
      (_, interval) => ({ kind: "loss", interval, at: 0.4, seconds: 9 }) as const,
    );
    const targets = (seed: string): string[] => planFaults({ name: "n", faults }, { ...RUN, seed }).map(targetOf);
    expect(targets("1")).toEqual(targets("1"));
    expect(targets("1")).not.toEqual(targets("2"));
    expect(new Set(targets("1")).size).toBeGreaterThan(1);
  });

  test("keeps every instant off the grid, near where it was asked for, and a cut of usual length within one step", () => {
    const property = fc.property(
      fc.constantFrom(1000, 5000, 60_000, QUARTER_HOUR_MS),
      fc.nat(5),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (intervalMs, interval, part) => {
        const run = { ...RUN, intervalMs };
        const [fault] = planFaults({ name: "n", faults: [{ kind: "meter_power_cut", interval, at: part }] }, run);
        // One fault was asked for.
        const { utcMs, endUtcMs } = fault as PlannedFault;
        const [begin, end] = [at(utcMs, run) * GRID_STEPS, at(endUtcMs, run) * GRID_STEPS];
        expect(Math.floor(begin)).toBe(Math.floor(end));
        expect(begin % 1).toBeGreaterThan(0.1);
        expect(end % 1).toBeLessThan(0.9);
        expect(end).toBeGreaterThan(begin);
        expect(Math.abs(begin - (interval + part) * GRID_STEPS)).toBeLessThan(0.27);
      },
    );
    fc.assert(property);
  });

  test.each([
    ["an interval after the last", { kind: "loss", interval: 6, at: 0.5 }, "interval: expected 0 to 5"],
    ["a meter that is not there", { kind: "loss", interval: 0, at: 0.5, meter: "west-1" }, "got west-1"],
    ["a position that is not there", { kind: "loss", interval: 0, at: 0.5, meter: 48 }, "0 to 47, got 48"],
    ["a position beyond its group", { kind: "loss", interval: 0, at: 0.5, meter: 24, group: 1 }, "0 to 23, got 24"],
    ["a meter of another group", { kind: "loss", interval: 0, at: 0.5, meter: "north-1", group: 1 }, "got north-1"],
    ["a group that is not there", { kind: "aggregator_kill", interval: 0, at: 0.5, group: "west" }, "group: expected"],
  ] as const)("refuses %s", (_, fault, says) => {
    expect(refusalOf(() => planFaults({ name: "n", faults: [fault] }, RUN))).toContain(says);
  });

  test("refuses a second fault of one kind while the first still lasts, and none after it", () => {
    const cut = (interval: number) => ({ kind: "meter_offline", interval, at: 0.3, meter: 0, intervals: 1.5 }) as const;
    expect(refusalOf(() => planFaults({ name: "n", faults: [cut(1), cut(2)] }, RUN))).toContain("one at a time");
    expect(planFaults({ name: "n", faults: [cut(1), cut(3)] }, RUN)).toHaveLength(2);
  });
});

describe("a built-in schedule", () => {
  const runs = fc
    .record({
      seed: fc.string({ maxLength: 6 }),
      groups: fc.integer({ min: 1, max: 4 }),
      perGroup: fc.integer({ min: 1, max: 100 }),
      intervals: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 672 })),
      intervalMs: fc.constantFrom(5000, 60_000, QUARTER_HOUR_MS),
    })
    .map(({ seed, groups, perGroup, intervals, intervalMs }) => {
      const ids = Array.from({ length: groups }, (_, i) => `g${i}`);
      return street(ids, perGroup, { seed, intervals, intervalMs });
    });

  test.each(SCHEDULE_NAMES)("%s has all it promises and is over before the end, in every run", (name) => {
    const promised = name === "none" ? [] : name === "storm" ? STORM_KINDS : [name];
    const property = fc.property(runs, (run) => {
      const planned = planFaults(faultSchedule(name, run), run);
      expect(new Set(planned.map(({ kind }) => kind))).toEqual(new Set(promised));
      for (const fault of planned) {
        expect(fault.utcMs).toBeGreaterThan(run.startUtcMs);
        // The last reports are out an eighth of an interval after the run's last, the grace ends after a quarter.
        const catchesReport = ["duplicate", "reorder", "loss"].includes(fault.kind);
        expect(at(fault.endUtcMs, run)).toBeLessThan(run.intervals + (catchesReport ? 0.22 : 0));
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("storm kills each group's aggregator, and hits each meter once a round at most", () => {
    const planned = planFaults(faultSchedule("storm", RUN), RUN);
    const killed = planned.filter(({ kind }) => kind === "aggregator_kill").map(targetOf);
    expect([...killed].sort()).toEqual(["north", "south"]);
    const meters = planned.flatMap((fault) => ("meter" in fault ? [fault.meter] : []));
    expect(new Set(meters).size).toBe(meters.length);
  });

  test("storm grows with the run", () => {
    const size = (run: FaultedRun): number => faultSchedule("storm", run).faults.length;
    expect(size(street(["north", "south"], 24, { intervals: 96 }))).toBeGreaterThan(2 * size(RUN));
    expect(size(street(["north", "south"], 200))).toBeGreaterThan(1.5 * size(RUN));
  });

  test("storm makes a clock wrong without either clock leaving the interval", () => {
    fc.assert(
      fc.property(runs, (run) => {
        for (const fault of planFaults(faultSchedule("storm", run), run)) {
          if (fault.kind !== "clock_step") continue;
          const seen = [fault.utcMs, fault.endUtcMs].flatMap((utcMs) => [utcMs, utcMs + fault.stepMs]);
          expect(new Set(seen.map((utcMs) => Math.floor(at(utcMs, run))))).toEqual(new Set([fault.interval]));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("that does not exist is refused with the names that do, a file that does not by its name", () => {
    expect(refusalOf(() => faultSchedule("strom", RUN))).toContain("none, meter_power_cut");
    expect(refusalOf(() => faultSchedule("strom", RUN))).toContain("storm, got strom");
    expect(refusalOf(() => faultSchedule("absent/faults.json", RUN))).toContain("absent/faults.json");
  });
});
