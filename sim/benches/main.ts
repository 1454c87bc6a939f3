/** `npm run bench`: every figure of docs/BENCHMARKS.md, measured again. */

import { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { findSdk, whyNoSdk } from "../../hosts/moddable/runner/sdk.ts";
import { engineVersion, xsWorkerPath } from "../../hosts/xs/engine.ts";
import { runBenches } from "./bench.ts";
import { lineOf, type Measurement } from "./measurement.ts";
import { tableOf } from "./table.ts";

const KEY_BITS = [512, 1024, 2048, 3072, 4096];

interface Flags {
  readonly json?: boolean;
  readonly only?: string;
  readonly keyBits: number;
  readonly samples: number;
}

const program = new Command("npm run bench --")
  .description("Times what Choir does against what it is measured by, in turn and in one run.")
  .option("--json", "one JSON object a line instead of the table")
  .option("--only <name>", "one name, or the first part of several, as in proof or seal.online")
  .option("--key-bits <bits>", `bits of the Paillier modulus: ${KEY_BITS.join(", ")}`, keyBits, 3072)
  .option("--samples <n>", "samples of each side of a ratio, 1 to 1000", samples, 9)
  .showHelpAfterError();

try {
  await bench(program.parse().opts<Flags>());
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}

async function bench(flags: Flags): Promise<void> {
  if (xsWorkerPath() === undefined) process.stderr.write("bench: no XS engine here, so its lines are left out\n");
  const why = whyNoSdk();
  if (why !== undefined) process.stderr.write(`bench: the simulator's lines are left out: ${why}\n`);
  const moddable = why === undefined ? ({ sdk: findSdk(), goal: "release" } as const) : undefined;
  const { keyBits, samples, only, json } = flags;
  const measured: Measurement[] = [];
  for await (const measurement of runBenches({
    keyBits,
    samples,
    meters: 240,
    messages: 1024,
    batches: [24, 200],
    only,
    moddable,
  })) {
    if (json) process.stdout.write(`${JSON.stringify(lineOf(measurement))}\n`);
    else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${measurement.name}`);
    measured.push(measurement);
  }
  if (json) return;
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const conditions = [`${keyBits} bits`, `medians of ${samples}`, ...engines()].join(", ");
  process.stdout.write(`${conditions}\n\n${tableOf(measured)}\n`);
}

/** What the figures were measured on. */
function engines(): readonly string[] {
  const worker = xsWorkerPath();
  const node = `Node ${process.versions.node}`;
  return worker === undefined ? [node] : [node, engineVersion(worker)];
}

function keyBits(text: string): number {
  const bits = Number(text);
  if (!KEY_BITS.includes(bits)) throw new ChoirError("input_invalid", "--key-bits", KEY_BITS.join(" or "), text);
  return bits;
}

function samples(text: string): number {
  const count = Number(text);
  if (!(Number.isInteger(count) && count >= 1 && count <= 1000)) {
    throw new ChoirError("input_invalid", "--samples", "a whole number from 1 to 1000", text);
  }
  return count;
}
