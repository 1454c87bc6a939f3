/** What is tried on the bench, in this order: each step is one promise about the machine, with a verdict of its own. */

import { setTimeout } from "node:timers/promises";
import { intervalAt } from "../../../../core/interval.ts";
import type { Result } from "../../../tests/conformance/case.ts";
import { AFTER_POWER_CUT, FIRST_BOOT } from "../../../tests/conformance/suite.ts";
import type { Bench } from "./bench.ts";
import { INTERVAL_MS, MILLIWATT_HOURS_PER_PULSE, POOL_TARGET } from "./bench-deployment.ts";
import type { BenchStreet } from "./bench-street.ts";
import { NEIGHBOURS_MILLIWATT_HOURS } from "./neighbours.ts";

/** Half of it is twice the least length of a pulse. */
const PERIOD_MICROS = 40_000;
/** A train that begins in one interval ends in the next or the one after. */
const LONG_PERIOD_MICROS = 80_000;
const LONG_PULSES = Math.ceil((1.5 * INTERVAL_MS * 1000) / LONG_PERIOD_MICROS);
/** The store is being written when the power goes. */
const WRITING_MS = 700;
/** Twice the time after which a register is checkpointed. */
const CHECKPOINTED_MS = 2_500;

/** Sums of a street that hold pulses of the machine, and its pulses between two looks at them: two seconds of an interval. */
const SUMS = 2;
const TRAIN_PULSES = 50;

/** Thrown where a promise is broken. */
export class Broken extends Error {}

/** One step; what it returns goes into its report. */
export interface Step {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<unknown>;
  /** Where it is broken nothing else can be tried. */
  readonly isVital?: boolean;
}

export const STEPS: readonly Step[] = [
  {
    name: "is provisioned over its console and joins the broker",
    isVital: true,
    run: (bench) => bench.provision(),
  },
  {
    name: "conformance at the first boot",
    run: async (bench) => {
      await bench.cutPower();
      return allHold(await bench.conformance(), FIRST_BOOT.length);
    },
  },
  {
    name: "conformance after a power cut",
    run: async (bench) => {
      await setTimeout(WRITING_MS);
      await bench.cutPower();
      const results = await bench.conformance();
      // the meter runs again from the next start on
      const before = await bench.onlines;
      await bench.cutPower();
      await bench.online(before);
      return allHold(results, AFTER_POWER_CUT.length);
    },
  },
  { name: "counts every pulse: idle", run: (bench) => counting(bench, 60, async () => train(bench, 60)) },
  {
    name: "counts every pulse: through loss of the network and reconnect",
    run: (bench) =>
      counting(bench, 200, async () => {
        const { ended } = await bench.train(200, PERIOD_MICROS);
        await bench.ask("network off", "network off");
        await bench.until("a broken link", async () => (await bench.links) === 0);
        const before = await bench.onlines;
        await setTimeout(1_000);
        await bench.ask("network on", "network on");
        await bench.online(before);
        await ended;
      }),
  },
  {
    name: "counts every pulse: while intervals are sealed and the pool is filled again",
    run: (bench) =>
      counting(bench, LONG_PULSES, async () => {
        const last = await newest(bench);
        const { ended } = await bench.train(LONG_PULSES, LONG_PERIOD_MICROS);
        await ended;
        await bench.readingsAfter(last, 1);
        await bench.until("a full pool", async () => (await bench.diagnostics()).poolLevel === POOL_TARGET);
      }),
  },
  {
    name: "counts every pulse: through a soft restart",
    run: (bench) =>
      counting(bench, 80, async () => {
        await train(bench, 40);
        // what was counted since the last checkpoint must not need the power
        await bench.restart();
        await train(bench, 40);
      }),
  },
  {
    name: "seals exactly what it counted",
    run: async (bench) => {
      const first = await sealedUpToNow(bench);
      await train(bench, 50);
      const readings = await bench.readingsAfter(first, 3);
      const milliwattHours = readings.reduce((sum, one) => sum + one.milliwattHours, 0);
      same(milliwattHours, 50 * MILLIWATT_HOURS_PER_PULSE, "mWh in the readings");
      return { milliwattHours, intervals: readings.map(({ interval }) => interval) };
    },
  },
  {
    name: "keeps its register and its burnt mark through a power cut",
    run: async (bench) => {
      await train(bench, 30);
      await setTimeout(CHECKPOINTED_MS);
      const [register, { boots }, last] = [await bench.register(), await bench.diagnostics(), await newest(bench)];
      const before = await bench.onlines;
      await bench.cutPower();
      await bench.online(before);
      same(await bench.register(), register, "pulses in the register");
      const { boots: after } = await bench.diagnostics();
      if (after <= boots) throw new Broken(`${after} boots after ${boots}: the power was not cut`);
      const readings = await bench.readingsAfter(last, 2);
      return { register, boots: after, intervals: readings.map(({ interval }) => interval) };
    },
  },
  {
    name: "its readings stand in exact sums of a street, before a power cut and after it",
    run: async (bench) => {
      const street = await bench.joinStreet();
      try {
        const before = await exactSums(bench, street);
        await setTimeout(CHECKPOINTED_MS);
        const register = await bench.register();
        const onlines = await bench.onlines;
        await bench.cutPower();
        await bench.online(onlines);
        same(await bench.register(), register, "pulses in the register");
        return { before, after: await exactSums(bench, street) };
      } finally {
        await street.leave();
      }
    },
  },
  {
    name: "seals no interval twice",
    run: async (bench) => {
      await bench.readings.look();
      const twice = bench.readings.sealedTwice;
      if (twice.length > 0) throw new Broken(`intervals ${twice.join(", ")} came in two forms`);
      return { intervals: bench.readings.after(-1).length };
    },
  },
  {
    name: "timings",
    run: async (bench) => {
      const timings: unknown = JSON.parse(await bench.ask("timings", "timings"));
      const delays = bench.readings.after(-1).map(({ closeToPublishMs }) => closeToPublishMs);
      const closeToPublishMs = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)] ?? null;
      return { ...(timings as object), closeToPublishMs };
    },
  },
];

/**
 * Makes pulses until so many sums hold some, and compares every sum that the provider opens meanwhile: it is the neighbours' energy and the
 * machine's own reading, and the machine's readings together are the pulses that were made.
 */
async function exactSums(bench: Bench, street: BenchStreet): Promise<unknown> {
  const first = await sealedUpToNow(bench);
  let made = 0;
  const withPulses = (): number => sumsAfter(first).filter(([, sum]) => sum > NEIGHBOURS_MILLIWATT_HOURS).length;
  const sumsAfter = (interval: number) => [...street.sums].filter(([one]) => one > interval);
  await bench.until(`${SUMS} sums with pulses of the machine`, async () => {
    await train(bench, TRAIN_PULSES);
    made += TRAIN_PULSES;
    await setTimeout(INTERVAL_MS / 2);
    return withPulses() >= SUMS;
  });
  await sealedUpToNow(bench);
  const readings = bench.readings.after(first);
  const own = new Map(readings.map(({ interval, milliwattHours }) => [interval, milliwattHours]));
  const total = readings.reduce((sum, { milliwattHours }) => sum + milliwattHours, 0);
  same(total, made * MILLIWATT_HOURS_PER_PULSE, "mWh in the machine's readings");
  const sums = sumsAfter(first);
  for (const [interval, sum] of sums) {
    same(sum, NEIGHBOURS_MILLIWATT_HOURS + (own.get(interval) ?? 0), `mWh in the sum of interval ${interval}`);
  }
  return Object.fromEntries(sums);
}

/** The register rises by as many pulses as were made. */
async function counting(bench: Bench, pulses: number, work: () => Promise<void>): Promise<unknown> {
  const before = await bench.register();
  await work();
  const counted = (await bench.register()) - before;
  same(counted, pulses, "pulses counted");
  return { made: pulses, counted };
}

async function train(bench: Bench, pulses: number): Promise<void> {
  const { ended } = await bench.train(pulses, PERIOD_MICROS);
  await ended;
}

/** Waits for the reading of the interval that is under way, or of one after it: what was counted until now is in it or before it. Returns the last. */
async function sealedUpToNow(bench: Bench): Promise<number> {
  const current = intervalAt(Date.now(), INTERVAL_MS);
  await bench.until("the reading of the interval under way", async () => (await newest(bench)) >= current);
  return bench.readings.last;
}

async function newest(bench: Bench): Promise<number> {
  await bench.readings.look();
  return bench.readings.last;
}

function allHold(results: readonly Result[], count: number): unknown {
  const broken = results.filter(({ ok }) => !ok);
  if (broken.length > 0) throw new Broken(broken.map(({ name, detail }) => `${name}: ${detail}`).join("; "));
  if (results.length !== count) throw new Broken(`${results.length} cases instead of ${count}`);
  return { cases: results.length };
}

function same(got: number, expected: number, what: string): void {
  if (got !== expected) throw new Broken(`${what}: ${got} instead of ${expected}`);
}
