/** A street whose meters run in the Moddable simulator, each in a process of its own, on the system's clock. */

import { describe, expect, test } from "@jest/globals";
import { whyNoSdk } from "../../../hosts/moddable/runner/sdk.ts";
import { choir } from "./choir.ts";
import type { OpenedLine, SummaryLine } from "./street-lines.ts";

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`choir street --host desktop: skipped: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

/** A feeder's total may come after its sum: the head end waits for nobody on the system's clock. */
type Opened = { readonly type: "opened"; readonly feeder: OpenedLine["feeder"] | null } & Omit<OpenedLine, "feeder">;
type Line = Opened | ({ readonly type: "summary" } & SummaryLine);

const STREET = ["street", "--json", "--host", "desktop", "--meters", "2", "--groups", "1", "--k-min", "1"];

whereTheSdkIs("choir street --host desktop", () => {
  test("opens exact sums of what the simulators' counters counted, and a feeder that saw both homes agrees", async () => {
    const run = await choir([...STREET, "--intervals", "2"]);
    expect(run.stderr).toContain("10 s stand for 900 s");
    // the checks below fail on lines of another shape
    const lines = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const opened = lines.flatMap((line) => (line.type === "opened" ? [line] : []));
    expect(opened.reduce((homes, { contributors }) => homes + contributors, 0)).toBeGreaterThan(0);
    for (const { channels, exact, feeder, part, contributors } of opened) {
      expect(exact).toBe(true);
      if (contributors > 0) expect(channels["1-0:1.8.0"]?.sum_mwh).toBeGreaterThan(0);
      if (feeder !== null && part === 0 && contributors === 2) expect(feeder.residual_mwh).toBe(0);
    }
    expect(lines.at(-1)).toMatchObject({ type: "summary", host: "desktop", meters: 2, exact: true });
    expect({ code: run.code, leftBehind: run.leftBehind }).toEqual({ code: 0, leftBehind: [] });
  });
});

describe("what it says of what it cannot do", () => {
  test("faults on schedule are for stepped time", async () => {
    const run = await choir([...STREET, "--faults", "storm"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("--faults: expected none with --host desktop");
  });
});
