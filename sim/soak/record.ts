/** What a soak saw, and what must hold of it. */

import type { Diagnostics } from "../../core/wire/status.ts";
import { energyMilliwattHours } from "../../firmware/energy.ts";
import { PULSES_PER_KILOWATT_HOUR } from "./replay.ts";
import { type Point, type Slope, slopeOf, upperBound95 } from "./slope.ts";

/** One register. */
export interface ChannelRecord {
  readonly obis: string;
  /** Pulses of the replay. */
  readonly fed: number;
  /** Pulses that the meter's register shows at the end. */
  readonly register: number;
  /** The sum of all opened readings, mWh. */
  readonly openedMilliwattHours: number;
}

/** What was opened up to a boundary, and what the moments of the pulses allow: a look at the counters comes in time, not at the instant. */
export interface BoundaryRecord {
  readonly interval: number;
  readonly obis: string;
  readonly openedMilliwattHours: number;
  readonly leastMilliwattHours: number;
  readonly mostMilliwattHours: number;
}

/** All that a soak saw. */
export interface SoakRecord {
  /** Simulated hours of pulses. */
  readonly hours: number;
  readonly intervalMs: number;
  readonly channels: readonly ChannelRecord[];
  /** Intervals with an opened reading, in the order in which they were opened. */
  readonly opened: readonly number[];
  readonly refused: number;
  readonly boundaries: readonly BoundaryRecord[];
  /** The meter's last word. */
  readonly diagnostics: Diagnostics;
  /** What the meter said of intervals that gave no reading. */
  readonly rejections: readonly string[];
  /** The fullest outbox that was seen. */
  readonly mostWaiting: number;
  /** Bytes of chunks and slots in use after garbage was collected, once an interval, over simulated days. */
  readonly live: readonly Point[];
  /** What the engine stopped at. */
  readonly faults: readonly string[];
}

/** One thing that must hold. */
export interface Check {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
  readonly holds: boolean;
}

/** Growth of less than this share of the mean a day, at 95 % confidence, is no drift. */
export const MOST_DRIFT = 0.01;
/** What a meter takes into use in its first hours is no drift; samples from here on are judged. */
export const WARMING_UP_DAYS = 2 / 24;
/** Below so many samples nothing is said of drift. */
export const LEAST_SAMPLES = 24;
/** The interval in which the meter was started was not observed from its beginning. */
const REJECTED_AT_START = 1;
const HOUR_MS = 3_600_000;

/** The line through the samples after warming up; none when they are too few. */
export function driftOf({ live }: Pick<SoakRecord, "live">): Slope | undefined {
  const judged = live.filter(({ x }) => x >= WARMING_UP_DAYS);
  return judged.length < LEAST_SAMPLES ? undefined : slopeOf(judged);
}

/** Everything that must hold. */
export function checksOf(record: SoakRecord): readonly Check[] {
  return [
    ...record.channels.flatMap(channelChecks),
    intervalCheck(record),
    boundaryCheck(record),
    ...meterChecks(record),
    driftCheck(record),
    check("engine", "no fault", record.faults.join("; ") || "no fault"),
  ];
}

function channelChecks({ obis, fed, register, openedMilliwattHours }: ChannelRecord): readonly Check[] {
  const energy = energyMilliwattHours(register, PULSES_PER_KILOWATT_HOUR);
  return [
    check(`${obis} register, pulses fed`, `${fed}`, `${register}`),
    check(`${obis} sum of readings, mWh`, `${energy}`, `${openedMilliwattHours}`),
  ];
}

/** One reading for each interval, from the first opened to the last, and at least those of the pulses. */
function intervalCheck({ hours, intervalMs, opened, refused }: SoakRecord): Check {
  const name = "readings, each interval once";
  const least = Math.ceil((hours * HOUR_MS) / intervalMs);
  const span = Math.max(...opened) - Math.min(...opened) + 1;
  const holds = opened.length >= least && span === opened.length && new Set(opened).size === span && refused === 0;
  const gaps = opened.length === 0 ? 0 : span - new Set(opened).size;
  const got = `${opened.length}, ${gaps} missing, ${opened.length - new Set(opened).size} twice, ${refused} refused`;
  return { name, expected: `${least} or more, none missing`, got, holds };
}

function boundaryCheck({ boundaries }: SoakRecord): Check {
  const beside = boundaries.filter(
    ({ openedMilliwattHours: opened, leastMilliwattHours, mostMilliwattHours }) =>
      opened < leastMilliwattHours || opened > mostMilliwattHours,
  );
  return check("boundaries beside the pulses' moments", "0", `${beside.length}`);
}

function meterChecks({ diagnostics, rejections, mostWaiting }: SoakRecord): readonly Check[] {
  const { outboxDepth, outboxDropped, poolMisses, rejectedReadings, boots } = diagnostics;
  return [
    check("outbox at the end", "0 waiting, 0 dropped", `${outboxDepth} waiting, ${outboxDropped} dropped`),
    { name: "outbox at its fullest", expected: "-", got: `${mostWaiting}`, holds: true },
    check("pool entries made on the spot", "0", `${poolMisses}`),
    {
      name: "intervals without a reading",
      expected: `${REJECTED_AT_START} at most, the first`,
      got: [`${rejectedReadings}`, ...rejections.slice(REJECTED_AT_START)].join("; "),
      holds: rejectedReadings <= REJECTED_AT_START,
    },
    check("boots", "1", `${boots}`),
  ];
}

function driftCheck(record: SoakRecord): Check {
  const name = "drift of memory a day, 95 %";
  const expected = `below ${percent(MOST_DRIFT)} of the mean`;
  const drift = driftOf(record);
  if (drift === undefined) return { name, expected, got: `not judged below ${LEAST_SAMPLES} samples`, holds: true };
  const most = upperBound95(drift) / drift.mean;
  return { name, expected, got: `below ${percent(most)}`, holds: most < MOST_DRIFT };
}

function check(name: string, expected: string, got: string): Check {
  return { name, expected, got, holds: expected === got };
}

/** A share in percent, with three decimals. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
