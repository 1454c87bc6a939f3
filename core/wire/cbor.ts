/** Deterministic CBOR (RFC 8949, 4.2.1): a decoder here accepts only bytes that it would itself encode. */

import { encode, rfc8949EncodeOptions } from "cborg";
import { ChoirError } from "../errors.ts";
import { checkId } from "../names.ts";
import { CborReader } from "./cbor-reader.ts";

/** The values that Choir's messages are made of. Whole numbers lie within +-(2^53 - 1). */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** The one encoding of a value. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/**
 * The value in `bytes`; bytes in it are copies.
 * @throws ChoirError bytes_left_over behind the value, cbor_malformed for anything else that is not deterministic CBOR of these types, and above 8 levels.
 */
export function decodeCbor(bytes: Uint8Array, name: string): CborValue {
  return readWhole(new CborReader(bytes, "copies"), name, (reader) => reader.item());
}

/** As `decodeCbor`, but bytes in the value are views of `bytes`: for messages that are read on the spot, where copies would be felt. */
export function viewCbor(bytes: Uint8Array, name: string): CborValue {
  return readWhole(new CborReader(bytes, "views"), name, (reader) => reader.item());
}

/**
 * A reader of `bytes`, for messages whose lists are too long to be had in memory at once: they were checked as `decodeCbor` does, and what is read
 * of them item by item are views.
 * @throws ChoirError as `decodeCbor`.
 */
export function walkCbor(bytes: Uint8Array, name: string): CborReader {
  readWhole(new CborReader(bytes, "views"), name, (reader) => reader.skip());
  return new CborReader(bytes, "views");
}

function readWhole<T>(reader: CborReader, name: string, read: (reader: CborReader) => T): T {
  const { left } = reader;
  let value: T;
  try {
    value = read(reader);
  } catch (cause) {
    throw new ChoirError("cbor_malformed", name, "one item of deterministic CBOR", `${left} other bytes`, cause);
  }
  if (reader.left > 0) {
    throw new ChoirError("bytes_left_over", name, "one item of deterministic CBOR", `${reader.left} bytes more`);
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
