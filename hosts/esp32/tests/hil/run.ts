/** One run on the bench: a broker, a deployment and a machine; each step has its verdict, and a broken one does not keep the others from being tried, but for the first. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChoirError } from "../../../../core/errors.ts";
import type { Wifi } from "../../../../core/wire/reach.ts";
import { SuiteRig } from "../../../tests/conformance/rig.ts";
import type { BenchPower } from "../../runner/hil-power.ts";
import { Bench } from "./bench.ts";
import { BenchDeployment, type BenchSize } from "./bench-deployment.ts";
import { Broken, type Step } from "./steps.ts";

/** How a step went. */
export interface Verdict {
  readonly step: string;
  readonly ok: boolean;
  /** What was broken; empty when it held. */
  readonly detail: string;
  /** What was seen. */
  readonly figures: unknown;
  readonly seconds: number;
}

export interface BenchOptions {
  readonly power: BenchPower;
  /** This computer, as the machine reaches it. */
  readonly brokerHost: string;
  /** Where the broker listens: an address of this computer. */
  readonly listenOn: string;
  readonly wifi: Wifi | undefined;
  /** The usual one unless told. */
  readonly size?: BenchSize;
  readonly steps: readonly Step[];
  readonly onVerdict: (verdict: Verdict) => void;
  readonly onLine?: (line: string) => void;
}

/** Runs the steps. Errors that are nobody's promise are thrown. @returns whether all hold. */
export async function runOnBench(options: BenchOptions): Promise<boolean> {
  const { power, brokerHost, listenOn, wifi, size, steps, onVerdict, onLine } = options;
  const folder = mkdtempSync(join(tmpdir(), "choir-bench-"));
  let rig: SuiteRig | undefined;
  let bench: Bench | undefined;
  try {
    const deployment = new BenchDeployment(folder, size);
    const file = { table: deployment.table, residueBytes: deployment.keyFile.key.bytes };
    rig = await SuiteRig.build(folder, file, listenOn);
    const reach = { host: brokerHost, port: rig.brokerPort, wifi };
    bench = new Bench({ power, rig, deployment, reach, folder, ...(onLine === undefined ? {} : { onLine }) });
    await bench.open();
    let ok = true;
    for (const step of steps) {
      const verdict = await tried(step, bench);
      ok &&= verdict.ok;
      onVerdict(verdict);
      if (!verdict.ok && step.isVital === true) break;
    }
    return ok;
  } finally {
    await bench?.end();
    await rig?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tried({ name, run }: Step, bench: Bench): Promise<Verdict> {
  const fromMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - fromMs) / 100) / 10;
  try {
    const figures = (await run(bench)) ?? null;
    return { step: name, ok: true, detail: "", figures, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof Broken || error instanceof ChoirError)) throw error;
    return { step: name, ok: false, detail: error.message, figures: null, seconds: seconds() };
  }
}
