/** The theft bench: many feeders, each without a theft and with thefts of many sizes, under several ways of leaving blocks out. */

import type { WatchDesign } from "../../headend/provider/feeder-watch.ts";
import { stream } from "../random.ts";
import { layFeeder } from "./feeder.ts";
import type { HomesSource } from "./homes.ts";
import { type LeavingOut, runTrial, type TrialOutcome } from "./trial.ts";

/** What is measured. */
export interface Experiment {
  readonly source: HomesSource;
  readonly design: WatchDesign;
  readonly intervalMs: number;
  /** Feeders. */
  readonly runs: number;
  /** Days of each that are watched after the learning. */
  readonly days: number;
  readonly blockHomes: number;
  readonly seed: string;
}

/** A kind of theft by one home. */
export interface TheftKind {
  readonly name: string;
  readonly watts: number;
  readonly bypassed: number;
}

/** All trials of one kind under one way of leaving out. */
export interface Row {
  /** None is a feeder without a theft. */
  readonly theft: TheftKind | undefined;
  readonly leavingOut: LeavingOut;
  readonly outcomes: readonly TrialOutcome[];
}

export const THEFTS: readonly TheftKind[] = [
  { name: "0.1 kW beside the meter", watts: 100, bypassed: 0 },
  { name: "0.25 kW", watts: 250, bypassed: 0 },
  { name: "0.5 kW", watts: 500, bypassed: 0 },
  { name: "1 kW", watts: 1000, bypassed: 0 },
  { name: "2 kW", watts: 2000, bypassed: 0 },
  { name: "5 kW", watts: 5000, bypassed: 0 },
  { name: "half of the home's own", watts: 0, bypassed: 0.5 },
  { name: "all of the home's own", watts: 0, bypassed: 1 },
];

export const LEAVINGS_OUT: readonly LeavingOut[] = [
  { name: "all counted", chance: 0, forGood: false },
  { name: "5 % left out", chance: 0.05, forGood: false },
  { name: "20 % left out", chance: 0.2, forGood: false },
  { name: "one block for good", chance: 0, forGood: true },
];

const DAY_MS = 86_400_000;

/** Runs all trials; rows by leaving out, then by theft, the feeders without one first. */
export function runExperiment(experiment: Experiment, progress: (run: number) => void): readonly Row[] {
  const { source, design, intervalMs, runs, days, blockHomes, seed } = experiment;
  const learningDays = Math.ceil((design.samples * intervalMs) / DAY_MS);
  const rows = LEAVINGS_OUT.flatMap((leavingOut) =>
    [undefined, ...THEFTS].map((theft) => ({ theft, leavingOut, outcomes: [] as TrialOutcome[] })),
  );
  for (let run = 0; run < runs; run++) {
    progress(run);
    const name = `${seed}/${run}`;
    const feeder = layFeeder(source.make(name, learningDays + days), intervalMs, name);
    const random = stream(name, "thief");
    const home = random.integer(0, source.homes - 1);
    // within the first day of watching: whatever the hour
    const from = design.samples + random.integer(0, DAY_MS / intervalMs - 1);
    for (const { theft, leavingOut, outcomes } of rows) {
      const done = theft === undefined ? undefined : { home, from, watts: theft.watts, bypassed: theft.bypassed };
      outcomes.push(runTrial({ run: feeder, theft: done, leavingOut, blockHomes, design, intervalMs, seed: name }));
    }
  }
  return rows;
}
