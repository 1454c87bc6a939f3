/** Sets a street up: wires from the load, meters with identities, a roll that seats them. */

import { readFileSync } from "node:fs";
import { intervalAt } from "../../core/interval.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import type { Block, Seat } from "../../core/wire/roll.ts";
import type { MeterSettings } from "../../firmware/settings.ts";
import { deploymentFile } from "../../headend/authority/deployment.ts";
import type { Plan } from "../../headend/authority/new-roll.ts";
import type { Load } from "../loads/load.ts";
import { makeRoll } from "./ceremony.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetGroup } from "./truth.ts";
import { gridMs, pulsesPerKilowattHour, Wire, type WireRun } from "./wire.ts";

/** Entries that a street's meter keeps ready. */
const POOL_TARGET = 2;
const OUTBOX_CAPACITY = 700;
const CHECKPOINT_PULSES = 1_000_000;

/** A meter of the street, whatever it runs on. */
export interface StreetParty {
  readonly id: string;
  /** Whether messages to it arrive. */
  readonly isReachable: boolean;
  /** Gives it power for the first time, for its public key. */
  enrol(): Promise<Uint8Array>;
  start(settings: MeterSettings): Promise<void>;
  cutPower(): Promise<void>;
}

/** The wires of one home, by channel. */
export function homeWires(load: Load, meter: number, channels: readonly string[], run: WireRun): Map<string, Wire> {
  return new Map(channels.map((obis) => [obis, new Wire(run, (i) => load.energyMilliwattHours(meter, i, obis) ?? 0)]));
}

/** The wires of a group's feeder: what flows in and out of all its homes together, or what `feederEnergy` says flows in. */
export function feederWires(
  options: StreetOptions,
  groupIndex: number,
  group: StreetGroup,
  run: WireRun,
): Map<string, Wire> {
  const { load, channels, feederEnergy } = options;
  const sum = (i: number, obis: string): number =>
    group.meters.reduce((total, meter) => total + (load.energyMilliwattHours(meter, i, obis) ?? 0), 0);
  const net = (i: number): number => feederEnergy?.(groupIndex, i) ?? sum(i, OBIS_IMPORT) - sum(i, OBIS_EXPORT);
  const energyOf = (obis: string) => (i: number) => {
    if (obis === OBIS_IMPORT) return Math.max(0, net(i));
    return obis === OBIS_EXPORT ? Math.max(0, -net(i)) : Math.max(0, sum(i, obis));
  };
  return new Map(channels.map((obis) => [obis, new Wire(run, energyOf(obis))]));
}

/** What the wires share: the pulse constant is the coarsest that shows every energy of the load exactly. */
export function wireRun(options: StreetOptions): WireRun {
  const { load, channels, feederEnergy, groupCount } = options;
  const energies = function* (): Generator<number> {
    for (let i = 0; i < load.intervals; i++) {
      for (let group = 0; feederEnergy !== undefined && group < groupCount; group++) yield feederEnergy(group, i);
      for (let meter = 0; meter < load.meters.length; meter++) {
        for (const obis of channels) yield load.energyMilliwattHours(meter, i, obis) ?? 0;
      }
    }
  };
  const { startUtcMs, intervalMs, intervals } = load;
  return { startUtcMs, intervalMs, intervals, pulsesPerKilowattHour: pulsesPerKilowattHour(energies()) };
}

/** Enrols all meters, seats the homes and signs the roll, whose plan is returned. */
export async function enrolAll(
  options: StreetOptions,
  brokerUrl: string,
  groups: readonly StreetGroup[],
  homes: readonly StreetParty[],
  feeders: readonly StreetParty[],
): Promise<Plan> {
  const [homeKeys, feederKeys] = await Promise.all([enrol(homes), enrol(feeders)]);
  const seatOf = (meter: number): Seat => {
    // positions come from the plan, which was made for this many meters
    const home = homes[meter] as StreetParty;
    return { seat: `seat-${home.id}`, occupant: { meter: home.id, key: homeKeys[meter] as Uint8Array } };
  };
  // a block lies behind one feeder, and may be of several groups
  const blocks = groups
    .filter(({ feeder }) => feeder !== undefined)
    .flatMap((group) => [...group.blocks].map(([block, meters]): Block => ({ block, seats: meters.map(seatOf) })));
  const { load } = options;
  const plan = {
    groups: groups.map((group) => ({
      group: group.id,
      scheme: "paillier" as const,
      feeder: group.feeder,
      blocks: [...group.blocks.keys()],
    })),
    blocks,
    // one key came back for each feeder
    feeders: feeders.map(({ id }, i) => ({ feeder: id, key: feederKeys[i] as Uint8Array })),
    firstInterval: intervalAt(load.startUtcMs, load.intervalMs),
  };
  await makeRoll(options, plan, brokerUrl);
  return plan;
}

function enrol(meters: readonly StreetParty[]): Promise<readonly Uint8Array[]> {
  return Promise.all(meters.map((meter) => meter.enrol()));
}

/** How late a simulator may look at a boundary: its pulses come later still. */
function lateMs(intervalMs: number): number {
  return intervalMs / 4;
}

/** What each meter of the street is provisioned with. */
export function settingsFor(
  options: StreetOptions,
  run: WireRun,
): (meter: string, role: MeterSettings["role"]) => MeterSettings {
  const { folder, load, keyBits } = options;
  const read = (name: "rootKey" | "keyFile" | "roll"): Uint8Array =>
    new Uint8Array(readFileSync(deploymentFile(folder, name)));
  const rootKey = new Uint8Array(Buffer.from(Buffer.from(read("rootKey")).toString("utf8").trim(), "hex"));
  const [keyFile, roll] = [read("keyFile"), read("roll")];
  return (meter, role) => ({
    meter,
    role,
    rootKey,
    keyFile,
    roll,
    leastKeyBits: Math.min(keyBits, 2048),
    pulsesPerKilowattHour: run.pulsesPerKilowattHour,
    checkpointMs: gridMs(load.intervalMs),
    checkpointPulses: CHECKPOINT_PULSES,
    poolTarget: POOL_TARGET,
    outboxCapacity: OUTBOX_CAPACITY,
    boundaryToleranceMs:
      options.desktop === undefined ? Math.min(1000, gridMs(load.intervalMs) / 2) : lateMs(load.intervalMs),
    statusMs: load.intervalMs,
  });
}
