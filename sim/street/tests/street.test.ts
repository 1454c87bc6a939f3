/** Streets run from within: on the system's clock, with parties that fail unplanned, and ended early. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../../core/names.ts";
import type { Load } from "../../loads/load.ts";
import type { StreetEvent } from "../../report.ts";
import type { StreetOptions } from "../options.ts";
import { runStreet, type StreetListener } from "../street.ts";

// tests run from dist/sim/street/tests
const cli = fileURLToPath(new URL("../../../headend/cli/main.js", import.meta.url));
const METERS = ["a", "b", "c", "d", "e", "f"];

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-street-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function loadFrom(startUtcMs: number, intervalMs: number, intervals: number): Load {
  return {
    meters: METERS,
    intervalMs,
    startUtcMs,
    intervals,
    utcOffsetMinutes: 0,
    channels: [OBIS_IMPORT],
    // no two meters alike, no two intervals, and no whole Wh
    energyMilliwattHours: (m, i, obis) => (obis === OBIS_IMPORT ? 1001 * (m + 1) + 7 * i : 0),
  };
}

function optionsOf(load: Load, more: Partial<StreetOptions> = {}): StreetOptions {
  return {
    load,
    groupCount: 1,
    perGroup: METERS.length,
    kMin: 3,
    custody: "provider",
    tariff: false,
    keyBits: 2048,
    channels: [OBIS_IMPORT],
    xsWorker: undefined,
    engine: "Node",
    seed: "s",
    faults: "none",
    brokerUrl: undefined,
    feederEnergy: undefined,
    folder,
    cli,
    clock: "stepped",
    ...more,
  };
}

/** Keeps what a street tells. */
function listener(onEvent: (event: StreetEvent) => void = () => {}) {
  const events: StreetEvent[] = [];
  const warnings: string[] = [];
  const hears: StreetListener = {
    begin: () => {},
    event: (event) => {
      events.push(event);
      onEvent(event);
    },
    fault: () => {},
    warn: (text) => warnings.push(text),
  };
  return { events, warnings, hears };
}

const QUARTER_HOUR_MS = 900_000;
const EVENING = Date.parse("2026-01-13T17:00:00Z");

describe("on the system's clock", () => {
  test("a street of two 5-second intervals opens exact sums and loses nothing", async () => {
    const intervalMs = 5000;
    // long enough ahead for a slow machine to set the street up
    const startUtcMs = Math.ceil((Date.now() + 15_000) / intervalMs) * intervalMs;
    const { events, hears } = listener();
    const { summary, lost } = await runStreet(
      optionsOf(loadFrom(startUtcMs, intervalMs, 2), { clock: "system" }),
      hears,
    );
    const opened = events.flatMap((event) => (event.type === "opened" ? [event] : []));
    expect(opened.map(({ exact }) => exact)).not.toContain(false);
    expect(new Set(opened.map(({ interval }) => interval))).toEqual(
      new Set([startUtcMs / intervalMs, startUtcMs / intervalMs + 1]),
    );
    expect(opened.reduce((homes, { contributors }) => homes + contributors, 0)).toBeGreaterThan(0);
    expect(summary).toMatchObject({ exact: true, refused: 0 });
    expect(lost).toBe(0);
  });
});

describe("what goes wrong unplanned", () => {
  test("an aggregator that cannot start ends the run with that aggregator's own words", async () => {
    const { hears } = listener();
    // the deployment is made by then, and the processes are not yet started
    const begin = (): void => rmSync(join(folder, "aggregators/group-1/signing.pem"));
    const run = runStreet(optionsOf(loadFrom(EVENING, QUARTER_HOUR_MS, 1)), { ...hears, begin });
    await expect(run).rejects.toMatchObject({ code: "broker_failed", subject: "choir aggregator" });
    await expect(run).rejects.toThrow("aggregator.json: signingKey: expected a readable file");
  });

  test("a run that is aborted ends at once, and tells nothing more", async () => {
    const stop = new AbortController();
    const { events, hears } = listener(() => stop.abort());
    const run = runStreet(optionsOf(loadFrom(EVENING, QUARTER_HOUR_MS, 1000)), hears, stop.signal);
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(events.length).toBe(1);
  });

  test("a plan or a fault that cannot be is refused before anything is made", async () => {
    const { hears } = listener();
    const load = loadFrom(EVENING, QUARTER_HOUR_MS, 1);
    await expect(runStreet(optionsOf(load, { kMin: 7 }), hears)).rejects.toMatchObject({ code: "group_too_small" });
    await expect(runStreet(optionsOf(load, { faults: "weather" }), hears)).rejects.toMatchObject({
      code: "input_invalid",
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
