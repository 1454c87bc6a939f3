/** The records of a trustee's ledger, format 1: shares given, refusals, blocks opened, randomisers seen. */

import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { SHARE_REFUSALS } from "../../core/wire/share.ts";
import { RHO_NAME_BYTES } from "../service/rho.ts";
import { keyNumber } from "../service/store.ts";
import type { Refusal } from "./faults.ts";

/** Format of the store. */
export const LEDGER_FORMAT = 1;

const HASH_BYTES = 32;

/** Which part of which group's interval. */
export interface PartName {
  readonly group: string;
  readonly interval: number;
  readonly part: number;
}

/** Keys of records; those of intervals sort by time. */
export const keys = {
  erased: "key share erased",
  answer: ({ interval, group, part }: PartName): string => `answer/${keyNumber(interval)}/${group}/${keyNumber(part)}`,
  audit: ({ interval, group, part }: PartName): string => `audit/${keyNumber(interval)}/${group}/${keyNumber(part)}`,
  refusal: ({ interval, group, part }: PartName): string =>
    `refusal/${keyNumber(interval)}/${group}/${keyNumber(part)}`,
  roll: (interval: number): string => `roll/${keyNumber(interval)}`,
  block: (interval: number, block: string): string => `block/${keyNumber(interval)}/${block}`,
  rhos: (interval: number, block: string): string => `rhos/${keyNumber(interval)}/${block}`,
  rho: (name: bigint): string => `rho/${name.toString(16).padStart(2 * RHO_NAME_BYTES, "0")}`,
} as const;

/** The part that a record's key names; a number that is none for a key of another shape. */
export function partOf(key: string): PartName {
  const [, interval, group = "", part] = key.split("/");
  return { interval: Number(interval), group, part: Number(part) };
}

/** A share that was given, kept as long as it may be asked for again. */
export interface AnswerRecord {
  /** The testimony's delivery. */
  readonly id: Uint8Array;
  /** The signed message, the same for ever. */
  readonly message: Uint8Array;
}

export function encodeAnswer({ id, message }: AnswerRecord): Uint8Array {
  return encodeCbor([id, message]);
}

export function readAnswer(value: CborValue): AnswerRecord {
  const fields = new Fields(value, "answer", 2);
  return { id: fields.bytes(0, "id", HASH_BYTES), message: fields.bytes(1, "message") };
}

/** What was co-opened, for whoever audits it: kept as long as the store. */
export interface AuditRecord {
  readonly rollVersion: number;
  readonly blocks: readonly string[];
  /** Meters in the sum. */
  readonly contributors: number;
  /** SHA-256 of their ids, as the share's proof has it. */
  readonly contributorsHash: Uint8Array;
  /** SHA-256 of the aggregate's envelope, which names everything. */
  readonly aggregateHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
  readonly atUtcMs: number;
}

export function encodeAudit(record: AuditRecord): Uint8Array {
  const { rollVersion, blocks, contributors, contributorsHash, aggregateHash, evidenceHash, atUtcMs } = record;
  return encodeCbor([rollVersion, blocks, contributors, contributorsHash, aggregateHash, evidenceHash, atUtcMs]);
}

export function readAudit(value: CborValue): AuditRecord {
  const fields = new Fields(value, "audit", 7);
  return {
    rollVersion: fields.uint(0, "roll version"),
    blocks: fields.ids(1, "blocks"),
    contributors: fields.uint(2, "contributors"),
    contributorsHash: fields.bytes(3, "contributors hash", HASH_BYTES),
    aggregateHash: fields.bytes(4, "aggregate hash", HASH_BYTES),
    evidenceHash: fields.bytes(5, "evidence hash", HASH_BYTES),
    atUtcMs: fields.uint(6, "at"),
  };
}

/** The last refusal of a part: a note for the audit, which no rule reads. */
export interface RefusalRecord extends Refusal {
  readonly aggregateHash: Uint8Array;
  readonly atUtcMs: number;
}

export function encodeRefusal({ reason, leaveOut, aggregateHash, atUtcMs }: RefusalRecord): Uint8Array {
  return encodeCbor([reason, leaveOut, aggregateHash, atUtcMs]);
}

export function readRefusal(value: CborValue): RefusalRecord {
  const fields = new Fields(value, "refusal", 4);
  return {
    reason: fields.oneOf(0, "reason", SHARE_REFUSALS),
    leaveOut: fields.ids(1, "blocks to leave out"),
    aggregateHash: fields.bytes(2, "aggregate hash", HASH_BYTES),
    atUtcMs: fields.uint(3, "at"),
  };
}
