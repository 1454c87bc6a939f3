/** Sound messages with something changed: what refusals are made of. */

import { concatBytes } from "../bytes.ts";
import type { ErrorCode } from "../errors.ts";
import { integerToBytes } from "../integers.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../wire/cbor.ts";
import { decoderOf, key } from "./decoders.ts";

/** A message with one fault and the code that names it. */
export type RefusalCase = readonly [decoder: string, code: ErrorCode, what: string, bytes: Uint8Array];

/** The first message that a decoder accepts. */
export const sample = (name: string): Uint8Array => decoderOf(name).corpus[0] ?? new Uint8Array(0);

/** That message as the list that it is. */
export function fieldsOf(name: string): readonly CborValue[] {
  const value = decodeCbor(sample(name), name);
  if (!Array.isArray(value)) throw new Error(`${name} is no list`);
  return value;
}

/** That message with some fields changed, by index. */
export const edits = (name: string, changes: Readonly<Record<number, CborValue>>): Uint8Array =>
  encodeCbor(fieldsOf(name).map((field, i) => (i in changes ? (changes[i] ?? null) : field)));

/** That message with one field changed. */
export const edit = (name: string, index: number, value: CborValue): Uint8Array => edits(name, { [index]: value });

/** Field `index` of that message without its first byte. */
export const cut = (name: string, index: number): Uint8Array => (fieldsOf(name)[index] as Uint8Array).slice(1);

/** A number as wide as a ciphertext of the 512-bit key. */
export const wide = (value: bigint): Uint8Array => integerToBytes(value, 2 * key.bytes);

/** COSE_Sign1 of any parts. */
export const envelopeOf = (...parts: readonly CborValue[]): Uint8Array =>
  concatBytes(Uint8Array.of(0xd2), encodeCbor(parts));

export const emptyMap: CborValue = new Map<number, CborValue>();
export const signature = new Uint8Array(64);
