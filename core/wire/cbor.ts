/** Deterministic CBOR (RFC 8949, 4.2.1): a decoder here accepts only bytes that it would itself encode. */

import { decode, encode, rfc8949EncodeOptions, type Token, Tokenizer, Type } from "cborg";
import { equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { checkId } from "../names.ts";

/** The values that Choir's messages are made of. Whole numbers lie within +-(2^53 - 1). */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** How deep lists and maps may nest; the roll, the deepest message, has 5. */
const MOST_DEPTH = 8;

/** The library's reader of items, held to shallow nesting (a stack overflow ends some engines at once), whole numbers, and map keys that are such. */
class ShallowTokens extends Tokenizer {
  /** Items that the lists and maps around the next one still lack, outermost first. */
  readonly #open: { readonly map: boolean; left: number }[] = [];
  /** Whether something was read that strict reading alone does not hold to one form: a map's order, or text beyond printable ASCII, which may be ill-formed. */
  mayHaveOtherForms = false;

  override next(): Token {
    const open = this.#open;
    const token = super.next();
    if (token.type === Type.float) throw new Error("number that is not whole");
    if (token.type === Type.string && !isPrintableAscii(token.value)) this.mayHaveOtherForms = true;
    const parent = open[open.length - 1];
    if (parent !== undefined) {
      const isKey = parent.map && parent.left % 2 === 0;
      if (isKey && token.type !== Type.uint && token.type !== Type.negint) throw new Error("map key of another type");
      parent.left--;
    }
    const map = token.type === Type.map;
    if (map && token.value > 1) this.mayHaveOtherForms = true;
    if (map || token.type === Type.array) open.push({ map, left: map ? 2 * token.value : token.value });
    if (open.length > MOST_DEPTH) throw new Error("nested too deep");
    while (open[open.length - 1]?.left === 0) open.pop();
    return token;
  }
}

function isPrintableAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** The one encoding of a value. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/**
 * The value in `bytes`.
 * @throws ChoirError bytes_left_over behind the value, cbor_malformed for anything else that is not deterministic CBOR of these types, and above 8 levels.
 */
export function decodeCbor(bytes: Uint8Array, name: string): CborValue {
  const options = {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowInfinity: false,
    allowNaN: false,
    allowBigInt: false,
    useMaps: true,
    rejectDuplicateMapKeys: true,
  };
  // a plain view: slices of a Buffer would share its memory
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const tokenizer = new ShallowTokens(plain, options);
  let value: CborValue;
  try {
    value = decode(plain, { ...options, tokenizer });
  } catch (cause) {
    // the library tells left-over bytes from broken ones by its message alone
    const leftOver = cause instanceof Error && cause.message.includes("too many terminals");
    const code = leftOver ? "bytes_left_over" : "cbor_malformed";
    throw new ChoirError(code, name, "one item of deterministic CBOR", `${bytes.length} other bytes`, cause);
  }
  // unsorted maps and ill-formed UTF-8 decode too, but never to the same bytes again; encoding everything once more would cost a third of the reading
  if (tokenizer.mayHaveOtherForms && !equalBytes(encodeCbor(value), bytes)) {
    throw new ChoirError("cbor_malformed", name, "the shortest encoding", "another encoding of the same value");
  }
  return value;
}

/** The fields of a message that is a CBOR array of fixed length, read by index with a check each. */
export class Fields {
  readonly #values: readonly CborValue[];
  readonly #name: string;

  /** @throws ChoirError field_wrong unless `value` is an array of that length (or one of those lengths). */
  constructor(value: CborValue | undefined, name: string, ...lengths: readonly number[]) {
    this.#name = name;
    this.#values = asList(value, name);
    if (!lengths.includes(this.#values.length)) {
      throw new ChoirError("field_wrong", name, `${lengths.join(" or ")} fields`, `${this.#values.length}`);
    }
  }

  get length(): number {
    return this.#values.length;
  }

  /** A whole number, 0 to `most`. @throws ChoirError field_wrong, value_out_of_range. */
  uint(index: number, name: string, most: number = Number.MAX_SAFE_INTEGER): number {
    return this.between(index, name, 0, most);
  }

  /** A whole number, `least` to `most`. @throws ChoirError field_wrong, value_out_of_range. */
  between(index: number, name: string, least: number, most: number): number {
    const value = this.#values[index];
    if (typeof value !== "number") throw this.#wrong(name, "a whole number");
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new ChoirError("value_out_of_range", `${this.#name}.${name}`, `${least} to ${most}`, `${value}`);
    }
    return value;
  }

  /** Bytes, exactly `length` of them where given. @throws ChoirError field_wrong, length_wrong. */
  bytes(index: number, name: string, length?: number): Uint8Array {
    const value = this.#values[index];
    if (!(value instanceof Uint8Array)) throw this.#wrong(name, "bytes");
    if (length !== undefined && value.length !== length) {
      throw new ChoirError("length_wrong", `${this.#name}.${name}`, `${length} bytes`, `${value.length}`);
    }
    return value;
  }

  /** Text. @throws ChoirError field_wrong. */
  text(index: number, name: string): string {
    const value = this.#values[index];
    if (typeof value !== "string") throw this.#wrong(name, "text");
    return value;
  }

  /** One of a closed set of texts. @throws ChoirError field_wrong. */
  oneOf<T extends string>(index: number, name: string, choices: readonly T[]): T {
    const text = this.text(index, name);
    const choice = choices.find((one) => one === text);
    if (choice === undefined) throw this.#wrong(name, choices.join(" or "));
    return choice;
  }

  /** The id of a party, group, block or seat. @throws ChoirError field_wrong. */
  id(index: number, name: string): string {
    return checkId(this.text(index, name), `${this.#name}.${name}`);
  }

  /** True or false. @throws ChoirError field_wrong. */
  flag(index: number, name: string): boolean {
    const value = this.#values[index];
    if (typeof value !== "boolean") throw this.#wrong(name, "true or false");
    return value;
  }

  isNull(index: number): boolean {
    return this.#values[index] === null;
  }

  isList(index: number): boolean {
    return Array.isArray(this.#values[index]);
  }

  /** The fields of a list within the list. @throws ChoirError field_wrong. */
  fields(index: number, name: string, ...lengths: readonly number[]): Fields {
    return new Fields(this.#values[index], `${this.#name}.${name}`, ...lengths);
  }

  /** A list, each element read by `read`. @throws ChoirError field_wrong and what `read` throws. */
  list<T>(index: number, name: string, read: (value: CborValue, name: string) => T): readonly T[] {
    const label = `${this.#name}.${name}`;
    return asList(this.#values[index], label).map((value, i) => read(value, `${label}[${i}]`));
  }

  /** A list of ids in ascending order, each once. @throws ChoirError field_wrong. */
  ids(index: number, name: string): readonly string[] {
    const ids = this.list(index, name, (value, label) => {
      if (typeof value !== "string") throw new ChoirError("field_wrong", label, "text", typeof value);
      return checkId(value, label);
    });
    checkAscending(ids, `${this.#name}.${name}`);
    return ids;
  }

  #wrong(name: string, expected: string): ChoirError {
    return new ChoirError("field_wrong", `${this.#name}.${name}`, expected, "something else");
  }
}

/** Refuses a list of ids that is not strictly ascending. @throws ChoirError field_wrong. */
export function checkAscending(ids: readonly string[], name: string): void {
  for (let i = 1; i < ids.length; i++) {
    // both indices are below the length
    if ((ids[i - 1] as string) >= (ids[i] as string)) {
      throw new ChoirError("field_wrong", name, "ids in ascending order, each once", `${ids[i]}`);
    }
  }
}

function asList(value: CborValue | undefined, name: string): readonly CborValue[] {
  if (!Array.isArray(value)) throw new ChoirError("field_wrong", name, "a list", "something else");
  return value;
}
