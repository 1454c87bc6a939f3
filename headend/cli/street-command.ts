/** `choir street`: the demonstration that is also the main test; what the flags mean, and what is printed. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, Option } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { SCHEDULE_NAMES } from "../../sim/faults/built-in.ts";
import { succeeded } from "../../sim/report.ts";
import { chooseLoad } from "../../sim/street/choose-load.ts";
import { STREET_CUSTODIES, type StreetOptions } from "../../sim/street/options.ts";
import { runStreet } from "../../sim/street/street.ts";
import { brokerUrl, channelsOption, keyBits, wholeNumber } from "./arguments.ts";
import { chooseHost, STREET_HOSTS, type StreetHostName } from "./street-host.ts";
import { JsonOutput, ScreenOutput } from "./street-output.ts";

const STREET_K_MIN = 6;
const GENERATED_GROUPS = 2;
const MOST_METERS = 10_000;
/** A shell's exit status for a process that a signal ended, less the signal's number. */
const SIGNALLED = 128;

interface StreetFlags {
  readonly meters?: number;
  readonly groups?: number;
  readonly intervals?: number | "all";
  readonly from?: string;
  readonly host?: StreetHostName;
  readonly data?: string;
  readonly feeder?: string;
  readonly broker?: string;
  readonly keyBits: number;
  readonly channels: readonly string[];
  readonly kMin: number;
  readonly custody: StreetOptions["custody"];
  readonly tariff: boolean;
  readonly seed: string;
  readonly faults: string;
  readonly json?: boolean;
  readonly keep?: string;
}

/** Adds the command. */
export function addStreet(program: Command): void {
  const count = wholeNumber("--intervals", 1, 1_000_000);
  program
    .command("street")
    .description(
      "Run a street of meters through broker, aggregators, trustees and provider, and compare every opened sum with the truth.",
    )
    .option(
      "--meters <n>",
      "homes per group (24; with --data the first n of the file, all unless told)",
      wholeNumber("--meters", 1, MOST_METERS),
    )
    .option(
      "--groups <g>",
      "groups, each behind a feeder of its own (2; with --data 1)",
      wholeNumber("--groups", 1, 100),
    )
    .option("--intervals <k>", "intervals to run, or `all` of the file (6)", (text: string) =>
      text === "all" ? text : count(text),
    )
    .option(
      "--from <time>",
      "start of the first interval, RFC 3339 (2026-01-13T17:00:00+01:00; with --data the file's first)",
    )
    .addOption(
      new Option(
        "--host <host>",
        "what the meters run on; desktop is the Moddable simulator (xs where its engine is installed, else node)",
      ).choices(STREET_HOSTS),
    )
    .option("--data <file>", "real readings: CSV with meter_id, timestamp_start, energy_wh")
    .option(
      "--feeder <file>",
      "what the feeders measured: CSV with timestamp_start and a column ending in _wh per group (the homes' sum)",
    )
    .option("--broker <url>", "a broker that runs already, e.g. mqtt://127.0.0.1:1883 (one is embedded)", brokerUrl)
    .option("--key-bits <bits>", "bits of the Paillier modulus: 2048 or 3072", keyBits, MODULUS_BITS.preferred)
    .addOption(channelsOption())
    .option(
      "--k-min <k>",
      "seats of a block; a demonstration's, the product's is 20 and more",
      wholeNumber("--k-min", 1, MOST_METERS),
      STREET_K_MIN,
    )
    .addOption(
      new Option(
        "--custody <custody>",
        "who holds the key: nobody, shares of it being dealt to trustees, or the provider",
      )
        .choices(STREET_CUSTODIES)
        .default("shared"),
    )
    .option("--no-tariff", "no group of two blocks of each group, which there is where each has three and more")
    .option("--seed <s>", "seed of the generated homes and of the faults", "choir")
    .option("--faults <file|name>", `what goes wrong: a schedule file, or one of ${SCHEDULE_NAMES.join(", ")}`, "none")
    .option("--json", "one JSON object a line on stdout, notices on stderr")
    .option("--keep <dir>", "keep keys, stores and logs in this folder, new or empty")
    .action(runCommand);
}

async function runCommand(flags: StreetFlags): Promise<void> {
  const groupCount = flags.groups ?? (flags.data === undefined ? GENERATED_GROUPS : 1);
  const chosen = chooseLoad({
    perGroup: flags.meters,
    groups: groupCount,
    intervals: flags.intervals,
    from: flags.from,
    dataFile: flags.data,
    feederFile: flags.feeder,
    seed: flags.seed,
  });
  const host = await chooseHost(flags.host, chosen.load, groupCount, flags.faults);
  const folder = openFolder(flags.keep);
  const interruption = watchForInterruption();
  const options: StreetOptions = {
    ...host.options,
    load: host.load,
    perGroup: chosen.perGroup,
    feederEnergy: chosen.feederEnergy,
    groupCount,
    kMin: flags.kMin,
    custody: flags.custody,
    tariff: flags.tariff,
    keyBits: flags.keyBits,
    channels: flags.channels,
    seed: flags.seed,
    faults: flags.faults,
    brokerUrl: flags.broker,
    folder: folder.path,
    cli: fileURLToPath(new URL("./main.js", import.meta.url)),
  };
  try {
    const output = flags.json ? new JsonOutput() : new ScreenOutput(options, chosen.description);
    const { summary, lost } = await runStreet(options, output, interruption);
    if (!succeeded(summary, { inexact: 0, rejected: 0, lost })) process.exitCode = 1;
  } catch (error) {
    if (!interruption.aborted) throw error;
  } finally {
    host.close();
    folder.close();
  }
}

/** Aborted when the run is to end early: by a signal, or by a reader of stdout who has gone. */
function watchForInterruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (exitCode: number): void => {
    process.exitCode = exitCode;
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupt(SIGNALLED + constants.signals[signal]));
  }
  process.stdout.on("error", () => interrupt(1));
  return controller.signal;
}

interface Folder {
  readonly path: string;
  /** Removes what nobody wants to keep: all of a folder that was not asked for, and a new one that stayed empty. */
  close(): void;
}

/** The folder for keys, stores and logs. @throws ChoirError input_invalid for one that holds anything, or cannot be made. */
function openFolder(keep: string | undefined): Folder {
  if (keep === undefined) {
    const path = mkdtempSync(join(tmpdir(), "choir-street-"));
    return { path, close: () => rmSync(path, { recursive: true, force: true }) };
  }
  const refuse = (got: string, cause?: unknown): ChoirError =>
    new ChoirError("input_invalid", "--keep", "a new or empty folder", got, cause);
  let made: string | undefined;
  let found: string | undefined;
  try {
    made = mkdirSync(keep, { recursive: true });
    [found] = readdirSync(keep);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (found !== undefined) throw refuse(`${found} in it`);
  const path = resolve(keep);
  return {
    path,
    close: () => {
      if (made !== undefined && readdirSync(path).length === 0) rmSync(made, { recursive: true });
    },
  };
}
