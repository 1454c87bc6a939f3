/** The records of an aggregator's ledger, format 3: readings, blocks, sealed parts, randomisers seen, blocks to be sent alone. */

import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Residue } from "../../core/paillier/ring.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "../../core/wire/aggregate.ts";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { RECEIPT_STATUSES, type Receipt } from "../../core/wire/receipt.ts";
import { bytesOf, integerOf } from "../service/big-endian.ts";
import { keyNumber } from "../service/store.ts";

/** Format of the store. */
export const LEDGER_FORMAT = 3;

const ID_BYTES = 32;
/** First byte of a reading's record once its envelope is gone; an envelope begins with the tag of COSE_Sign1. */
const ERASED = 0x01;
const COSE_SIGN1_TAG = 0xd2;

/** Keys of records; those of intervals sort by time. */
export const keys = {
  closedThrough: "closed through",
  reading: (interval: number, seat: string): string => `reading/${keyNumber(interval)}/${seat}`,
  block: (interval: number, block: string): string => `block/${keyNumber(interval)}/${block}`,
  part: (interval: number, part: number): string => `part/${keyNumber(interval)}/${keyNumber(part)}`,
  rhos: (interval: number, block: string): string => `rho/${keyNumber(interval)}/${block}`,
  suspect: (block: string): string => `suspect/${block}`,
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
  readonly product: Residue;
  readonly marks: readonly Mark[];
  /** The part that counts it. */
  readonly part: number | undefined;
  readonly verdict: Verdict;
}

/** What refused parts mean for a block in an interval: nothing yet, that it comes in a part of its own, or in none any more. */
const VERDICTS = ["none", "alone", "out"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A sealed aggregate. */
export interface PartRecord {
  /** The signed message, the same for ever. */
  readonly message: Uint8Array;
  readonly blocks: readonly string[];
  /** The provider's word on it, and the id of the delivery that brought it. */
  readonly receipt: { readonly status: Receipt["status"]; readonly id: Uint8Array } | undefined;
}

/** The empty product. */
const ONE: Residue = { lo: 1n, hi: 0n };

export const EMPTY_BLOCK: BlockRecord = { count: 0, product: ONE, marks: [], part: undefined, verdict: "none" };

/** Not CBOR, and an envelope as it came: this is the one record that every reading writes, and copying its 2 KB once more would be felt. */
export function encodeReadingRecord(record: ReadingRecord): Uint8Array {
  return "id" in record ? concatBytes(Uint8Array.of(ERASED), record.id) : record.envelope;
}

/** @throws ChoirError store_corrupt. */
export function readReadingRecord(key: string, content: Uint8Array): ReadingRecord {
  if (content[0] === COSE_SIGN1_TAG) return { envelope: content };
  if (content[0] === ERASED && content.length === 1 + ID_BYTES) return { id: content.subarray(1) };
  throw new ChoirError("store_corrupt", `record ${key}`, "an envelope or an id", "something else");
}

/** @param width bytes of a number mod n */
export function encodeBlockRecord({ count, product, marks, part, verdict }: BlockRecord, width: number): Uint8Array {
  const { lo, hi } = product;
  const marked = marks.map(({ meter, reason }) => [meter, reason]);
  return encodeCbor([count, bytesOf(lo, width), bytesOf(hi, width), marked, part ?? null, verdict]);
}

export function readBlockRecord(value: CborValue, width: number): BlockRecord {
  const fields = new Fields(value, "block", 6);
  return {
    count: fields.uint(0, "count"),
    product: { lo: integerOf(fields.bytes(1, "lo", width)), hi: integerOf(fields.bytes(2, "hi", width)) },
    marks: fields.list(3, "marks", (mark, name) => {
      const one = new Fields(mark, name, 2);
      return { meter: one.id(0, "meter"), reason: one.oneOf(1, "reason", LEFT_OUT_REASONS) };
    }),
    part: fields.isNull(4) ? undefined : fields.uint(4, "part"),
    verdict: fields.oneOf(5, "verdict", VERDICTS),
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
