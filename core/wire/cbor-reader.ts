/** A reader of deterministic CBOR (RFC 8949, 4.2.1): of the bytes that mean a value it takes the shortest alone, so that nothing has two forms. */

import type { CborValue } from "./cbor.ts";

/** How deep lists and maps may nest; the roll, the deepest message, has 5. A stack overflow ends some engines at once. */
const MOST_DEPTH = 8;

/** Reads item after item. */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #copies: boolean;
  #at = 0;

  /** @param copies whether bytes inside the items are copies, or views of `bytes`, which must be plain */
  constructor(bytes: Uint8Array, copies: boolean) {
    this.#bytes = bytes;
    this.#copies = copies;
  }

  /** Bytes that are yet to be read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next item. @throws Error that says what is wrong with it. */
  item(depth = 0): CborValue {
    const head = this.#byte();
    const major = head >> 5;
    if (major === 7) return simpleValue(head);
    const argument = this.#argument(head & 0x1f);
    if (major === 0) return argument;
    if (major === 1) return negative(argument);
    if (major === 2) return this.#copies ? this.#take(argument).slice() : this.#take(argument);
    if (major === 3) return textOf(this.#take(argument));
    if (major === 6) throw new Error("a tag");
    if (depth === MOST_DEPTH) throw new Error("nested too deep");
    return major === 4 ? this.#list(argument, depth + 1) : this.#map(argument, depth + 1);
  }

  #list(length: number, depth: number): CborValue {
    const list: CborValue[] = [];
    // a length that was made up ends with the bytes
    for (let i = 0; i < length; i++) list.push(this.item(depth));
    return list;
  }

  #map(length: number, depth: number): CborValue {
    const map = new Map<number, CborValue>();
    let last: number | undefined;
    for (let i = 0; i < length; i++) {
      const key = this.item(depth);
      if (typeof key !== "number") throw new Error("a map key of another type");
      if (last !== undefined && !follows(key, last)) throw new Error("map keys out of order");
      map.set(key, this.item(depth));
      last = key;
    }
    return map;
  }

  /** The number in a head, or in the bytes behind it. */
  #argument(info: number): number {
    if (info < 24) return info;
    const width = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0;
    if (width === 0) throw new Error("a length that is reserved or not definite");
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 0x100 + this.#byte();
    // below what half the width can hold, a shorter head would have done
    const least = width === 1 ? 24 : 0x100 ** (width / 2);
    if (value < least) throw new Error("a number that is not in its shortest form");
    // beyond the safe range the sum above is rounded, but never back into it
    if (!Number.isSafeInteger(value)) throw new Error("a number beyond 2^53 - 1");
    return value;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error("too few bytes");
    return byte;
  }

  #take(length: number): Uint8Array {
    if (length > this.left) throw new Error("too few bytes");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function simpleValue(head: number): CborValue {
  if (head === 0xf4) return false;
  if (head === 0xf5) return true;
  if (head === 0xf6) return null;
  throw new Error("a float, or a simple value that is neither true, false nor null");
}

function negative(argument: number): number {
  const value = -1 - argument;
  if (!Number.isSafeInteger(value)) throw new Error("a number beyond -(2^53 - 1)");
  return value;
}

/** Whether a key's bytes come after another's: first 0, 1, 2 ..., then -1, -2, -3 ... */
function follows(key: number, last: number): boolean {
  return key < 0 ? last >= 0 || key < last : last >= 0 && key > last;
}

/** @throws URIError for ill-formed UTF-8. */
function textOf(bytes: Uint8Array): string {
  let text = "";
  let isEscaped = false;
  for (const byte of bytes) {
    const isPlain = byte < 0x80 && byte !== 0x25;
    if (!isPlain) isEscaped = true;
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
  }
  // the one decoder that every engine has, and that takes well-formed UTF-8 alone
  return isEscaped ? decodeURIComponent(text) : text;
}
