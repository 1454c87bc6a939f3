/** The comb table in flash: written piece by piece where it lies, in force once it is whole and hashes to what was told. */

import { concatBytes, equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { BlobSink } from "../../firmware/blob.ts";
import { crc32 } from "../../firmware/crc32.ts";
import { type Flash, SECTOR_BYTES } from "./flash.ts";
import type { HashStream } from "./update-stream.ts";

const MAGIC = 0x43_48_54_31;
const HASH_BYTES = 32;
const HEADER_BYTES = 12 + HASH_BYTES;
/** Read at once when it is hashed. */
const PIECE_BYTES = 1024;

/** What the header says of the table behind it. */
interface Kept {
  readonly length: number;
  readonly hash: Uint8Array;
}

/** A stretch of flash: a header in its first sector, then the table. */
export class KeptTable implements BlobSink {
  readonly #flash: Flash;
  readonly #hash: () => HashStream;
  #written = 0;

  constructor(flash: Flash, hash: () => HashStream) {
    this.#flash = flash;
    this.#hash = hash;
  }

  get mostBytes(): number {
    return this.#flash.bytes - SECTOR_BYTES;
  }

  /** Bytes of the table in force; undefined where there is none. */
  get length(): number | undefined {
    return this.#kept()?.length;
  }

  readPart(offset: number, bytes: number): Uint8Array {
    return this.#flash.read(SECTOR_BYTES + offset, bytes);
  }

  /** There is room for one: from here on none is in force. */
  begin(): void {
    this.#flash.erase(0, SECTOR_BYTES);
    this.#written = 0;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const offset = this.#written;
      if (offset % SECTOR_BYTES === 0) this.#flash.erase(SECTOR_BYTES + offset, SECTOR_BYTES);
      const room = SECTOR_BYTES - (offset % SECTOR_BYTES);
      const piece = bytes.subarray(at, at + room);
      this.#flash.write(SECTOR_BYTES + offset, piece);
      this.#written += piece.length;
      at += piece.length;
    }
  }

  /** @throws ChoirError length_wrong, table_wrong for another hash. */
  commit(length: number, sha256: Uint8Array): void {
    if (length !== this.#written) throw new ChoirError("length_wrong", "table", `${length}`, `${this.#written}`);
    const hash = this.#hash();
    for (let at = 0; at < length; at += PIECE_BYTES) hash.update(this.readPart(at, Math.min(PIECE_BYTES, length - at)));
    if (!equalBytes(new Uint8Array(hash.digest()), sha256))
      throw new ChoirError("table_wrong", "table", "bytes of its SHA-256", "others");
    this.#flash.write(0, headerOf({ length, hash: sha256 }));
  }

  holds(length: number, sha256: Uint8Array): boolean {
    const kept = this.#kept();
    return kept !== undefined && kept.length === length && equalBytes(kept.hash, sha256);
  }

  #kept(): Kept | undefined {
    const bytes = this.#flash.read(0, HEADER_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const kept = { length: view.getUint32(4), hash: bytes.slice(12) };
    return equalBytes(headerOf(kept), bytes) ? kept : undefined;
  }
}

function headerOf({ length, hash }: Kept): Uint8Array {
  const start = new Uint8Array(12);
  const view = new DataView(start.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, length);
  view.setUint32(8, crc32(concatBytes(start.subarray(0, 8), hash)));
  return concatBytes(start, hash);
}
