/** A day of pulses of three composed homes, tracebase data beside the project (../shared/data/tracebase): where it is absent a test says so and is skipped. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Energy of each recorded pulse. */
export const RECORDED_PULSE_MILLIWATT_HOURS = 1000;

const recorded = join(
  import.meta.dirname,
  "../../../../shared/data/tracebase/tracebase_pulses_1000imp_2012-01-22.csv.gz",
);

/** Ascending moments in ms since midnight, by home; undefined, with a word on stderr, where the data is not. */
export function recordedPulses(): ReadonlyMap<string, readonly number[]> | undefined {
  if (!existsSync(recorded)) {
    process.stderr.write("skipped: the tracebase pulses are not beside the project (shared/data/tracebase)\n");
    return undefined;
  }
  const rows = gunzipSync(readFileSync(recorded)).toString("ascii").trim().split("\n").slice(1);
  const wires = new Map<string, number[]>();
  for (const row of rows) {
    const [meter = "", pulseMs = ""] = row.split(",");
    const times = wires.get(meter) ?? [];
    times.push(Number(pulseMs));
    wires.set(meter, times);
  }
  return wires;
}
