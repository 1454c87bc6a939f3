/** One trial of the theft bench: what a provider's rod makes of a feeder, with or without a theft, with or without all blocks. */

import { FeederWatch, newWatch, type WatchDesign } from "../../headend/provider/feeder-watch.ts";
import { measure } from "../../headend/provider/measured.ts";
import type { BalanceRecord } from "../../headend/provider/records.ts";
import { stream } from "../random.ts";
import type { FeederRun, Theft } from "./feeder.ts";

/** How blocks are left out once the rod has learned; nothing comes late. */
export interface LeavingOut {
  readonly name: string;
  /** Probability for each block in each interval. */
  readonly chance: number;
  /** One block, for good. */
  readonly forGood: boolean;
}

/** What is tried. */
export interface Trial {
  readonly run: FeederRun;
  readonly theft: Theft | undefined;
  readonly leavingOut: LeavingOut;
  readonly blockHomes: number;
  readonly design: WatchDesign;
  readonly intervalMs: number;
  readonly seed: string;
}

/** What came of it. */
export interface TrialOutcome {
  /** Alarms raised, of losses and of surpluses. */
  readonly losses: number;
  readonly surpluses: number;
  /** Intervals in which an alarm of losses stood. */
  readonly standing: number;
  /** Intervals judged. */
  readonly judged: number;
  /** Intervals from the theft's first to the one that raised an alarm, both counted; none when it was not noticed. */
  readonly noticedAfter: number | undefined;
}

const MILLIWATT_HOURS_PER_WATT_HOUR = 1000;
const FEEDER_ID = new Uint8Array(32);

/** Lets a rod watch the feeder from its first interval to its last. */
export function runTrial({ run, theft, leavingOut, blockHomes, design, intervalMs, seed }: Trial): TrialOutcome {
  const homes = run.imported.length;
  const blocks = Math.max(1, Math.floor(homes / blockHomes));
  const random = stream(seed, "left out", leavingOut.name);
  const net = run.net(theft);
  const watch = new FeederWatch(design, newWatch(0));
  const place = {
    intervalMs,
    members: homes,
    silentHomes: 0,
    unmeteredMilliwattHours: 0,
    channels: { imported: 0, exported: 1 },
  };
  let [losses, surpluses, standing, judged] = [0, 0, 0, 0];
  let noticedAfter: number | undefined;
  for (let interval = 0; interval < run.intervals; interval++) {
    const watching = watch.learned === 1;
    const leftOut = Array.from({ length: blocks }, (_, block) => {
      const away = random.chance(leavingOut.chance) || (leavingOut.forGood && block === 0);
      return watching && away;
    });
    const counted = (home: number): boolean => leftOut[home % blocks] !== true;
    const measured = measure(interval, balance(run, interval, net[interval] ?? 0, theft, counted), place);
    if (measured === undefined) continue;
    const before = watch.sides;
    watch.take(measured);
    if (!watching) continue;
    judged++;
    const { loss, surplus } = watch.sides;
    if (loss.standing !== null) standing++;
    const isRaised = loss.standing !== null && loss.standing.since !== before.loss.standing?.since;
    if (isRaised) losses++;
    if (surplus.standing !== null && surplus.standing.since !== before.surplus.standing?.since) surpluses++;
    if (isRaised && theft !== undefined && interval >= theft.from) noticedAfter ??= interval - theft.from + 1;
  }
  return { losses, surpluses, standing, judged, noticedAfter };
}

/** What the provider's books hold of an interval. */
function balance(
  run: FeederRun,
  interval: number,
  netWattHours: number,
  theft: Theft | undefined,
  counted: (home: number) => boolean,
): BalanceRecord {
  let [contributors, imported, exported] = [0, 0, 0];
  for (let home = 0; home < run.imported.length; home++) {
    if (!counted(home)) continue;
    const isStealing = theft?.home === home && interval >= theft.from;
    contributors++;
    imported += Math.round((run.imported[home]?.[interval] ?? 0) * (isStealing ? 1 - theft.bypassed : 1));
    exported += run.exported[home]?.[interval] ?? 0;
  }
  const milliwattHours = (wattHours: number): number => Math.round(MILLIWATT_HOURS_PER_WATT_HOUR * wattHours);
  const energies = [milliwattHours(Math.max(0, netWattHours)), milliwattHours(Math.max(0, -netWattHours))];
  return {
    contributors,
    sums: [milliwattHours(imported), milliwattHours(exported)],
    feeder: { energies, id: FEEDER_ID },
  };
}
