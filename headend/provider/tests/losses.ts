/** Feeders made up for tests of the measuring rod: losses of a known law, meters with a known error, days of quarter hours. */

import type { BalanceRecord } from "../records.ts";

/** What a made-up feeder is. */
export interface MadeFeeder {
  readonly fixedMilliwattHours: number;
  /** Quadratic losses per mWh and mWh. */
  readonly perSquare: number;
  /** Most by which the feeder's meter errs either way, in mWh. */
  readonly error: number;
}

export const PLAIN: MadeFeeder = { fixedMilliwattHours: 30_000, perSquare: 2e-9, error: 2_000 };

/** Homes of a made-up feeder. */
export const HOMES = 20;

/** What all homes draw in an interval, 2 to 8 kWh, in mWh: a day of 96 and a little that repeats at no day. */
export function drawn(interval: number): number {
  return Math.round(5_000_000 + 2_500_000 * Math.sin((2 * Math.PI * interval) / 96) + 500_000 * noise(interval, 1));
}

/** A balance in which `counted` of the homes were counted, each drawing as much as the others, and `stolen` mWh went past the meters. */
export function made(interval: number, stolen = 0, counted = HOMES, feeder: MadeFeeder = PLAIN): BalanceRecord {
  const energy = drawn(interval);
  const flowed = energy + stolen;
  const losses = feeder.fixedMilliwattHours + feeder.perSquare * flowed ** 2;
  const measured = Math.round(flowed + losses + feeder.error * noise(interval, 2));
  return {
    contributors: counted,
    sums: [Math.round((energy * counted) / HOMES), 0],
    feeder: { energies: [measured, 0], id: new Uint8Array(32) },
  };
}

/** A number in [-1, 1), the same for the same arguments, without a pattern: the fraction of a large sine. */
function noise(interval: number, kind: number): number {
  const wild = Math.sin(interval * 12.9898 + kind * 78.233) * 43_758.5453;
  return 2 * (wild - Math.floor(wild)) - 1;
}
