/** Netstrings (`<decimal length>:<bytes>,`), the framing of the XS worker's two pipes: a writer and a strict incremental reader. */

import { asciiBytes, concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const COMMA = 0x2c;

/** The longest netstring in either direction, in bytes: the worker reads no more than nine digits of a length. */
export const MAX_NETSTRING_BYTES = 999_999_999;

/**
 * One netstring that holds the parts one after the other.
 *
 * @throws ChoirError `engine_failed` when the parts are longer than MAX_NETSTRING_BYTES together.
 */
export function encodeNetstring(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_NETSTRING_BYTES) {
    throw new ChoirError("engine_failed", "netstring length", `at most ${MAX_NETSTRING_BYTES}`, `${length}`);
  }
  return concatBytes(asciiBytes(`${length}:`), ...parts, Uint8Array.of(COMMA));
}

/**
 * Hands each whole netstring to `deliver`, in order, however the bytes were cut into chunks.
 *
 * A length is `0` or digits without a leading zero, at most `maxBytes`. After the first violation the reader refuses
 * everything: where one frame was wrong, no later boundary can be trusted.
 */
export class NetstringReader {
  readonly #deliver: (message: Uint8Array) => void;
  readonly #maxBytes: number;
  /** The length read so far, undefined before its first digit. */
  #length: number | undefined;
  /** The message being filled, undefined while its length is still being read. */
  #body: Uint8Array | undefined;
  #filled = 0;
  #broken = false;

  constructor(deliver: (message: Uint8Array) => void, maxBytes: number = MAX_NETSTRING_BYTES) {
    this.#deliver = deliver;
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next bytes, of any number. A delivered message is a copy, never a view of `chunk`.
   *
   * @throws ChoirError `engine_failed` on bytes that are no netstring; the messages before them have been delivered.
   */
  push(chunk: Uint8Array): void {
    if (this.#broken) throw new ChoirError("engine_failed", "netstring", "no bytes after a bad frame", "more bytes");
    let offset = 0;
    while (offset < chunk.length) {
      const body = this.#body;
      if (body === undefined) {
        this.#readLength(chunk[offset] ?? 0);
        offset += 1;
      } else if (this.#filled < body.length) {
        const part = chunk.subarray(offset, offset + body.length - this.#filled);
        body.set(part, this.#filled);
        this.#filled += part.length;
        offset += part.length;
      } else {
        if (chunk[offset] !== COMMA) this.#refuse("a comma after the last byte", chunk[offset] ?? 0);
        offset += 1;
        this.#body = undefined;
        this.#filled = 0;
        this.#deliver(body);
      }
    }
  }

  #readLength(byte: number): void {
    const length = this.#length;
    if (byte === COLON && length !== undefined) {
      this.#body = new Uint8Array(length);
      this.#length = undefined;
      return;
    }
    if (byte < ZERO || byte > NINE || length === 0) this.#refuse("a decimal length and a colon", byte);
    this.#length = (length ?? 0) * 10 + byte - ZERO;
    if (this.#length > this.#maxBytes) this.#refuse(`a length of at most ${this.#maxBytes}`, byte);
  }

  #refuse(expected: string, byte: number): never {
    this.#broken = true;
    throw new ChoirError("engine_failed", "netstring", expected, `byte ${byte}`);
  }
}
