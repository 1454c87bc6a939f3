/** What the window says, in words, units and tones: a pure function of what the meter and its machine say of themselves. */

import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import type { Diagnostics } from "../../../core/wire/status.ts";
import { energyMilliwattHours } from "../../../firmware/energy.ts";
import type { LinkPhase } from "../../moddable/uplink.ts";

/** How a word is to be taken: as it should be, worth a look, wrong, or without a judgement. */
export const TONES = ["plain", "good", "look", "wrong"] as const;
export type Tone = (typeof TONES)[number];

/** One register as the meter counts it. */
export interface ChannelFacts {
  readonly obis: string;
  /** Since the meter was made; none until it runs. */
  readonly pulses: number | undefined;
  readonly pulsesPerKilowattHour: number;
  /** From the latest pulses; undefined while they do not tell. */
  readonly watts: number | undefined;
}

/** All that the window knows. */
export interface Facts {
  readonly version: string;
  /** None until the meter is provisioned. */
  readonly meter: string | undefined;
  readonly channels: readonly ChannelFacts[];
  /** None until the meter runs. */
  readonly diagnostics: Diagnostics | undefined;
  /** A feeder's meter seals nothing, and so has no pool. */
  readonly seals: boolean;
  readonly link: LinkPhase;
  /** The cable is plugged in. */
  readonly cable: boolean;
}

/** A register on the window. */
export interface RegisterFace {
  readonly name: string;
  readonly energy: string;
  readonly energyUnit: string;
  readonly power: string;
}

/** A state on the window. */
export interface StateFace {
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
}

/** All that the window says. */
export interface Face {
  readonly title: string;
  readonly version: string;
  readonly registers: readonly RegisterFace[];
  readonly states: readonly StateFace[];
  /** What the button of the cable would do. */
  readonly cable: string;
}

const NAMES: Readonly<Record<string, string>> = { [OBIS_IMPORT]: "Import", [OBIS_EXPORT]: "Export" };
const MILLIWATT_HOURS_PER_WATT_HOUR = 1000;
const WATT_HOURS_PER_KILOWATT_HOUR = 1000;
const WATTS_PER_KILOWATT = 1000;
/** From here on power is shown in kW. */
const KILOWATTS_FROM_WATTS = 10_000;
/** So many readings wait when receipts come as they should: the one under way and the one before it. */
const MOST_WAITING = 2;

/** The window's words for these facts. */
export function faceOf(facts: Facts): Face {
  return {
    title: facts.meter ?? "not provisioned",
    version: facts.version,
    registers: facts.channels.map(registerOf),
    states: [poolOf(facts), outboxOf(facts), clockOf(facts), linkOf(facts)],
    cable: facts.cable ? "Cut network" : "Join network",
  };
}

/** kWh with its Wh, rounded down as a register is. */
export function kilowattHours(pulses: number, pulsesPerKilowattHour: number): string {
  const wattHours = Math.floor(energyMilliwattHours(pulses, pulsesPerKilowattHour) / MILLIWATT_HOURS_PER_WATT_HOUR);
  const rest = wattHours % WATT_HOURS_PER_KILOWATT_HOUR;
  return `${(wattHours - rest) / WATT_HOURS_PER_KILOWATT_HOUR}.${`${rest}`.padStart(3, "0")}`;
}

/** Watts as an installer reads them. */
export function powerText(watts: number | undefined): string {
  if (watts === undefined) return "- W";
  return watts < KILOWATTS_FROM_WATTS ? `${Math.round(watts)} W` : `${(watts / WATTS_PER_KILOWATT).toFixed(1)} kW`;
}

function registerOf({ obis, pulses, pulsesPerKilowattHour, watts }: ChannelFacts): RegisterFace {
  return {
    name: NAMES[obis] ?? obis,
    energy: pulses === undefined ? "-" : kilowattHours(pulses, pulsesPerKilowattHour),
    energyUnit: "kWh",
    power: powerText(watts),
  };
}

function poolOf({ diagnostics, seals }: Facts): StateFace {
  const name = "Pool";
  if (diagnostics === undefined) return unknown(name);
  if (!seals) return { name, text: "none needed", tone: "plain" };
  const { poolLevel } = diagnostics;
  return poolLevel > 0 ? { name, text: `${poolLevel} ready`, tone: "good" } : { name, text: "empty", tone: "look" };
}

function outboxOf({ diagnostics }: Facts): StateFace {
  const name = "Outbox";
  if (diagnostics === undefined) return unknown(name);
  const { outboxDepth, outboxDropped } = diagnostics;
  if (outboxDropped > 0) return { name, text: `${outboxDepth}, ${outboxDropped} lost`, tone: "wrong" };
  if (outboxDepth === 0) return { name, text: "empty", tone: "good" };
  return { name, text: `${outboxDepth} waiting`, tone: outboxDepth > MOST_WAITING ? "look" : "good" };
}

function clockOf({ diagnostics }: Facts): StateFace {
  const name = "Clock";
  if (diagnostics === undefined) return unknown(name);
  const { clockQuality } = diagnostics;
  const tones = { synced: "good", holdover: "look", unset: "wrong" } as const;
  return { name, text: clockQuality, tone: tones[clockQuality] };
}

function linkOf({ link, cable }: Facts): StateFace {
  const name = "Link";
  if (!cable) return { name, text: "cable cut", tone: "wrong" };
  const tones = { up: "good", connecting: "look", backoff: "look", down: "wrong" } as const;
  return { name, text: link, tone: tones[link] };
}

function unknown(name: string): StateFace {
  return { name, text: "-", tone: "plain" };
}
