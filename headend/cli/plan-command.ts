/** `choir plan`: metering points and wished groups to the blocks, groups and feeders that `choir authority roll` signs. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { parseInstant } from "../../sim/time.ts";
import { leastKMin } from "../authority/new-deployment.ts";
import { type BlockRecord, PLAN_FILES, writePlan } from "../authority/planner/plan-files.ts";
import { type PlannerRules, planBlocks } from "../authority/planner/planner.ts";
import { readPoints } from "../authority/planner/points.ts";
import { readPrevious } from "../authority/planner/previous.ts";
import { chanceInTime, readReports } from "../authority/planner/punctuality.ts";
import { recordOf, replan } from "../authority/planner/replan.ts";
import { parseWish, type Wish } from "../authority/planner/wishes.ts";
import { wholeNumber } from "./arguments.ts";
import { collisionLines, planJson, planLines, type Told } from "./plan-output.ts";

const QUARTER_HOUR_SECONDS = 900;
const USUAL_SPARE = 2;

interface PlanFlags {
  readonly points: string;
  readonly group: readonly Wish[];
  readonly out?: string;
  readonly kMin?: number;
  readonly spare: number;
  readonly interval: number;
  readonly reports?: string;
  readonly previous?: string;
  readonly at?: string;
  readonly nearest?: boolean;
  readonly json?: boolean;
  readonly demonstration?: boolean;
}

/** Adds the command. */
export function addPlan(program: Command): void {
  program
    .command("plan")
    .description(
      "Cut metering points into blocks of k_min homes and more, so that every group is a union of whole blocks. Exits with 1, and writes nothing, where wishes collide.",
    )
    .requiredOption(
      "--points <file>",
      "CSV with seat,feeder and any columns; kind (home, silent, known), meter, key if wanted",
    )
    .requiredOption(
      "--group <wish>",
      "ATTRIBUTE (a group for each value), ATTRIBUTE=VALUE,... or NAME:ATTRIBUTE=VALUE,...; repeat",
      (text: string, before: readonly Wish[] = []) => [...before, parseWish(text)],
    )
    .option("--out <dir>", `folder for ${Object.values(PLAN_FILES).join(", ")}; nothing is written without it`)
    .option(
      "--k-min <k>",
      "homes of the smallest block (the floor: 20, below 15 minutes 100)",
      wholeNumber("--k-min", 1, 2 ** 20),
    )
    .option(
      "--spare <n>",
      "seats that a block should be able to give up",
      wholeNumber("--spare", 0, 2 ** 20),
      USUAL_SPARE,
    )
    .option(
      "--interval <seconds>",
      "length of an interval",
      wholeNumber("--interval", 60, 86_400),
      QUARTER_HOUR_SECONDS,
    )
    .option(
      "--reports <file>",
      "past reports: CSV with seat,interval,seconds (after the interval's end, empty for never)",
    )
    .option("--previous <dir>", "the plan in force: its blocks stay as they are as far as they can")
    .option("--at <time>", "when this plan is made, RFC 3339 (now); a block changes once in 30 days at most")
    .option("--nearest", "where wishes collide, take the nearest plan that works")
    .option("--json", "one JSON object on stdout")
    .option("--demonstration", "allow a k_min below the floor, for tests and demonstrations")
    .action((flags: PlanFlags) => {
      const told = plan(flags);
      const isTaken = told.collisions.length === 0 || flags.nearest === true;
      const print = (lines: readonly string[]): void =>
        void process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      const why = told.collisions.length === 0 ? [] : collisionLines(told);
      print(flags.json ? [planJson(told)] : [...why, ...(isTaken ? planLines(told) : told.changes)]);
      if (!isTaken) {
        process.stderr.write(
          "choir: the wishes collide, nothing is written: drop a wish, change --points, or take the nearest plan with --nearest (group_too_small)\n",
        );
        process.exitCode = 1;
        return;
      }
      if (flags.out !== undefined) write(flags.out, told);
      if (!flags.json) print([nextStep(flags.out)]);
    });
}

/** What is told, and what is written. */
interface Made extends Told {
  readonly records: readonly BlockRecord[];
  readonly feederKeys: ReadonlyMap<string, string>;
}

function plan(flags: PlanFlags): Made {
  const rules = rulesOf(flags);
  const points = readPoints(flags.points);
  const atUtcMs = flags.at === undefined ? Date.now() : parseInstant(flags.at, "--at").utcMs;
  const told = { rules, hasReports: flags.reports !== undefined };
  if (flags.previous !== undefined) {
    const previous = readPrevious(flags.previous);
    return { ...told, ...replan(points, flags.group, rules, previous, atUtcMs), feederKeys: previous.feederKeys };
  }
  const planning = planBlocks(points, flags.group, rules);
  const changed = new Date(atUtcMs).toISOString();
  const records = planning.plan.blocks.map((block) => recordOf(block, changed));
  return { ...told, ...planning, changes: [], records, feederKeys: new Map() };
}

function rulesOf({ kMin, spare, interval, demonstration, reports }: PlanFlags): PlannerRules {
  const floor = leastKMin(interval * 1000);
  const least = kMin ?? floor;
  if (least < floor && !demonstration) {
    throw new ChoirError(
      "group_too_small",
      "--k-min",
      `at least ${floor} at this interval, or --demonstration`,
      `${least}`,
    );
  }
  // a report is in time within the grace, a quarter interval
  const known = reports === undefined ? undefined : readReports(reports, interval / 4);
  return { kMin: least, spare, chanceOf: (seat) => chanceInTime(known?.get(seat)) };
}

function write(out: string, { plan: made, records, feederKeys }: Made): void {
  if (existsSync(join(out, PLAN_FILES.seats))) {
    throw new ChoirError("input_invalid", out, "a folder without a plan", PLAN_FILES.seats);
  }
  writePlan(out, made, records, feederKeys);
}

function nextStep(out: string | undefined): string {
  return out === undefined
    ? "next: the same with --out DIR"
    : `next: choir enrol --seats ${join(out, PLAN_FILES.seats)} for each meter, then choir authority roll --seats ${join(out, PLAN_FILES.seats)} --feeders ${join(out, PLAN_FILES.feeders)} --others ${join(out, PLAN_FILES.others)}`;
}
