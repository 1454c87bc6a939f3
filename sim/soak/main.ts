/** `npm run soak:desktop`: a day of metering in the Moddable simulator at 60 times the speed of time; ends with a verdict, which is also its exit status. */

import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { checksOf } from "./record.ts";
import { generatedReplay, replayOfFile } from "./replay.ts";
import { soak } from "./soak.ts";
import { checkTable, memoryLines } from "./table.ts";

const KEY_BITS = [2048, 3072, 4096];
/** hosts/desktop takes no more. */
const MOST_SPEED = 1000;
/** Moments are 32-bit ms. */
const MOST_HOURS = 24 * 40;
/** A shell's exit status for a process that a signal ended, less the signal's number. */
const SIGNALLED = 128;

interface Flags {
  readonly data?: string;
  readonly meter?: string;
  readonly hours: number;
  readonly speed: number;
  readonly keyBits: number;
}

const program = new Command("npm run soak:desktop --")
  .description(
    "Runs a meter in the Moddable simulator for hours of its own time, and counts what it lost and what it kept.",
  )
  .option("--data <file>", "pulses of a day: CSV with meter_id, pulse_ms, gzipped if it ends in .gz (a generated home)")
  .option("--meter <id>", "a meter of the file (its first)")
  .option("--hours <n>", "simulated hours of pulses; drift is judged from 8 on", number("--hours", MOST_HOURS), 24)
  .option("--speed <x>", "simulated seconds in a second", number("--speed", MOST_SPEED), 60)
  .option("--key-bits <bits>", `bits of the Paillier modulus: ${KEY_BITS.join(", ")}`, keyBits, 3072)
  .showHelpAfterError();

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.exitCode = SIGNALLED + constants.signals[signal];
    stop.abort();
  });
}

try {
  await run(program.parse().opts<Flags>());
} catch (error) {
  if (!stop.signal.aborted) {
    if (!(error instanceof ChoirError)) throw error;
    process.stderr.write(`soak: ${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run({ data, meter, hours, speed, keyBits: bits }: Flags): Promise<void> {
  const replay = data === undefined ? generatedReplay() : replayOfFile(data, meter);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`${hours} h of ${replay.source} at ${speed}x, a key of ${bits} bits`);
  const cli = fileURLToPath(new URL("../../headend/cli/main.js", import.meta.url));
  const { record, samples, slowestRefillMs, longestSilenceMs } = await soak(
    { hours, speed, keyBits: bits, replay, cli },
    print,
    stop.signal,
  );
  const checks = checksOf(record);
  print(`\n${checkTable(checks)}\n`);
  for (const line of memoryLines(record, samples)) print(line);
  print(
    `the pool was full again ${Math.round(slowestRefillMs)} ms after a boundary at the latest, by the system's clock`,
  );
  print(`between two of the engine's samples, one a second, lay ${Math.round(longestSilenceMs)} ms at most`);
  const held = checks.every(({ holds }) => holds);
  print(`\n${held ? "no pulse lost, no drift" : "FAILED"}`);
  if (!held) process.exitCode = 1;
}

function number(name: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value > 0 && value <= most)) throw new ChoirError("input_invalid", name, `above 0, to ${most}`, text);
    return value;
  };
}

function keyBits(text: string): number {
  const bits = Number(text);
  if (!KEY_BITS.includes(bits)) throw new ChoirError("input_invalid", "--key-bits", KEY_BITS.join(" or "), text);
  return bits;
}
