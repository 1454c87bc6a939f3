/** The records of an aggregator's ledger, format 1: readings, blocks, sealed parts, randomisers seen. */

import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { bytesToInteger, integerToBytes } from "../../core/integers.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "../../core/wire/aggregate.ts";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { RECEIPT_STATUSES, type Receipt } from "../../core/wire/receipt.ts";
import { keyNumber } from "../service/store.ts";

/** Format of the store. */
export const LEDGER_FORMAT = 1;

const ID_BYTES = 32;
/** First bytes of a reading's record. */
const WHOLE = 0;
const ERASED = 1;

/** Keys of records; those of intervals sort by time. */
export const keys = {
  closedThrough: "closed through",
  reading: (interval: number, seat: string): string => `reading/${keyNumber(interval)}/${seat}`,
  block: (interval: number, block: string): string => `block/${keyNumber(interval)}/${block}`,
  part: (interval: number, part: number): string => `part/${keyNumber(interval)}/${keyNumber(part)}`,
  rho: (name: string): string => `rho/${name}`,
} as const;

/** A reading that was taken in, or whose refusal has to be remembered: its envelope, or once that is erased or discarded, its delivery's id. */
export type ReadingRecord = { readonly envelope: Uint8Array } | { readonly id: Uint8Array };

/** A meter that keeps its block out of an interval. */
export interface Mark {
  readonly meter: string;
  readonly reason: LeftOutReason;
}

/** What is known of a block in an interval. */
export interface BlockRecord {
  /** Readings taken in. */
  readonly count: number;
  /** Their product mod n^2. */
  readonly product: bigint;
  readonly marks: readonly Mark[];
  /** The part that counts it. */
  readonly part: number | undefined;
}

/** A sealed aggregate. */
export interface PartRecord {
  /** The signed message, the same for ever. */
  readonly message: Uint8Array;
  readonly blocks: readonly string[];
  /** The provider's word on it, and the id of the delivery that brought it. */
  readonly receipt: { readonly status: Receipt["status"]; readonly id: Uint8Array } | undefined;
}

/** Who used a randomiser. */
export interface RhoRecord {
  readonly interval: number;
  readonly seat: string;
}

export const EMPTY_BLOCK: BlockRecord = { count: 0, product: 1n, marks: [], part: undefined };

/** Not CBOR: this is the one record that every reading writes, and copying its 2 KB once more would be felt. */
export function encodeReadingRecord(record: ReadingRecord): Uint8Array {
  return "id" in record
    ? concatBytes(Uint8Array.of(ERASED), record.id)
    : concatBytes(Uint8Array.of(WHOLE), record.envelope);
}

/** @throws ChoirError store_corrupt. */
export function readReadingRecord(key: string, content: Uint8Array): ReadingRecord {
  const rest = content.subarray(1);
  if (content[0] === WHOLE) return { envelope: rest };
  if (content[0] === ERASED && rest.length === ID_BYTES) return { id: rest };
  throw new ChoirError("store_corrupt", `record ${key}`, "an envelope or an id", "something else");
}

/** @param width bytes of a number mod n^2 */
export function encodeBlockRecord({ count, product, marks, part }: BlockRecord, width: number): Uint8Array {
  const marked = marks.map(({ meter, reason }) => [meter, reason]);
  return encodeCbor([count, integerToBytes(product, width), marked, part ?? null]);
}

export function readBlockRecord(value: CborValue, width: number): BlockRecord {
  const fields = new Fields(value, "block", 4);
  return {
    count: fields.uint(0, "count"),
    product: bytesToInteger(fields.bytes(1, "product", width)),
    marks: fields.list(2, "marks", (mark, name) => {
      const one = new Fields(mark, name, 2);
      return { meter: one.id(0, "meter"), reason: one.oneOf(1, "reason", LEFT_OUT_REASONS) };
    }),
    part: fields.isNull(3) ? undefined : fields.uint(3, "part"),
  };
}

export function encodePartRecord({ message, blocks, receipt }: PartRecord): Uint8Array {
  return encodeCbor([message, blocks, receipt === undefined ? [] : [[receipt.status, receipt.id]]]);
}

export function readPartRecord(value: CborValue): PartRecord {
  const fields = new Fields(value, "part", 3);
  // no receipt yet is an empty list, a receipt a list of one
  const [receipt] = fields.list(2, "receipt", (element, name) => {
    const one = new Fields(element, name, 2);
    return { status: one.oneOf(0, "status", RECEIPT_STATUSES), id: one.bytes(1, "id", ID_BYTES) };
  });
  return { message: fields.bytes(0, "message"), blocks: fields.ids(1, "blocks"), receipt };
}

export function encodeRhoRecord({ interval, seat }: RhoRecord): Uint8Array {
  return encodeCbor([interval, seat]);
}

export function readRhoRecord(value: CborValue): RhoRecord {
  const fields = new Fields(value, "rho", 2);
  return { interval: fields.uint(0, "interval"), seat: fields.id(1, "seat") };
}
