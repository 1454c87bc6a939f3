/** Streets in which things go wrong: whatever it is, each sum stays exact, and in the end every home was counted. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { xsWorkerPath } from "../../../hosts/xs/engine.ts";
import { STORM_KINDS } from "../../../sim/faults/built-in.ts";
import { choir, smallStreet } from "./choir.ts";
import { type Mosquitto, mosquittoPath, startMosquitto } from "./mosquitto.ts";
import { expectWhole, type StreetLines, streetLines } from "./street-lines.ts";

const FAULT = "choir: fault ";

interface FaultNotice {
  readonly kind: string;
  readonly name: string;
}

/** Runs a street that must hold; returns its lines, and the faults that it told of on stderr, where nothing else may be. */
async function street(...flags: readonly string[]): Promise<{ lines: StreetLines; faults: readonly FaultNotice[] }> {
  const run = await choir(smallStreet("--meters", "6", "--groups", "1", "--intervals", "3", ...flags));
  const notices = run.stderr.split("\n").slice(0, -1);
  expect(notices.filter((line) => !line.startsWith(FAULT))).toEqual([]);
  const lines = streetLines(run.stdout);
  expectWhole(lines);
  expect(run).toMatchObject({ code: 0, leftBehind: [] });
  // the notice of a fault is the fault, and its fields are compared where they matter
  return { lines, faults: notices.map((line) => JSON.parse(line.slice(FAULT.length)) as FaultNotice) };
}

/** Runs a body for several seeds at a time: streets wait a good deal for one another's processes. */
const seeds = (list: readonly string[], body: (seed: string) => Promise<void>) => Promise.all(list.map(body));

/** Kinds that always make a reading late, so that its block comes in a part of its own, and kinds that never do. */
const LATE: readonly string[] = ["reorder", "loss"];
const IN_TIME: readonly string[] = ["duplicate", "clock_step"];

describe("every kind of fault alone", () => {
  test.each(STORM_KINDS)("%s: every part is exact and coverage is 1", async (name) => {
    await seeds(["a", "b"], async (seed) => {
      const { lines, faults } = await street("--faults", name, "--seed", seed);
      expect(faults.map(({ kind }) => kind)).toEqual([name]);
      const hasLateParts = lines.opened.some(({ part }) => part > 0);
      if (LATE.includes(name)) expect(hasLateParts).toBe(true);
      if (IN_TIME.includes(name)) expect(hasLateParts).toBe(false);
    });
  });
});

test.each([
  ["a", "b"],
  ["c", "d"],
])("storm, seeds %s and %s: every part is exact and coverage is 1", async (...two) => {
  await seeds(two, async (seed) => {
    const { faults } = await street("--faults", "storm", "--seed", seed, "--groups", "2", "--intervals", "4");
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(STORM_KINDS));
  });
});

describe("a fault file", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "choir-faults-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is played: the meter that it takes off the air is missing, its block is left out, and comes whole later", async () => {
    const path = join(folder, "evening.json");
    const offline = { kind: "meter_offline", name: "cellar", interval: 0, at: 0.5, intervals: 1, meter: "home-5" };
    const kill = { kind: "aggregator_kill", interval: 1, at: 0.1, seconds: 20, group: "group-1" };
    writeFileSync(path, JSON.stringify({ name: "an evening", faults: [offline, kill] }));
    const { lines, faults } = await street("--faults", path);
    expect(faults.map(({ name }) => name)).toEqual(["cellar", "aggregator_kill-2"]);
    const first = lines.opened.filter(({ start }) => start.includes("T17:00"));
    expect(
      first.map(({ part, contributors, missing, left_out }) => ({ part, contributors, missing, left_out })),
    ).toEqual([
      { part: 0, contributors: 3, missing: ["home-5"], left_out: ["block-1-2"] },
      { part: 1, contributors: 3, missing: [], left_out: [] },
    ]);
  });
});

/** A describe block that needs something installed: skipped in one printed line without it, and with CI=true it fails instead. */
function describeWhere(what: string, isThere: boolean, body: () => void): void {
  if (isThere) describe(`with ${what}`, body);
  else if (process.env["CI"] === "true") test(`${what} is installed`, () => expect(isThere).toBe(true));
  else {
    process.stderr.write(`skipped: streets with ${what}, which is not installed\n`);
    describe.skip(`with ${what}`, () => test("is skipped", () => undefined));
  }
}

const mosquitto = mosquittoPath();
describeWhere("Mosquitto", mosquitto !== undefined, () => {
  let broker: Mosquitto | undefined;

  beforeAll(async () => {
    // the block is skipped where there is none
    broker = await startMosquitto(mosquitto as string);
  });

  afterAll(() => broker?.stop());

  test("--broker: all goes through it, also when the aggregator is killed, and once more with what the first run left there", async () => {
    for (const seed of ["a", "b"]) {
      const { faults } = await street("--broker", broker?.url ?? "", "--faults", "aggregator_kill", "--seed", seed);
      expect(faults.map(({ kind }) => kind)).toEqual(["aggregator_kill"]);
    }
  });

  test("--broker: its restart is left out of a schedule, in one line", async () => {
    const run = await choir(
      smallStreet(
        "--meters",
        "3",
        "--groups",
        "1",
        "--intervals",
        "2",
        "--broker",
        broker?.url ?? "",
        "--faults",
        "broker_restart",
      ),
    );
    expectWhole(streetLines(run.stdout));
    expect(run.code).toBe(0);
    expect(run.stderr).toBe(`choir: broker_restart is left out: the broker at ${broker?.url} is not ours to stop\n`);
  });
});

describeWhere("the XS engine", xsWorkerPath() !== undefined, () => {
  test("--host xs: the firmware on its own engine gives exact sums, through a power cut and a broker restart", async () => {
    for (const fault of ["meter_power_cut", "broker_restart"]) {
      const { lines } = await street("--host", "xs", "--meters", "3", "--intervals", "2", "--faults", fault);
      expect(lines.summary).toMatchObject({ host: "xs", meters: 3 });
      expect(lines.summary.engine).toMatch(/XS/);
    }
  });
});
