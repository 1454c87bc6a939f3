/** Which intervals give a reading: a table of what clocks do, and restarts, over the whole meter. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../core/names.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { Machine, type MachineParts } from "./machine.ts";

const MINUTE_MS = 60_000;
const pulses = (obis: string, trueMs: number): number =>
  obis === OBIS_IMPORT ? Math.floor((trueMs - DAY_MS) / 10_000) : 0;
/** mWh of a whole interval at one pulse in ten seconds. */
const WHOLE = 90_000;

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

type Act = (machine: Machine, parts: MachineParts) => Machine | undefined;

const step =
  (byMs: number): Act =>
  (machine) => {
    machine.offsetMs += byMs;
    return undefined;
  };
const quality =
  (value: Machine["quality"]): Act =>
  (machine) => {
    machine.quality = value;
    return undefined;
  };
/** Power is cut and comes back so much later. */
const cut =
  (downMs: number): Act =>
  (machine, parts) => {
    const next = machine.after(downMs, parts);
    next.start();
    return next;
  };

interface Case {
  readonly name: string;
  /** What happens, at minutes after the day's begin. */
  readonly acts: readonly (readonly [minutes: number, act: Act])[];
  /** Minutes of the meter's start after the first boundary. */
  readonly startMinutes?: number;
  /** Readings by interval (0 is the day's first) in mWh, of the first four. */
  readonly readings: Readonly<Record<number, number>>;
  readonly rejected?: readonly string[];
  readonly steps?: number;
}

const cases: readonly Case[] = [
  { name: "a clock in order", acts: [], readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE } },
  {
    name: "a meter started within an interval",
    startMinutes: 4,
    acts: [],
    readings: { 1: WHOLE, 2: WHOLE, 3: WHOLE },
    rejected: ["boundary_unobserved 0"],
  },
  {
    name: "a clock in holdover, which is as good",
    acts: [[1, quality("holdover")]],
    readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE },
  },
  {
    name: "a clock that is unset at one boundary",
    acts: [
      [10, quality("unset")],
      [20, quality("synced")],
    ],
    readings: { 2: WHOLE, 3: WHOLE },
    rejected: ["clock_unsure 0", "clock_unsure 1"],
  },
  {
    name: "a clock that is unset only between boundaries",
    acts: [
      [3, quality("unset")],
      [12, quality("synced")],
    ],
    readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE },
  },
  {
    name: "a clock stepped forward within an interval: the boundary comes too early",
    acts: [[17, step(2 * MINUTE_MS)]],
    readings: { 0: WHOLE, 2: WHOLE, 3: WHOLE },
    rejected: ["clock_unsure 1"],
    steps: 1,
  },
  {
    name: "a clock stepped forward over a boundary",
    acts: [[28, step(3 * MINUTE_MS)]],
    readings: { 0: WHOLE, 3: WHOLE },
    rejected: ["clock_unsure 1", "clock_unsure 2"],
    steps: 1,
  },
  {
    name: "a clock stepped back within an interval",
    acts: [[22, step(-2 * MINUTE_MS)]],
    readings: { 0: WHOLE, 2: WHOLE, 3: WHOLE },
    rejected: ["clock_unsure 1"],
    steps: 1,
  },
  {
    name: "a clock stepped back over a boundary: the first interval keeps the reading that it had",
    acts: [[16, step(-3 * MINUTE_MS)]],
    readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE },
    steps: 1,
  },
  {
    name: "a step that is corrected before the boundary",
    acts: [
      [17, step(6 * MINUTE_MS)],
      [22, step(-6 * MINUTE_MS)],
    ],
    readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE },
    steps: 2,
  },
  {
    name: "a step over a boundary that is corrected: the interval stepped out of has no reading",
    acts: [
      [24, step(8 * MINUTE_MS)],
      [26, step(-8 * MINUTE_MS)],
    ],
    readings: { 0: WHOLE, 2: WHOLE, 3: WHOLE },
    rejected: ["clock_unsure 1"],
    steps: 2,
  },
  {
    name: "a clock further from the beacons than a quarter interval, until it is right again",
    acts: [
      [17, step(40 * MINUTE_MS)],
      [50, step(-40 * MINUTE_MS)],
    ],
    readings: { 0: WHOLE },
    rejected: ["clock_unsure 1", "clock_unsure 3", "beacon_disagrees 4", "beacon_disagrees 5"],
    steps: 2,
  },
  {
    name: "slewing within the tolerance",
    acts: [
      [17, step(1500)],
      [20, step(-1500)],
    ],
    readings: { 0: WHOLE, 1: WHOLE, 2: WHOLE, 3: WHOLE },
  },
  {
    name: "a restart within an interval: what came without power is not measured",
    acts: [[20.5, cut(30_000)]],
    readings: { 0: WHOLE, 1: WHOLE - 6000, 2: WHOLE, 3: WHOLE },
  },
  {
    name: "a restart across a boundary, but within the tolerance behind it",
    acts: [[29.95, cut(4000)]],
    readings: { 0: WHOLE, 1: WHOLE - 6000, 2: WHOLE, 3: WHOLE },
  },
  {
    name: "a restart across a boundary",
    acts: [[29, cut(2 * MINUTE_MS)]],
    readings: { 0: WHOLE, 3: WHOLE },
    rejected: ["boundary_unobserved 1", "boundary_unobserved 2"],
  },
  {
    name: "a restart after more than an interval without power",
    acts: [[16, cut(20 * MINUTE_MS)]],
    readings: { 0: WHOLE, 3: WHOLE },
    rejected: ["boundary_unobserved 1", "boundary_unobserved 2"],
  },
];

describe("intervals", () => {
  test.each(cases)("$name", async ({ acts, startMinutes = 0, readings, rejected = [], steps = 0 }) => {
    const parts: MachineParts = { deployment, pulses };
    let machine = new Machine({ ...parts, startMs: DAY_MS + startMinutes * MINUTE_MS });
    const { publicKey } = machine.start();
    const machines = [machine];
    for (const [minutes, act] of acts) {
      await machine.time.runTo(DAY_MS + minutes * MINUTE_MS);
      const next = act(machine, parts);
      if (next !== undefined) machines.push(next);
      machine = next ?? machine;
    }
    await machine.time.runTo(DAY_MS + 4 * LENGTH_MS + 10 * MINUTE_MS);
    const sent: Record<number, number> = {};
    for (const message of machines.flatMap((one) => one.readings())) {
      const { interval, energies } = deployment.open(message, publicKey);
      if (interval < FIRST + 4) sent[interval - FIRST] = energies[0] ?? Number.NaN;
    }
    const early = machines
      .flatMap((one) => one.rejections())
      .map((text) => text.replace(/\d+$/, (digits) => `${Number(digits) - FIRST}`));
    expect({ sent, rejected: early }).toEqual({ sent: readings, rejected });
    const codes = machines.flatMap((one) => one.events()).map(({ code }) => code);
    expect(codes.filter((code) => code === "clock_stepped").length).toBe(steps);
  });

  test("an engine that comes back too late to a boundary has no reading for the two intervals beside it", async () => {
    const machine = new Machine({ deployment, pulses });
    const { publicKey } = machine.start();
    await machine.time.runTo(DAY_MS + LENGTH_MS - MINUTE_MS);
    // the engine is blocked: its timers run late
    machine.time.nowMs = DAY_MS + LENGTH_MS + MINUTE_MS;
    await machine.time.runTo(DAY_MS + 3 * LENGTH_MS + 2 * MINUTE_MS);
    expect(machine.rejections()).toEqual([`boundary_unobserved ${FIRST}`, `boundary_unobserved ${FIRST + 1}`]);
    expect(machine.readings().map((message) => deployment.open(message, publicKey).interval)).toEqual([FIRST + 2]);
  });
});
