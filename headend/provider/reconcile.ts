/** The measuring rod: what flowed through a group's feeder in an interval, less what its homes' opened sums account for. */

import { ChoirError } from "../../core/errors.ts";
import type { BalanceRecord } from "./records.ts";

/** Nothing known yet. */
export function emptyBalance(channels: number): BalanceRecord {
  return { contributors: 0, sums: new Array(channels).fill(0), feeder: undefined };
}

/** The balance with one more part's sums, in mWh. @throws ChoirError value_out_of_range beyond 2^53 - 1. */
export function addPart(balance: BalanceRecord, contributors: number, sums: readonly number[]): BalanceRecord {
  const total = balance.sums.map((sum, i) => safe(sum + (sums[i] ?? 0)));
  return { ...balance, contributors: balance.contributors + contributors, sums: total };
}

/**
 * Feeder less homes, in mWh by channel: losses, whatever is not metered, and homes that are not counted yet; none without a feeder's reading.
 */
export function residual({ sums, feeder }: BalanceRecord): readonly number[] | undefined {
  return feeder?.energies.map((energy, i) => energy - (sums[i] ?? 0));
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new ChoirError("value_out_of_range", "sum", "at most 2^53 - 1 mWh", "more");
  return value;
}
