/** Takes an update file as it comes: nothing is written before its header is signed, for this chip, and newer; nothing boots before its hash is right. */

import { concatBytes, equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Verify } from "../../core/ports.ts";
import {
  compareVersions,
  readUpdateHeader,
  UPDATE_HEADER_BYTES,
  type UpdateHeader,
} from "../../core/wire/update-file.ts";

/** Where an image goes. */
export interface ImageSlot {
  /** Bytes that it has room for. */
  readonly bytes: number;
  begin(length: number): void;
  write(bytes: Uint8Array): void;
  /** The image boots next. @throws an error for what is no image. */
  finish(): void;
  /** What was written is nothing; harmless at any time. */
  abandon(): void;
}

/** A SHA-256 under way. */
export interface HashStream {
  update(bytes: Uint8Array): void;
  digest(): ArrayBuffer | Uint8Array;
}

/** What an update must satisfy. */
export interface UpdateTerms {
  readonly chip: string;
  /** It must be newer than this. */
  readonly version: string;
  /** One that was tried and given up: it is not tried again. */
  readonly failed: string | undefined;
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array;
  readonly verify: Verify;
  readonly hash: () => HashStream;
}

/** One update file. */
export class UpdateStream {
  readonly #terms: UpdateTerms;
  readonly #slot: ImageSlot;
  #start: Uint8Array = new Uint8Array(0);
  #header: UpdateHeader | undefined;
  #hash: HashStream | undefined;
  #taken = 0;
  #finished = false;

  constructor(terms: UpdateTerms, slot: ImageSlot) {
    this.#terms = terms;
    this.#slot = slot;
  }

  /** The version that comes; undefined before its header has. */
  get version(): string | undefined {
    return this.#header?.version;
  }

  /** The next bytes. @throws ChoirError of `readUpdateHeader`, field_wrong, version_not_higher, length_wrong; the slot is abandoned then. */
  push(bytes: Uint8Array): void {
    try {
      this.#take(bytes);
    } catch (error) {
      this.#slot.abandon();
      throw error;
    }
  }

  /** No more bytes come. The image boots next when this returns. @throws ChoirError length_wrong, input_invalid for another hash. */
  end(): void {
    try {
      this.#end();
    } catch (error) {
      this.#slot.abandon();
      throw error;
    }
  }

  /** Gives up; harmless after the end. */
  abandon(): void {
    if (!this.#finished) this.#slot.abandon();
  }

  #take(bytes: Uint8Array): void {
    let rest = bytes;
    if (this.#header === undefined) {
      const start = concatBytes(this.#start, bytes);
      this.#start = start.subarray(0, UPDATE_HEADER_BYTES);
      if (start.length < UPDATE_HEADER_BYTES) return;
      this.#header = this.#check(this.#start);
      this.#hash = this.#terms.hash();
      this.#slot.begin(this.#header.length);
      rest = start.subarray(UPDATE_HEADER_BYTES);
    }
    this.#taken += rest.length;
    if (this.#taken > this.#header.length) throw wrongLength(this.#header.length, this.#taken);
    if (rest.length === 0) return;
    this.#hash?.update(rest);
    this.#slot.write(rest);
  }

  #check(bytes: Uint8Array): UpdateHeader {
    const { chip, version, failed, key, verify } = this.#terms;
    const header = readUpdateHeader(bytes, key, verify);
    if (header.chip !== chip) throw new ChoirError("field_wrong", "update.chip", chip, header.chip);
    if (compareVersions(header.version, version) <= 0) {
      throw new ChoirError("version_not_higher", "update.version", `above ${version}`, header.version);
    }
    if (header.version === failed) {
      throw new ChoirError("input_invalid", "update.version", "one that was not tried and given up", header.version);
    }
    if (header.length > this.#slot.bytes) {
      throw new ChoirError("length_wrong", "update", `at most ${this.#slot.bytes} bytes`, `${header.length}`);
    }
    return header;
  }

  #end(): void {
    const header = this.#header;
    if (header === undefined) throw wrongLength(UPDATE_HEADER_BYTES, this.#start.length);
    if (this.#taken !== header.length) throw wrongLength(header.length, this.#taken);
    if (!equalBytes(new Uint8Array(this.#hash?.digest() ?? []), header.hash)) {
      throw new ChoirError("input_invalid", "update", "an image with the hash of its header", "another");
    }
    this.#slot.finish();
    this.#finished = true;
  }
}

function wrongLength(expected: number, got: number): ChoirError {
  return new ChoirError("length_wrong", "update", `${expected} bytes`, `${got}`);
}
