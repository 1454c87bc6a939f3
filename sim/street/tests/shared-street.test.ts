/** Streets whose key nobody holds: real processes, trustees that are killed and come back, and a meter that is lost in two groups at once. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../../core/names.ts";
import type { Fault } from "../../faults/schedule.ts";
import type { Load } from "../../loads/load.ts";
import type { OpenedEvent, StreetEvent } from "../../report.ts";
import type { StreetOptions } from "../options.ts";
import { runStreet, type StreetOutcome } from "../street.ts";

// tests run from dist/sim/street/tests
const cli = fileURLToPath(new URL("../../../headend/cli/main.js", import.meta.url));
const START = Date.parse("2026-01-13T17:00:00Z");
const INTERVAL_MS = 900_000;

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-street-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function loadOf(meters: number, intervals: number): Load {
  return {
    meters: Array.from({ length: meters }, (_, i) => `home-${i + 1}`),
    intervalMs: INTERVAL_MS,
    startUtcMs: START,
    intervals,
    utcOffsetMinutes: 0,
    channels: [OBIS_IMPORT],
    // no two meters alike, and no two intervals
    energyMilliwattHours: (m, i, obis) => (obis === OBIS_IMPORT ? 1001 * (m + 1) + 7 * i : 0),
  };
}

interface Run extends StreetOutcome {
  readonly events: readonly StreetEvent[];
  readonly opened: readonly OpenedEvent[];
}

/** Runs a street on Node with these faults. */
async function run(
  load: Load,
  layout: Pick<StreetOptions, "groupCount" | "kMin">,
  faults: readonly Fault[],
): Promise<Run> {
  const schedule = `${folder}-faults.json`;
  writeFileSync(schedule, JSON.stringify({ name: "test", faults }));
  const events: StreetEvent[] = [];
  const options: StreetOptions = {
    load,
    ...layout,
    perGroup: load.meters.length / layout.groupCount,
    custody: "shared",
    tariff: true,
    keyBits: 2048,
    channels: [OBIS_IMPORT],
    xsWorker: undefined,
    engine: "Node",
    seed: "s",
    faults: schedule,
    brokerUrl: undefined,
    feederEnergy: undefined,
    folder,
    cli,
    clock: "stepped",
  };
  const listener = {
    begin: () => {},
    event: (event: StreetEvent) => void events.push(event),
    fault: () => {},
    warn: () => {},
  };
  try {
    const outcome = await runStreet(options, listener);
    return { ...outcome, events, opened: events.flatMap((event) => (event.type === "opened" ? [event] : [])) };
  } finally {
    rmSync(schedule);
  }
}

const kill = (trustee: number, interval: number, intervals: number): Fault => ({
  kind: "trustee_kill",
  interval,
  at: 0.35,
  intervals,
  trustee,
});
const position = ({ interval }: { readonly interval: number }): number => interval - START / INTERVAL_MS;

describe("trustees", () => {
  test.each([0, 1, 2])("without number %s of three all intervals open, by the shares of the others", async (away) => {
    const { opened, summary, lost } = await run(loadOf(4, 2), { groupCount: 1, kMin: 2 }, [kill(away, 0, 2)]);
    expect(opened.map(position)).toEqual([0, 1]);
    const others = ["trustee-1", "trustee-2", "trustee-3"].filter((_, i) => i !== away);
    for (const { trustees } of opened) expect(trustees).toEqual(others);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("without two none opens and nothing is lost; the backlog opens when one is back", async () => {
    const faults = [kill(0, 1, 4), kill(2, 1, 2)];
    const { opened, events, summary, lost } = await run(loadOf(4, 4), { groupCount: 1, kMin: 2 }, faults);
    expect(events.map(({ type }) => type)).toEqual(["opened", "opened", "opened", "opened", "summary"]);
    expect(opened.map(position)).toEqual([0, 1, 2, 3]);
    for (const one of opened.slice(1)) expect(one.trustees).toEqual(["trustee-2", "trustee-3"]);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("who all are away to the end open nothing, and say nothing", async () => {
    const { opened, summary } = await run(loadOf(4, 2), { groupCount: 1, kMin: 2 }, [kill(0, 0, 9), kill(1, 0, 9)]);
    expect([opened, summary.refused, summary.coverage]).toEqual([[], 0, 0]);
  });
});

describe("the default street's layout", () => {
  test("opens every group exactly, the tariff group without a feeder", async () => {
    const { opened, summary, lost } = await run(loadOf(12, 1), { groupCount: 2, kMin: 2 }, []);
    expect(
      opened.map(({ group, members, contributors, feeder }) => [group, members, contributors, feeder?.residual_mwh]),
    ).toEqual([
      ["group-1", 6, 6, 0],
      ["group-2", 6, 6, 0],
      ["tariff", 8, 8, undefined],
    ]);
    for (const { trustees } of opened) expect(trustees).toHaveLength(2);
    expect([summary.exact, summary.coverage, lost]).toEqual([true, 1, 0]);
  });

  test("goes without the block of a lost meter in each of its groups, and never stalls", async () => {
    const cut: Fault = { kind: "meter_power_cut", interval: 1, at: 0.35, intervals: 9, meter: "home-2" };
    const { opened, summary, lost } = await run(loadOf(12, 3), { groupCount: 2, kMin: 2 }, [cut]);
    const left = opened.map((one) => [position(one), one.group, one.left_out] as const);
    expect(left).toEqual(
      [0, 1, 2].flatMap((i) => [
        [i, "group-1", i === 0 ? [] : ["block-1-1"]],
        [i, "group-2", []],
        [i, "tariff", i === 0 ? [] : ["block-1-1"]],
      ]),
    );
    expect([summary.exact, summary.coverage, lost]).toEqual([true, (20 + 16 + 16) / 60, 0]);
  });
});
