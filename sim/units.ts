/** Conversions that more than one part of a street needs. */

export const MILLIWATT_HOURS_PER_KILOWATT_HOUR = 1_000_000;
