/** The records of an aggregator's ledger, format 1: readings, blocks, sealed parts, randomisers seen. */

import { bytesToInteger, integerToBytes } from "../../core/integers.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "../../core/wire/aggregate.ts";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { RECEIPT_STATUSES, type Receipt } from "../../core/wire/receipt.ts";
import { keyNumber } from "../service/store.ts";

/** Format of the store. */
export const LEDGER_FORMAT = 1;

const ID_BYTES = 32;

/** Keys of records; those of intervals sort by time. */
export const keys = {
  closedThrough: "closed through",
  reading: (interval: number, seat: string): string => `reading/${keyNumber(interval)}/${seat}`,
  block: (interval: number, block: string): string => `block/${keyNumber(interval)}/${block}`,
  part: (interval: number, part: number): string => `part/${keyNumber(interval)}/${keyNumber(part)}`,
  rho: (hash: string): string => `rho/${hash}`,
  rhoBy: (interval: number, seat: string): string => `rho by/${keyNumber(interval)}/${seat}`,
} as const;

/** A reading that was taken in, or whose refusal has to be remembered. */
export interface ReadingRecord {
  /** The delivery's id: SHA-256 of topic and bytes. */
  readonly id: Uint8Array;
  /** None once it is erased or discarded. */
  readonly envelope: Uint8Array | undefined;
}

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

export function encodeReadingRecord({ id, envelope }: ReadingRecord): Uint8Array {
  return encodeCbor([id, envelope ?? null]);
}

export function readReadingRecord(value: CborValue): ReadingRecord {
  const fields = new Fields(value, "reading", 2);
  return { id: fields.bytes(0, "id", ID_BYTES), envelope: fields.isNull(1) ? undefined : fields.bytes(1, "envelope") };
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
