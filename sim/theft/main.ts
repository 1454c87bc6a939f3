/** `npm run bench:theft`: how much theft by one home a feeder's rod notices, after how long, at which rate of false alarms (docs/THEFT.md). */

import { Command } from "commander";
import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { RodConfig, watchDesign } from "../../headend/provider/rod-config.ts";
import { runExperiment } from "./experiment.ts";
import { fileHomes, generatedHomes, type HomesSource, ieeeHomes } from "./homes.ts";
import { figuresOf, theftTable } from "./table.ts";

const INTERVAL_MS = 900_000;

interface Flags {
  readonly ieee?: string;
  readonly load?: string;
  readonly homes: number;
  readonly runs: number;
  readonly days: number;
  readonly block: number;
  readonly learningDays: number;
  readonly falseAlarmDays: number;
  readonly seed: string;
  readonly json?: boolean;
}

const program = new Command("npm run bench:theft --")
  .description(
    "Watches simulated feeders without and with a theft by one home, and counts what their alarms were worth.",
  )
  .option("--ieee <folder>", "loads of the IEEE European LV test feeder: long_55loads.csv and meters.csv")
  .option("--load <file>", "a load file of a street, of whole days in quarter hours or less")
  .option("--homes <n>", "generated homes behind the feeder", whole("--homes", 2, 1000), 100)
  .option("--runs <n>", "feeders", whole("--runs", 1, 10_000), 40)
  .option("--days <n>", "days that each is watched after learning", whole("--days", 2, 365), 21)
  .option("--block <n>", "homes in a block at least", whole("--block", 1, 1000), 20)
  .option("--learning-days <n>", "days of learning", whole("--learning-days", 1, 365), 7)
  .option("--false-alarm-days <n>", "what the sums are designed for", whole("--false-alarm-days", 2, 36_500), 365)
  .option("--seed <text>", "homes, meters, weather and thieves are drawn from it", "1")
  .option("--json", "one JSON object a row instead of the table")
  .showHelpAfterError();

try {
  bench(program.parse().opts<Flags>());
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`bench:theft: ${error.message}\n`);
  process.exitCode = 1;
}

function bench({ runs, days, block, seed, json, learningDays, falseAlarmDays, ...where }: Flags): void {
  const source = sourceOf(where);
  const design = watchDesign(v.parse(RodConfig, { learningDays, falseAlarmDays }), INTERVAL_MS);
  const experiment = { source, design, intervalMs: INTERVAL_MS, runs, days, blockHomes: block, seed };
  const { isTTY } = process.stderr;
  const rows = runExperiment(experiment, (run) => {
    if (isTTY) process.stderr.write(`\r\x1b[Kfeeder ${run + 1} of ${runs}`);
  });
  if (isTTY) process.stderr.write("\r\x1b[K");
  const figures = rows.map((row) => figuresOf(row, INTERVAL_MS));
  if (json) for (const line of figures) process.stdout.write(`${JSON.stringify(line)}\n`);
  else {
    const conditions = `${runs} feeders of ${source.name}, ${learningDays} days learned, ${days} watched, seed ${seed}`;
    process.stdout.write(`${conditions}\n\n${theftTable(figures)}\n`);
  }
}

function sourceOf({ ieee, load, homes }: Pick<Flags, "ieee" | "load" | "homes">): HomesSource {
  if (ieee !== undefined) return ieeeHomes(ieee);
  return load === undefined ? generatedHomes(homes) : fileHomes(load);
}

function whole(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new ChoirError("input_invalid", flag, `a whole number from ${least} to ${most}`, JSON.stringify(text));
  };
}
