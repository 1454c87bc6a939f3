/** From flags to a load: generated households or a file's readings, cut to the meters and intervals of the run. */

import { ChoirError } from "../../core/errors.ts";
import { readLoadCsv } from "../loads/csv.ts";
import { type FeederLoad, readFeederCsv } from "../loads/feeder-csv.ts";
import { householdLoad } from "../loads/household.ts";
import { type Load, selectLoad } from "../loads/load.ts";
import { formatInstant, type Instant, parseInstant } from "../time.ts";
import { padded } from "./plan.ts";

/** What the command line says of the load. */
export interface LoadChoice {
  /** Homes per group; with a file, all of it where this is absent. */
  readonly perGroup: number | undefined;
  readonly groups: number;
  readonly intervals: number | "all" | undefined;
  /** RFC 3339. */
  readonly from: string | undefined;
  readonly dataFile: string | undefined;
  readonly feederFile: string | undefined;
  readonly seed: string;
}

/** A load, how its meters fall into groups, and what the feeders measured where a file says so. */
export interface ChosenLoad {
  readonly load: Load;
  readonly perGroup: number;
  /** mWh into the feeder of a group in an interval of the run. */
  readonly feederEnergy: ((group: number, interval: number) => number) | undefined;
  /** In words, for whoever watches. */
  readonly description: string;
}

const GENERATED_PER_GROUP = 24;
const GENERATED_INTERVAL_MS = 900_000;
/** A winter evening, when homes are awake. */
const GENERATED_FROM = "2026-01-13T17:00:00+01:00";
const USUAL_INTERVALS = 6;

/** @throws ChoirError input_invalid for files and flags that do not fit together. */
export function chooseLoad(choice: LoadChoice): ChosenLoad {
  const from = choice.from === undefined ? undefined : parseInstant(choice.from, "--from");
  const { load, perGroup, description } =
    choice.dataFile === undefined ? generated(choice, from) : fromFile(choice, choice.dataFile, from);
  if (load.startUtcMs < 0) {
    const start = formatInstant(load.startUtcMs, load.utcOffsetMinutes);
    throw new ChoirError(
      "input_invalid",
      "the first interval",
      "a start from 1970 on, as intervals are counted",
      start,
    );
  }
  return { load, perGroup, description, feederEnergy: feederOf(choice, load) };
}

function generated(choice: LoadChoice, from: Instant | undefined): Omit<ChosenLoad, "feederEnergy"> {
  if (choice.intervals === "all")
    throw new ChoirError("input_invalid", "--intervals all", "--data, which has an end", "no --data");
  const perGroup = choice.perGroup ?? GENERATED_PER_GROUP;
  const count = perGroup * choice.groups;
  const { utcMs, utcOffsetMinutes } = from ?? parseInstant(GENERATED_FROM, "--from");
  const load = householdLoad({
    seed: choice.seed,
    meters: Array.from({ length: count }, (_, i) => `home-${padded(i + 1, count)}`),
    intervalMs: GENERATED_INTERVAL_MS,
    startUtcMs: utcMs,
    intervals: choice.intervals ?? USUAL_INTERVALS,
    utcOffsetMinutes,
  });
  return { load, perGroup, description: "generated households" };
}

function fromFile(choice: LoadChoice, file: string, from: Instant | undefined): Omit<ChosenLoad, "feederEnergy"> {
  const whole = readLoadCsv(file);
  const perGroup = choice.perGroup ?? Math.floor(whole.meters.length / choice.groups);
  const start = from === undefined ? {} : { fromUtcMs: from.utcMs };
  const homes = perGroup * choice.groups;
  if (homes < 1 || homes > whole.meters.length) {
    const expected = `groups that ${file} has meters for: ${whole.meters.length}`;
    throw new ChoirError("input_invalid", "--meters and --groups", expected, `${choice.groups} of ${perGroup}`);
  }
  const rest = selectLoad(whole, start);
  const intervals = choice.intervals ?? Math.min(USUAL_INTERVALS, rest.intervals);
  const load = selectLoad(rest, { meters: homes, intervals });
  refuseHoles(file, load);
  return { load, perGroup, description: file };
}

/** A street needs whole data: what a meter would make of a reading that is not there, nobody has measured. */
function refuseHoles(file: string, load: Load): void {
  load.meters.forEach((meter, m) => {
    for (let i = 0; i < load.intervals; i++) {
      if (load.channels.some((obis) => load.energyMilliwattHours(m, i, obis) === null)) {
        const start = formatInstant(load.startUtcMs + i * load.intervalMs, load.utcOffsetMinutes);
        throw new ChoirError("input_invalid", file, `a reading of meter ${meter} at ${start}`, "none");
      }
    }
  });
}

function feederOf(choice: LoadChoice, load: Load): ChosenLoad["feederEnergy"] {
  if (choice.feederFile === undefined) return undefined;
  const file = choice.feederFile;
  const feeders: FeederLoad = readFeederCsv(file);
  if (feeders.feeders.length < choice.groups || feeders.intervalMs !== load.intervalMs) {
    const expected = `${choice.groups} feeders in intervals of ${load.intervalMs / 1000} s`;
    const got = `${feeders.feeders.length} in intervals of ${feeders.intervalMs / 1000} s`;
    throw new ChoirError("input_invalid", file, expected, got);
  }
  const energy = (group: number, interval: number): number => {
    const startUtcMs = load.startUtcMs + interval * load.intervalMs;
    const value = feeders.energyMilliwattHours(group, startUtcMs);
    if (value !== null) return value;
    throw new ChoirError("input_invalid", file, formatInstant(startUtcMs, load.utcOffsetMinutes), "no row for it");
  };
  for (let group = 0; group < choice.groups; group++) {
    for (let i = 0; i < load.intervals; i++) energy(group, i);
  }
  return energy;
}
