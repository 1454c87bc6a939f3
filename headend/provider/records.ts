/** The records of a provider's store, format 2: aggregates that wait for shares, with the trustees' answers, aggregates judged, blocks counted, and each group's balance of an interval. */

import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { SHARE_REFUSALS, type ShareRefusal } from "../../core/wire/share.ts";
import { bytesOf, integerOf } from "../service/big-endian.ts";
import { keyNumber } from "../service/store.ts";

/** Format of the store. */
export const BOOKS_FORMAT = 2;

const ID_BYTES = 32;

export const keys = {
  aggregate: (group: string, interval: number, part: number): string =>
    `aggregate/${group}/${keyNumber(interval)}/${keyNumber(part)}`,
  waiting: (group: string, interval: number, part: number): string =>
    `waiting/${group}/${keyNumber(interval)}/${keyNumber(part)}`,
  answer: (group: string, interval: number, part: number, trustee: string): string =>
    `answer/${group}/${keyNumber(interval)}/${keyNumber(part)}/${trustee}`,
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

/** A trustee's answer whose signature and, of a share, proof hold; `id` is its delivery's. */
export type Answer =
  | { readonly status: "share"; readonly id: Uint8Array; readonly value: bigint }
  | {
      readonly status: "refused";
      readonly id: Uint8Array;
      readonly reason: ShareRefusal;
      readonly leaveOut: readonly string[];
    };

export function encodeAnswer(answer: Answer): Uint8Array {
  if (answer.status === "refused") return encodeCbor([answer.id, answer.reason, answer.leaveOut]);
  return encodeCbor([answer.id, bytesOf(answer.value, Math.ceil(answer.value.toString(16).length / 2))]);
}

export function readAnswer(value: CborValue): Answer {
  const fields = new Fields(value, "answer", 2, 3);
  const id = fields.bytes(0, "id", ID_BYTES);
  if (fields.length === 2) return { status: "share", id, value: integerOf(fields.bytes(1, "share")) };
  return {
    status: "refused",
    id,
    reason: fields.oneOf(1, "reason", SHARE_REFUSALS),
    leaveOut: fields.ids(2, "blocks to leave out"),
  };
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
