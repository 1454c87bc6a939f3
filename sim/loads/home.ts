/** A home: who lives there and what it owns, drawn once from the seed and the meter's id. */

import { stream } from "../random.ts";
import { drawPeople, type Person } from "./occupancy.ts";

/** What does not change from day to day. Powers in whole watts; 0 where a home has no such thing. */
export interface Home {
  readonly meter: string;
  readonly people: readonly Person[];
  readonly standbyWatts: number;
  readonly fridges: readonly Fridge[];
  readonly lampWatts: number;
  readonly screenWatts: number;
  readonly dryer: boolean;
  readonly dishwasher: boolean;
  readonly boilerWatts: number;
  readonly heating: Heating | undefined;
  readonly chargerWatts: number;
  /** The car waits for the night tariff. */
  readonly chargesAtNight: boolean;
  readonly panelPeakWatts: number;
}

export interface Fridge {
  readonly watts: number;
  readonly cycleS: number;
  /** Part of a cycle in which the compressor runs. */
  readonly duty: number;
}

export interface Heating {
  readonly kind: "heat-pump" | "electric";
  readonly watts: number;
  readonly cycleS: number;
}

/** No home draws more: a main fuse of 3 x 25 A at 230 V. */
export const MAIN_FUSE_WATTS = 17_250;

/** The home behind `meter` in the street of `seed`. */
export function homeOf(seed: string, meter: string): Home {
  const random = stream(seed, "home", meter);
  const people = drawPeople(random);
  const family = people.length;
  const fridges = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => ({
    watts: random.integer(65, 110),
    cycleS: random.integer(2400, 4200),
    duty: random.between(0.28, 0.42),
  }));
  const standbyWatts = random.integer(25, 60) + random.integer(5, 15) * family;
  const lampWatts = random.integer(20, 45);
  const screenWatts = random.integer(70, 180);
  const dryer = random.chance(0.15 + 0.1 * family);
  const dishwasher = random.chance(0.35 + 0.12 * family);
  const boilerWatts = random.chance(0.22) ? random.pick([2000, 2500, 3000]) : 0;
  const heats = random.fraction();
  const heatPump: Heating = {
    kind: "heat-pump",
    watts: random.integer(1300, 2400),
    cycleS: random.integer(2400, 5400),
  };
  const electric: Heating = { kind: "electric", watts: random.integer(1500, 3000), cycleS: random.integer(900, 1800) };
  const chargerWatts = random.chance(0.15) ? random.pick([3680, 7360, 11_040]) : 0;
  const chargesAtNight = random.chance(0.5);
  const panelPeakWatts = random.chance(0.2) ? random.integer(30, 95) * 100 : 0;
  return {
    meter,
    people,
    standbyWatts,
    fridges,
    lampWatts,
    screenWatts,
    dryer,
    dishwasher,
    boilerWatts,
    heating: heats < 0.15 ? heatPump : heats < 0.2 ? electric : undefined,
    chargerWatts,
    chargesAtNight,
    panelPeakWatts,
  };
}
