/** How the flash ring lies in flash: segments with a sequence number, records with a mark that can be cleared, a CRC-32 over each part. */

import { crc32 } from "../../firmware/crc32.ts";

/** Before the records of a segment: magic, sequence number, CRC of both, and a state that stays erased until the segment is retired. */
export const SEGMENT_HEADER_BYTES = 16;
/** Before a record: mark, lengths of key and value, CRC of key and value, CRC of lengths and that CRC. */
export const RECORD_HEADER_BYTES = 16;
/** Where the state of a segment lies in its header, and the mark of a record in its own. */
export const STATE_OFFSET = 12;
export const MARK_OFFSET = 0;
/** A state or mark that stands; anything else is retired or deleted, so that a torn write of `cleared` has its effect or none. */
const STANDING = 0xffffffff;

const MAGIC = 0x43_48_52_31;
/** Length of a state or mark. */
export const WORD_BYTES = 4;
const MOST_LENGTH = 0xffff;

/** A record's header. */
export interface RecordHeader {
  readonly keyLength: number;
  readonly valueLength: number;
  readonly bodyCrc: number;
  /** Neither deleted nor superseded. */
  readonly live: boolean;
}

/** The header of a segment that has just been erased. */
export function segmentHeader(sequence: number): Uint8Array {
  const bytes = new Uint8Array(STATE_OFFSET);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(WORD_BYTES, sequence);
  view.setUint32(2 * WORD_BYTES, crc32(bytes.subarray(0, 2 * WORD_BYTES)));
  return bytes;
}

/** The sequence number of a segment; undefined for one that is erased, torn or retired. */
export function sequenceOf(header: Uint8Array): number | undefined {
  const view = viewOf(header);
  const sound = view.getUint32(0) === MAGIC && view.getUint32(2 * WORD_BYTES) === crc32(header.subarray(0, 8));
  return sound && view.getUint32(STATE_OFFSET) === STANDING ? view.getUint32(WORD_BYTES) : undefined;
}

/** What is written of a record's header, after its body: all but the mark. @param body key and value */
export function recordHeader(keyLength: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES - WORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, keyLength);
  view.setUint16(2, body.length - keyLength);
  view.setUint32(WORD_BYTES, crc32(body));
  view.setUint32(2 * WORD_BYTES, crc32(bytes.subarray(0, 2 * WORD_BYTES)));
  return bytes;
}

/** The header of a record; undefined where none was written whole, which is where the records of a segment end. */
export function readRecordHeader(header: Uint8Array): RecordHeader | undefined {
  const view = viewOf(header);
  if (view.getUint32(12) !== crc32(header.subarray(WORD_BYTES, 12))) return undefined;
  return {
    keyLength: view.getUint16(4),
    valueLength: view.getUint16(6),
    bodyCrc: view.getUint32(8),
    live: view.getUint32(MARK_OFFSET) === STANDING,
  };
}

/** Bytes that a record takes, its header included. */
export function recordBytes(keyLength: number, valueLength: number): number {
  return RECORD_HEADER_BYTES + Math.ceil((keyLength + valueLength) / WORD_BYTES) * WORD_BYTES;
}

/** What is written over a state or mark. */
export function cleared(): Uint8Array {
  return new Uint8Array(WORD_BYTES);
}

/** Whether the lengths fit their fields. */
export function fitsFields(keyLength: number, valueLength: number): boolean {
  return keyLength <= MOST_LENGTH && valueLength < MOST_LENGTH;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
