/** A reader of deterministic CBOR (RFC 8949, 4.2.1) on cborg's tokens: of the bytes that mean a value it takes the shortest alone, so that nothing has two forms. */

import { type Token, Tokenizer, Type, tokensToObject } from "cborg";
import type { CborValue } from "./cbor.ts";

/** How deep lists and maps may nest; the roll, the deepest message, has 5. A stack overflow ends some engines at once. */
const MOST_DEPTH = 8;

const OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
} as const;

/** Reads item after item; bytes in them are copies or, with `views`, parts of the message itself. */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #tokens: StrictTokens;

  constructor(bytes: Uint8Array, kind: "copies" | "views") {
    const Kind = kind === "views" ? ViewedBytes : Uint8Array;
    // never the Buffer that was given: what is cut from one shares its memory unasked
    this.#bytes = new Kind(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#tokens = new StrictTokens(this.#bytes, OPTIONS);
  }

  /** Bytes that are yet to be read. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Where the next item begins. */
  get at(): number {
    return this.#tokens.pos();
  }

  /**
   * The head of a list: how many items come next, which are then read one by one. Undefined, and nothing is read, where something else comes.
   * @throws Error for a head that is none.
   */
  list(): number | undefined {
    if ((this.#bytes[this.at] ?? 0) >> 5 !== Type.array.majorEncoded >> 5) return undefined;
    return this.#tokens.next().value;
  }

  /** The next item. @throws Error that says what is wrong with it. */
  item(): CborValue {
    if (this.left === 0) throw new Error("too few bytes");
    return tokensToObject(this.#tokens, OPTIONS);
  }

  /** Passes over an item and checks it as `item` does, without making anything of it. @throws Error. */
  skip(): void {
    const { depth } = this.#tokens;
    do this.#tokens.next();
    while (this.#tokens.depth > depth);
  }
}

/** Bytes that the library cuts without copying. */
class ViewedBytes extends Uint8Array {
  override slice(start: number, end: number): Uint8Array<ArrayBuffer> {
    // made from an ArrayBuffer by every caller: no message lies in shared memory
    return new Uint8Array(this.buffer as ArrayBuffer, this.byteOffset + start, end - start);
  }
}

interface OpenItem {
  readonly isMap: boolean;
  /** Items that it still lacks, keys and values counted. */
  left: number;
  lastKey: number | undefined;
}

/** The library's tokens, held to shallow nesting, whole numbers, rising map keys, and text in its one form. */
class StrictTokens extends Tokenizer {
  /** Lists and maps around the next item, outermost first. */
  readonly #open: OpenItem[] = [];

  get depth(): number {
    return this.#open.length;
  }

  override next(): Token {
    const at = this.pos();
    if (at >= this.data.length) throw new Error("too few bytes");
    const token = super.next();
    const { type, value } = token;
    if (type === Type.float || type === Type.tag || type === Type.break)
      throw new Error(`an item of type ${type.name}`);
    if (type === Type.string) this.#checkText(value, at);
    const parent = this.#open[this.#open.length - 1];
    if (parent !== undefined) {
      if (parent.isMap && parent.left % 2 === 0) checkKey(parent, token);
      parent.left--;
    }
    const isMap = type === Type.map;
    if (isMap || type === Type.array) {
      if (this.#open.length === MOST_DEPTH) throw new Error("nested too deep");
      this.#open.push({ isMap, left: isMap ? 2 * value : value, lastKey: undefined });
    }
    while (this.#open[this.#open.length - 1]?.left === 0) this.#open.pop();
    return token;
  }

  /** Some engines' decoders take ill-formed UTF-8; that of URLs takes none, on every engine. @throws URIError. */
  #checkText(text: string, at: number): void {
    const info = (this.data[at] ?? 0) & 0x1f;
    const bytes = this.data.subarray(at + (info < 24 ? 1 : 1 + 2 ** (info - 24)), this.pos());
    if (bytes.every((byte) => byte < 0x80)) return;
    let escaped = "";
    for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, "0")}`;
    if (decodeURIComponent(escaped) !== text) throw new Error("text that is not UTF-8");
  }
}

function checkKey(map: OpenItem, { type, value }: Token): void {
  if (type !== Type.uint && type !== Type.negint) throw new Error("a map key of another type");
  if (map.lastKey !== undefined && !follows(value, map.lastKey)) throw new Error("map keys out of order");
  map.lastKey = value;
}

/** Whether a key's bytes come after another's: first 0, 1, 2 ..., then -1, -2, -3 ... */
function follows(key: number, last: number): boolean {
  return key < 0 ? last >= 0 || key < last : last >= 0 && key > last;
}
