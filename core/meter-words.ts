/** Words that meters and head end share: clock qualities, roles, and the codes of what can befall a meter (docs/PROTOCOL.md, Status and events). */

/** How far a meter's clock is to be trusted: never set, set but out of touch, in touch with its time source. */
export const CLOCK_QUALITIES = ["unset", "holdover", "synced"] as const;
export type ClockQuality = (typeof CLOCK_QUALITIES)[number];

/** Why an interval gave no reading. */
export const REJECTIONS = [
  /** the sensor's count fell within the interval: energy would be negative */
  "reading_negative",
  /** more than the channel's maximum */
  "reading_over_range",
  /** one of its two boundaries was not observed */
  "boundary_unobserved",
  /** the clock was unset at a boundary, or moved within the interval */
  "clock_unsure",
  /** no key file covers it */
  "key_not_in_force",
  /** samples of a current clamp were missing for longer than a boundary may be late */
  "sensor_silent",
  /** no beacon of an aggregator came that would confirm the clock */
  "beacon_missing",
  /** the clock is more than a quarter interval from what the aggregators' beacons say */
  "beacon_disagrees",
  /** the roll in force seats another meter in its place, or none */
  "no_seat",
  /** the comb table of the key in force is not there */
  "table_missing",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** All codes that a meter's event topic carries. */
export const METER_EVENTS = [
  ...REJECTIONS,
  "booted",
  "clock_stepped",
  "pool_ran_dry",
  "outbox_dropped",
  "register_restored_from_older_slot",
  "config_refused",
  /** a new key file or roll came, and waits for its first interval */
  "files_taken",
  /** a current was above its clamp's range: more was used than was counted */
  "sensor_clipped",
  /** samples of a current clamp were missing: what was used meanwhile is not counted */
  "sensor_gap",
] as const;
export type MeterEventCode = (typeof METER_EVENTS)[number];

/** What a meter does: `home` seals its readings; `feeder` publishes them signed, in the clear. */
export const METER_ROLES = ["home", "feeder"] as const;
export type MeterRole = (typeof METER_ROLES)[number];
