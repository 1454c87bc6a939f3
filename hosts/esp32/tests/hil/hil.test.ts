/** The bench's runner against a stand-in on a pseudo-terminal: a sound one holds every promise, and one that loses a pulse is caught where it is counted. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Display, openDisplay } from "../../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../../moddable/runner/sdk.ts";
import { describeWithTerminals } from "../../../tests/pseudo-terminal.ts";
import { runOnBench, type Verdict } from "./run.ts";
import { STAND_IN, type StandInOptions, standIn } from "./stand-in.ts";
import { STEPS, type Step } from "./steps.ts";

const MOST_MS = 900_000;

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`hosts/esp32, on the bench: skipped: ${missing}\n`);
const withSdk = missing === undefined ? describeWithTerminals : describe.skip;

withSdk("a stand-in on the bench", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-stand-in-"));
  let display: Display;
  let app = "";

  beforeAll(async () => {
    display = await openDisplay();
    app = buildApp(findSdk(), "debug", STAND_IN);
  }, MOST_MS);
  afterAll(() => {
    display?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (fault: Pick<StandInOptions, "loseEvery">, name: string, steps: readonly Step[]) => {
    const power = await standIn({ sdk: findSdk(), app, display: display.name, folder: join(folder, name), ...fault });
    const verdicts: Verdict[] = [];
    try {
      const reach = { brokerHost: "127.0.0.1", listenOn: "127.0.0.1", wifi: undefined };
      const onLine = (line: string): void => {
        if (process.env["CHOIR_TRACE"] !== undefined) process.stderr.write(`${line}\n`);
      };
      const ok = await runOnBench({ power, ...reach, steps, onVerdict: (one) => verdicts.push(one), onLine });
      return { ok, verdicts };
    } finally {
      await power.close();
    }
  };

  test(
    "one that is sound holds every promise",
    async () => {
      const { ok, verdicts } = await run({}, "sound", STEPS);
      expect(verdicts.filter((one) => !one.ok)).toEqual([]);
      expect(verdicts.map(({ step }) => step)).toEqual(STEPS.map(({ name }) => name));
      expect(verdicts.at(-1)?.figures).toMatchObject({ poolEntryMs: expect.any(Number), freeHeapBytes: null });
      expect(ok).toBe(true);
    },
    MOST_MS,
  );

  test(
    "one that loses a single pulse is caught at the step that counts, by the number",
    async () => {
      const steps = STEPS.filter(({ name }) => name.startsWith("is provisioned") || name.endsWith("idle"));
      const { ok, verdicts } = await run({ loseEvery: 50 }, "faulty", steps);
      expect(ok).toBe(false);
      expect(verdicts).toMatchObject([
        { step: "is provisioned over its console and joins the broker", ok: true },
        { step: "counts every pulse: idle", ok: false, detail: "pulses counted: 59 instead of 60" },
      ]);
    },
    MOST_MS,
  );
});
