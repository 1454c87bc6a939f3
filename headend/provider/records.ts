/** The records of a provider's store, format 1: aggregates judged, blocks counted, and each group's balance of an interval. */

import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { keyNumber } from "../service/store.ts";

/** Format of the store. */
export const BOOKS_FORMAT = 1;

const ID_BYTES = 32;

export const keys = {
  aggregate: (group: string, interval: number, part: number): string =>
    `aggregate/${group}/${keyNumber(interval)}/${keyNumber(part)}`,
  conflict: (group: string, interval: number, id: string): string => `conflict/${group}/${keyNumber(interval)}/${id}`,
  counted: (group: string, interval: number, block: string): string =>
    `counted/${group}/${keyNumber(interval)}/${block}`,
  balance: (group: string, interval: number): string => `balance/${group}/${keyNumber(interval)}`,
  /** Behind all balances of a group: 0 follows the stroke. */
  balancesEnd: (group: string): string => `balance/${group}0`,
  balanceInterval: (key: string): number => Number(key.slice(key.lastIndexOf("/") + 1)),
  watch: (group: string): string => `watch/${group}`,
} as const;

/** An aggregate that was judged. */
export interface JudgedRecord {
  /** The delivery's id: SHA-256 of topic and bytes. */
  readonly id: Uint8Array;
  /** The signed receipt; none for a second aggregate of a part, on which nothing is said. */
  readonly receipt: Uint8Array | undefined;
  /** The result as JSON. */
  readonly line: string;
  /** Whether the line has been handed out. */
  readonly announced: boolean;
}

/** What is known of a group's interval; energies in mWh, in the order of the key file's channels. */
export interface BalanceRecord {
  /** Homes counted so far. */
  readonly contributors: number;
  readonly sums: readonly number[];
  /** The feeder's totals and the id of the delivery that brought them. */
  readonly feeder: { readonly energies: readonly number[]; readonly id: Uint8Array } | undefined;
}

export function encodeJudged({ id, receipt, line, announced }: JudgedRecord): Uint8Array {
  return encodeCbor([id, receipt ?? null, line, announced ? 1 : 0]);
}

export function readJudged(value: CborValue): JudgedRecord {
  const fields = new Fields(value, "aggregate", 4);
  return {
    id: fields.bytes(0, "id", ID_BYTES),
    receipt: fields.isNull(1) ? undefined : fields.bytes(1, "receipt"),
    line: fields.text(2, "line"),
    announced: fields.uint(3, "announced", 1) === 1,
  };
}

export function encodeBalance({ contributors, sums, feeder }: BalanceRecord): Uint8Array {
  return encodeCbor([contributors, sums, feeder === undefined ? [] : [[feeder.energies, feeder.id]]]);
}

export function readBalance(value: CborValue): BalanceRecord {
  const fields = new Fields(value, "balance", 3);
  const energy = (element: CborValue, name: string): number => new Fields([element], name, 1).uint(0, "mWh");
  const [feeder] = fields.list(2, "feeder", (element, name) => {
    const one = new Fields(element, name, 2);
    return { energies: one.list(0, "energies", energy), id: one.bytes(1, "id", ID_BYTES) };
  });
  return { contributors: fields.uint(0, "contributors"), sums: fields.list(1, "sums", energy), feeder };
}
