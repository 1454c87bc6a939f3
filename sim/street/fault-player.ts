/** Decides a run's faults and plays them at their instants: power, links, processes, the broker and clocks. */

import { faultSchedule } from "../faults/built-in.ts";
import { type PlannedFault, planFaults } from "../faults/plan.ts";
import type { StreetBroker } from "./broker.ts";
import { trusteesOf } from "./ceremony.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetMeter } from "./street-meter.ts";
import type { StreetGroup } from "./truth.ts";
import type { StreetTime } from "./virtual-time.ts";

/** What faults can be done to. */
export interface FaultTargets {
  readonly time: StreetTime;
  readonly meter: (id: string) => StreetMeter;
  /** Puts a new meter in the seat of one that is lost. */
  readonly replaceMeter: (id: string) => Promise<void>;
  /** Of the head end, by name: a group's or trustee's id. */
  readonly killProcess: (name: string) => Promise<void>;
  readonly restartProcess: (name: string) => Promise<void>;
  readonly stopBroker: () => Promise<void>;
  readonly startBroker: () => Promise<void>;
  /** Told when a fault begins. */
  readonly tell: (fault: PlannedFault) => void;
}

/** How long a link is down for a meter to notice that what it sent may be lost. */
const BLINK_MS = 1;

/** The faults that a run's options name, less what cannot be done to its broker. @throws ChoirError input_invalid as `planFaults`. */
export function plannedFaults(
  options: StreetOptions,
  plan: readonly StreetGroup[],
  broker: Pick<StreetBroker, "isOurs" | "description">,
  warn: (text: string) => void,
): readonly PlannedFault[] {
  const { faults, load, seed } = options;
  const { startUtcMs, intervalMs, intervals } = load;
  const groups = plan.map(({ id, meters }) => ({ id, meters: meters.map((i) => load.meters[i] ?? "") }));
  const run = { seed, meters: load.meters, groups, trustees: trusteesOf(options), startUtcMs, intervalMs, intervals };
  return planFaults(faultSchedule(faults, run), run).filter(({ kind, name }) => {
    const isPossible = kind !== "broker_restart" || broker.isOurs;
    if (!isPossible) warn(`${name} is left out: the broker at ${broker.description} is not ours to stop`);
    return isPossible;
  });
}

/** Arranges that every fault begins and ends at its instants. */
export function playFaults(faults: readonly PlannedFault[], targets: FaultTargets): void {
  const { time } = targets;
  const scheduler = time.scheduler();
  const at = (utcMs: number, act: () => Promise<void> | void): void => {
    scheduler.after(utcMs - time.nowMs(), () => time.track(Promise.resolve(act())));
  };
  for (const fault of faults) {
    at(fault.utcMs, () => {
      targets.tell(fault);
      return begin(fault, targets);
    });
    at(fault.endUtcMs, () => end(fault, targets, at));
  }
}

function begin(fault: PlannedFault, targets: FaultTargets): Promise<void> | void {
  switch (fault.kind) {
    case "meter_power_cut":
    case "meter_replaced":
      return targets.meter(fault.meter).cutPower();
    case "meter_offline":
      return targets.meter(fault.meter).goOffline();
    case "clock_step":
      return targets.meter(fault.meter).setClockStep(fault.stepMs);
    case "aggregator_kill":
      return targets.killProcess(fault.group);
    case "trustee_kill":
      return targets.killProcess(fault.trustee);
    case "broker_restart":
      return targets.stopBroker();
    default:
      return targets.meter(fault.meter).beginLinkFault(fault.kind);
  }
}

function end(
  fault: PlannedFault,
  targets: FaultTargets,
  at: (utcMs: number, act: () => Promise<void> | void) => void,
): Promise<void> | void {
  switch (fault.kind) {
    case "meter_power_cut":
      return targets.meter(fault.meter).restorePower();
    case "meter_replaced":
      return targets.replaceMeter(fault.meter);
    case "meter_offline":
      return targets.meter(fault.meter).goOnline();
    case "clock_step":
      return targets.meter(fault.meter).setClockStep(0);
    case "aggregator_kill":
      return targets.restartProcess(fault.group);
    case "trustee_kill":
      return targets.restartProcess(fault.trustee);
    case "broker_restart":
      return targets.startBroker();
    case "loss": {
      // what the broker lost no one sends again until the link comes back
      const meter = targets.meter(fault.meter);
      meter.endLinkFault(fault.kind);
      meter.goOffline();
      at(fault.endUtcMs + BLINK_MS, () => meter.goOnline());
      return undefined;
    }
    default:
      return targets.meter(fault.meter).endLinkFault(fault.kind);
  }
}
