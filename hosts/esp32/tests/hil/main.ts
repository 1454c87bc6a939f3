/** `npm run test:hil -- --port PORT --wifi SSID [--subplatform CHIP] [--no-flash] [--json]`, or `-- --qemu PATH [--memory]`: hardware in the loop (docs/HARDWARE.md). */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChoirError } from "../../../../core/errors.ts";
import { DebugListener, type MemorySample } from "../../../moddable/runner/debug-listener.ts";
import { type BenchArguments, readBenchArguments } from "../../runner/hil-arguments.ts";
import { boardPower } from "../../runner/hil-board.ts";
import { emulatorPower, HOST_OF_EMULATOR, whyNoEmulator } from "../../runner/hil-emulator.ts";
import { emulatedFlash, flashBench } from "../../runner/hil-image.ts";
import { MEMORY_SIZE, memorySteps } from "./memory-steps.ts";
import { type BenchOptions, runOnBench, type Verdict } from "./run.ts";
import { STEPS } from "./steps.ts";

type Machine = Pick<BenchOptions, "power" | "brokerHost" | "listenOn" | "wifi" | "size" | "steps">;

/** The machine, with the bench's firmware on it; files of the run lie in `folder`. */
async function machineOf({ chip, subject }: BenchArguments, folder: string): Promise<Machine> {
  if (subject.kind === "board") {
    const { port, flash, brokerHost, wifi } = subject;
    const power = boardPower(port, process.env);
    if (flash) flashBench(chip, port);
    return { power, brokerHost, listenOn: "0.0.0.0", wifi, steps: STEPS };
  }
  const why = whyNoEmulator(subject.path, chip);
  if (why !== undefined) throw new ChoirError("engine_absent", "QEMU", `one that emulates ${chip}`, why);
  const flash = join(folder, "flash.bin");
  const reach = { brokerHost: HOST_OF_EMULATOR, listenOn: "127.0.0.1", wifi: undefined } as const;
  if (!subject.memory) {
    emulatedFlash(chip, "bench", flash);
    return { ...reach, power: await emulatorPower(subject.path, chip, flash), steps: STEPS };
  }
  emulatedFlash(chip, "meter", flash);
  const samples: MemorySample[] = [];
  const debug = await DebugListener.open({
    sample: (sample) => samples.push(sample),
    trace: () => {},
    stopped: (why) => process.stderr.write(`${why}\n`),
  });
  const power = await emulatorPower(subject.path, chip, flash, debug.port);
  const close = async (): Promise<void> => {
    await power.close();
    debug.close();
  };
  return { ...reach, power: { ...power, close }, size: MEMORY_SIZE, steps: memorySteps({ samples, debug }) };
}

function tell({ step, ok, detail, figures, seconds }: Verdict, json: boolean): void {
  const line = json
    ? JSON.stringify({ step, ok, detail, figures, seconds })
    : `${ok ? "holds " : "BROKEN"} ${step} (${seconds} s)${[detail, figures === null ? "" : JSON.stringify(figures)]
        .filter((one) => one !== "")
        .map((one) => `: ${one}`)
        .join("")}`;
  process.stdout.write(`${line}\n`);
}

async function main(words: readonly string[]): Promise<void> {
  const options = readBenchArguments(words, process.env);
  const folder = mkdtempSync(join(tmpdir(), "choir-hil-"));
  let machine: Machine | undefined;
  try {
    machine = await machineOf(options, folder);
    const ok = await runOnBench({
      ...machine,
      onVerdict: (verdict) => tell(verdict, options.json),
      onLine: (line) => {
        if (options.trace) process.stderr.write(`${line}\n`);
      },
    });
    if (!ok) process.exitCode = 1;
  } finally {
    await machine?.power.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
