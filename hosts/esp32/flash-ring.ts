/**
 * A store in a ring of flash segments, for messages that come and go: appended, marked when deleted, moved together when room is short.
 * A set or delete has happened whole or not at all, whatever write or erase loses its power.
 */

import { asciiBytes, concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { crc32 } from "../../firmware/crc32.ts";
import type { Store } from "../../firmware/host.ts";
import { type Flash, SECTOR_BYTES } from "./flash.ts";
import { RingIndex } from "./ring-index.ts";
import {
  cleared,
  fitsFields,
  MARK_OFFSET,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  readRecordHeader,
  recordBytes,
  recordHeader,
  SEGMENT_HEADER_BYTES,
  STATE_OFFSET,
  segmentHeader,
  sequenceOf,
  WORD_BYTES,
} from "./ring-layout.ts";

/** Segments that a ring needs: one that is written to, one in reserve, one to hold what is kept. */
const LEAST_SEGMENTS = 3;

/** Where a record lies and what its header says. */
interface Found extends RecordHeader {
  readonly offset: number;
}

/** The ring. Only where records lie is in RAM, 8 bytes each. */
export class FlashRing implements Store {
  readonly #flash: Flash;
  readonly #segmentBytes: number;
  readonly #segments: number;
  readonly #index = new RingIndex();
  #sequence = 0;
  /** The segment that is written to; none until the first write of a boot: what an earlier one left is never appended to. */
  #current: number | undefined;
  #position = 0;
  #last = 0;

  /**
   * Takes up what an earlier boot left.
   * @param segmentBytes a multiple of `SECTOR_BYTES`: no record is larger, and so much is erased at once
   * @throws ChoirError config_invalid for fewer than three segments.
   */
  constructor(flash: Flash, segmentBytes: number) {
    this.#flash = flash;
    this.#segmentBytes = segmentBytes;
    this.#segments = Math.floor(flash.bytes / segmentBytes);
    if (segmentBytes % SECTOR_BYTES !== 0 || this.#segments < LEAST_SEGMENTS) {
      const got = `${flash.bytes} bytes in segments of ${segmentBytes}`;
      throw new ChoirError("config_invalid", "flash ring", "three segments of whole sectors", got);
    }
    this.#recover();
  }

  get(key: string): Uint8Array | undefined {
    const found = this.#find(key);
    if (found === undefined) return undefined;
    const { keyLength, valueLength, bodyCrc, offset } = found;
    const body = this.#flash.read(offset + RECORD_HEADER_BYTES, keyLength + valueLength);
    return crc32(body) === bodyCrc ? body.slice(keyLength) : undefined;
  }

  /** @throws ChoirError outbox_full when what is kept leaves no room, input_invalid for a value larger than a segment. */
  set(key: string, value: Uint8Array): void {
    const name = asciiBytes(key);
    const needed = recordBytes(name.length, value.length);
    if (needed > this.#segmentBytes - SEGMENT_HEADER_BYTES || !fitsFields(name.length, value.length)) {
      throw new ChoirError("input_invalid", "flash ring", `at most ${this.#segmentBytes} bytes`, `${value.length}`);
    }
    this.#makeRoom(needed);
    const before = this.#find(key);
    const offset = this.#append(name.length, concatBytes(name, value));
    this.#index.add(crc32(name), offset);
    if (before !== undefined) this.#drop(before.offset);
  }

  delete(key: string): void {
    const found = this.#find(key);
    if (found !== undefined) this.#drop(found.offset);
  }

  keys(prefix: string): readonly string[] {
    return this.#index
      .offsets()
      .map((offset) => this.#keyAt(this.#headerAt(offset)))
      .filter((key) => key.startsWith(prefix));
  }

  #drop(offset: number): void {
    this.#index.remove(offset);
    this.#flash.write(offset + MARK_OFFSET, cleared());
  }

  #find(key: string): Found | undefined {
    for (const offset of this.#index.candidates(crc32(asciiBytes(key)))) {
      const found = this.#headerAt(offset);
      if (this.#keyAt(found) === key) return found;
    }
    return undefined;
  }

  /** The header at an offset of the index, whose CRC was good when it was read or written. */
  #headerAt(offset: number): Found {
    const header = readRecordHeader(this.#flash.read(offset, RECORD_HEADER_BYTES));
    if (header === undefined) throw new ChoirError("store_corrupt", "flash ring", "a record", "something else");
    return { ...header, offset };
  }

  #keyAt({ offset, keyLength }: Found): string {
    return String.fromCharCode(...this.#flash.read(offset + RECORD_HEADER_BYTES, keyLength));
  }

  /** Body before header: a header that is there whole vouches for its body. */
  #append(keyLength: number, body: Uint8Array): number {
    const offset = this.#position;
    // a write that fails leaves the segment to what was written before
    this.#position = this.#segmentEnd();
    this.#flash.write(offset + RECORD_HEADER_BYTES, body);
    this.#flash.write(offset + MARK_OFFSET + WORD_BYTES, recordHeader(keyLength, body));
    this.#position = offset + recordBytes(keyLength, body.length - keyLength);
    return offset;
  }

  #segmentEnd(): number {
    return this.#current === undefined ? 0 : (this.#current + 1) * this.#segmentBytes;
  }

  #makeRoom(needed: number): void {
    if (this.#current !== undefined && this.#segmentEnd() - this.#position >= needed) return;
    const [next, afterNext] = this.#free();
    if (next === undefined) throw full(needed);
    if (afterNext !== undefined) this.#open(next);
    else this.#moveTogether(next, needed);
  }

  /** Empties the segment that keeps least into the one in reserve, and takes its place as reserve. */
  #moveTogether(reserve: number, needed: number): void {
    const victim = this.#leastKept();
    if (victim === undefined || victim.bytes + needed > this.#segmentBytes - SEGMENT_HEADER_BYTES) throw full(needed);
    this.#open(reserve);
    for (const offset of this.#index.offsets()) {
      if (this.#segmentOf(offset) !== victim.segment) continue;
      const { keyLength, valueLength } = this.#headerAt(offset);
      const body = this.#flash.read(offset + RECORD_HEADER_BYTES, keyLength + valueLength);
      this.#index.move(offset, this.#append(keyLength, body));
    }
    this.#retire(victim.segment);
  }

  #leastKept(): { readonly segment: number; readonly bytes: number } | undefined {
    const kept = new Uint32Array(this.#segments);
    for (const offset of this.#index.offsets()) {
      const { keyLength, valueLength } = this.#headerAt(offset);
      const segment = this.#segmentOf(offset);
      kept[segment] = (kept[segment] ?? 0) + recordBytes(keyLength, valueLength);
    }
    let least: { readonly segment: number; readonly bytes: number } | undefined;
    for (const [segment, bytes] of kept.entries()) {
      if (bytes > 0 && (least === undefined || bytes < least.bytes)) least = { segment, bytes };
    }
    return least;
  }

  /** Segments that keep nothing, in the order of the ring from the last one opened, so that all wear alike. */
  #free(): readonly number[] {
    const kept = new Set(this.#index.offsets().map((offset) => this.#segmentOf(offset)));
    const free: number[] = [];
    for (let step = 1; step <= this.#segments; step++) {
      const segment = (this.#last + step) % this.#segments;
      if (!kept.has(segment)) free.push(segment);
    }
    return free;
  }

  #segmentOf(offset: number): number {
    return Math.floor(offset / this.#segmentBytes);
  }

  #open(segment: number): void {
    this.#current = undefined;
    const start = segment * this.#segmentBytes;
    this.#flash.erase(start, this.#segmentBytes);
    this.#sequence++;
    this.#flash.write(start, segmentHeader(this.#sequence));
    this.#current = segment;
    this.#last = segment;
    this.#position = start + SEGMENT_HEADER_BYTES;
  }

  /** Its records lie elsewhere now, and what is deleted there must not come back from here. */
  #retire(segment: number): void {
    this.#flash.write(segment * this.#segmentBytes + STATE_OFFSET, cleared());
  }

  #recover(): void {
    const standing: { readonly segment: number; readonly sequence: number }[] = [];
    for (let segment = 0; segment < this.#segments; segment++) {
      const header = this.#flash.read(segment * this.#segmentBytes, SEGMENT_HEADER_BYTES);
      const sequence = sequenceOf(header);
      if (sequence !== undefined) standing.push({ segment, sequence });
    }
    standing.sort((a, b) => a.sequence - b.sequence);
    const superseded: { readonly older: number; readonly newer: number }[] = [];
    let newestRecords = 0;
    for (const { segment, sequence } of standing) {
      this.#sequence = sequence;
      this.#last = segment;
      newestRecords = 0;
      for (const { offset } of this.#records(segment)) {
        newestRecords++;
        const key = this.#keyAt(this.#headerAt(offset));
        const older = this.#find(key)?.offset;
        if (older !== undefined) {
          this.#index.remove(older);
          superseded.push({ older, newer: offset });
        }
        this.#index.add(crc32(asciiBytes(key)), offset);
      }
    }
    const copies = superseded.filter(({ newer }) => this.#segmentOf(newer) === this.#last);
    if (this.#free().length > 0 || copies.length < newestRecords) {
      for (const { older } of superseded) this.#flash.write(older + MARK_OFFSET, cleared());
      return;
    }
    // no segment in reserve: power was lost while the newest one took copies, and it holds nothing else
    for (const { older, newer } of copies) this.#index.move(newer, older);
    this.#retire(this.#last);
  }

  /** The live records of a segment, up to the first that was not written whole. */
  *#records(segment: number): Generator<Found> {
    const end = (segment + 1) * this.#segmentBytes;
    let offset = segment * this.#segmentBytes + SEGMENT_HEADER_BYTES;
    while (offset + RECORD_HEADER_BYTES <= end) {
      const header = readRecordHeader(this.#flash.read(offset, RECORD_HEADER_BYTES));
      if (header === undefined) return;
      if (header.live) yield { ...header, offset };
      offset += recordBytes(header.keyLength, header.valueLength);
    }
  }
}

function full(needed: number): ChoirError {
  return new ChoirError("outbox_full", "flash ring", `room for ${needed} bytes`, "none");
}
