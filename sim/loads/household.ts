/** The built-in load: a seeded street of households, a pure function of seed, meter and time. */

import { ChoirError } from "../../core/errors.ts";
import { checkIntervalLength } from "../../core/interval.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { stream } from "../random.ts";
import { formatInstant } from "../time.ts";
import { APPLIANCES } from "./appliances.ts";
import { type Home, homeOf, MAIN_FUSE_WATTS } from "./home.ts";
import type { Load } from "./load.ts";
import { presenceOn } from "./occupancy.ts";
import { DAY_S, type DayEnergy, integrateDay, type PowerBlock } from "./power-curve.ts";
import { type Day, dayOf } from "./sky.ts";

export interface HouseholdOptions {
  readonly seed: string;
  /** Ids of the meters; a meter's home depends on its id, not on its place in the list. */
  readonly meters: readonly string[];
  /** Whole seconds, 1 s to 1 day, in ms. */
  readonly intervalMs: number;
  /** A multiple of `intervalMs`. */
  readonly startUtcMs: number;
  readonly intervals: number;
  /** The street's local clocks, by which people live; loads of other offsets are other loads. */
  readonly utcOffsetMinutes: number;
}

const DAY_MS = DAY_S * 1000;

/** A function that keeps its last few results; days are asked for one after the other. */
function remembering<T>(make: (dayNumber: number) => T): (dayNumber: number) => T {
  const kept = new Map<number, T>();
  return (dayNumber) => {
    let value = kept.get(dayNumber);
    if (value === undefined) {
      value = make(dayNumber);
      const oldest = kept.keys().next().value;
      if (kept.size >= 3 && oldest !== undefined) kept.delete(oldest);
      kept.set(dayNumber, value);
    }
    return value;
  };
}

/** What a home's appliances do on a day; blocks may run on past its midnight. */
function blocksOn(seed: string, home: Home, day: Day): PowerBlock[] {
  const presence = presenceOn(seed, home.meter, home.people, day);
  return Object.entries(APPLIANCES).flatMap(([name, appliance]) =>
    appliance({ home, day, presence, random: stream(seed, "home", home.meter, name, day.number) }),
  );
}

/** The energy of a home by local day: the day's own blocks and what runs over from the day before. */
function energyByDay(seed: string, home: Home, sky: (dayNumber: number) => Day): (dayNumber: number) => DayEnergy {
  const blocks = remembering((dayNumber) => blocksOn(seed, home, sky(dayNumber)));
  return remembering((dayNumber) => {
    const runOver = blocks(dayNumber - 1)
      .filter(({ toS }) => toS > DAY_S)
      .map(({ fromS, toS, watts }) => ({ fromS: fromS - DAY_S, toS: toS - DAY_S, watts }));
    return integrateDay([...runOver, ...blocks(dayNumber)], MAIN_FUSE_WATTS);
  });
}

/**
 * A street of homes. Energies are whole Wh, differences of registers that only grow: the energy of an interval is the
 * sum of the energies of its parts, and the same instants have the same loads whatever the start and length asked for.
 * @throws ChoirError input_invalid for a start beside the grid, value_out_of_range for a length that is none; the load
 *   throws the latter for a meter that is not there
 */
export function householdLoad(options: HouseholdOptions): Load {
  const { seed, meters, startUtcMs, utcOffsetMinutes, intervals } = options;
  const intervalMs = checkIntervalLength(options.intervalMs, "intervalMs");
  if (!Number.isInteger(startUtcMs / intervalMs)) {
    const expected = `the start of an interval of ${intervalMs / 1000} s`;
    throw new ChoirError("input_invalid", "from", expected, formatInstant(startUtcMs, utcOffsetMinutes));
  }
  const sky = remembering((dayNumber) => dayOf(seed, dayNumber));
  const homes = meters.map((meter) => energyByDay(seed, homeOf(seed, meter), sky));

  const wattHours = (home: (dayNumber: number) => DayEnergy, fromMs: number, toMs: number, channel: string): number => {
    let sum = 0;
    for (let dayNumber = Math.floor(fromMs / DAY_MS); dayNumber * DAY_MS < toMs; dayNumber++) {
      const midnightMs = dayNumber * DAY_MS;
      const until = channel === OBIS_IMPORT ? home(dayNumber).importWattHours : home(dayNumber).exportWattHours;
      sum += until(Math.min(DAY_MS, toMs - midnightMs)) - until(Math.max(0, fromMs - midnightMs));
    }
    return sum;
  };

  return {
    meters,
    intervalMs,
    startUtcMs,
    intervals,
    utcOffsetMinutes,
    channels: [OBIS_IMPORT, OBIS_EXPORT],
    energyMilliwattHours: (meterIndex, intervalIndex, channel) => {
      const home = homes[meterIndex];
      if (home === undefined) {
        throw new ChoirError("value_out_of_range", "meterIndex", `0 to ${homes.length - 1}`, String(meterIndex));
      }
      if (channel !== OBIS_IMPORT && channel !== OBIS_EXPORT) return 0;
      const fromMs = startUtcMs + intervalIndex * intervalMs + utcOffsetMinutes * 60_000;
      return 1000 * wattHours(home, fromMs, fromMs + intervalMs, channel);
    },
  };
}
