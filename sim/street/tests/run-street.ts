/** Streets run from within by tests: on Node, with shared custody and faults, and all that they tell kept. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OBIS_IMPORT } from "../../../core/names.ts";
import type { Fault } from "../../faults/schedule.ts";
import type { Load } from "../../loads/load.ts";
import type { OpenedEvent, StreetEvent } from "../../report.ts";
import type { StreetOptions } from "../options.ts";
import { runStreet, type StreetOutcome } from "../street.ts";

// tests run from dist/sim/street/tests
const cli = fileURLToPath(new URL("../../../headend/cli/main.js", import.meta.url));
const INTERVAL_MS = 900_000;
const START = Date.parse("2026-01-13T17:00:00Z");

/** So many homes, no two alike, for so many intervals. */
export function loadOf(meters: number, intervals: number): Load {
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

/** What a run told. */
export interface Run extends StreetOutcome {
  readonly events: readonly StreetEvent[];
  readonly warnings: readonly string[];
  readonly opened: readonly OpenedEvent[];
}

/** Runs a street on Node with these faults. */
export async function run(
  load: Load,
  layout: Pick<StreetOptions, "groupCount" | "kMin">,
  faults: readonly Fault[],
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "choir-street-"));
  const schedule = `${folder}-faults.json`;
  writeFileSync(schedule, JSON.stringify({ name: "test", faults }));
  const events: StreetEvent[] = [];
  const warnings: string[] = [];
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
    warn: (text: string) => void warnings.push(text),
  };
  try {
    const outcome = await runStreet(options, listener);
    return {
      ...outcome,
      events,
      warnings,
      opened: events.flatMap((event) => (event.type === "opened" ? [event] : [])),
    };
  } finally {
    rmSync(schedule);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Which interval of the run an event is of. */
export function position({ interval }: { readonly interval: number }): number {
  return interval - START / INTERVAL_MS;
}
