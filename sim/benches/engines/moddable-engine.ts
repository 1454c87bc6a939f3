/** XS as the meter has it, in the Moddable simulator, with the works of hosts/desktop/works. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { SimulatedMeter } from "../../../hosts/desktop/runner/simulated-meter.ts";
import { openDisplay } from "../../../hosts/moddable/runner/display.ts";
import { buildApp, type Goal, type Sdk } from "../../../hosts/moddable/runner/sdk.ts";
import type { Engine } from "./engine.ts";
import { NATIVE_WORK_NAMES, type NativeWorkName } from "./native-works.ts";

const WORKS = "hosts/desktop/works";

/** The simulator to use; figures are those of a release build. */
export interface ModdableOptions {
  readonly sdk: Sdk;
  readonly goal: Goal;
}

/** Builds the app and starts it. @throws ChoirError engine_failed, engine_absent. */
export async function moddableEngine(
  { sdk, goal }: ModdableOptions,
  keyBits: number,
): Promise<Engine<"moddable", NativeWorkName>> {
  const app = buildApp(sdk, goal, WORKS);
  const display = await openDisplay();
  const folder = mkdtempSync(join(tmpdir(), "choir-works-"));
  let heard = (_line: string): void => {};
  let failed = (_error: unknown): void => {};
  const next = (beginning: string): Promise<string> =>
    new Promise((resolve, reject) => {
      failed = reject;
      heard = (line) => {
        if (line.startsWith(beginning)) resolve(line.slice(beginning.length));
      };
    });
  const machine = { broker: { host: "127.0.0.1", port: 1 }, channels: [] };
  const onLine = (line: string): void => heard(line);
  const meter = await SimulatedMeter.prepare({ sdk, app, display: display.name, folder, machine, onLine });
  const close = async (): Promise<void> => {
    await meter.close();
    display.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const started = next("works");
    meter.boot();
    meter.untilGone().then(() => {
      failed(new ChoirError("engine_failed", "simulator", "works that run", "the end of the process"));
    });
    await started;
    const ready = next("ready");
    meter.tell(`material ${keyBits}`);
    await ready;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: "moddable",
    sample: async (work, times) => {
      const took = next("took ");
      meter.tell(`run ${NATIVE_WORK_NAMES.indexOf(work)} ${times}`);
      return { ms: Number(await took) / 1e6 / times, compute: undefined };
    },
    close,
  };
}
