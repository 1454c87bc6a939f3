/** What a terminal must know of a street before the first sum. */

/** The street that is shown. */
export interface StreetFacts {
  /** Homes, blocks and feeders of the whole street: groups may share them. */
  readonly homes: number;
  readonly blocks: number;
  readonly feeders: number;
  readonly groups: readonly { readonly id: string; readonly members: number; readonly blocks: number }[];
  readonly kMin: number;
  readonly scheme: string;
  readonly keyBits: number;
  /** Ids of the trustees, and how many shares open a sum; none where the provider holds the whole key. */
  readonly trustees: readonly string[];
  readonly threshold: number;
  readonly host: string;
  readonly engine: string;
  /** In words, e.g. `aedes, inside this process`. */
  readonly broker: string;
  /** In words, e.g. `generated households`. */
  readonly load: string;
  readonly seed: string;
  /** The name of the fault schedule. */
  readonly faults: string;
  /** OBIS codes, the import channel first. */
  readonly channels: readonly string[];
  readonly startUtcMs: number;
  readonly utcOffsetMinutes: number;
  readonly intervalMs: number;
  readonly intervals: number;
}

/** k_min of the product; a street below it is a demonstration. */
export const PRODUCT_K_MIN = 20;
