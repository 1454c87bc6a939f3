/** An update file: a signed header that says for which chip, which version, how long and with which hash the image behind it is (docs/HARDWARE.md, Updates). */

import { asciiBytes, concatBytes, equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";

const MAGIC = "CHOIRUP1";
const NAME_BYTES = 16;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LENGTH_OFFSET = MAGIC.length + 2 * NAME_BYTES;
const SIGNED_BYTES = LENGTH_OFFSET + 8 + HASH_BYTES;
/** Bytes before the image. */
export const UPDATE_HEADER_BYTES = SIGNED_BYTES + SIGNATURE_BYTES;

/** An image, described. */
export interface UpdateHeader {
  /** Like `esp32c3`. */
  readonly chip: string;
  /** Three numbers below 1,000 with points between. */
  readonly version: string;
  /** Bytes of the image. */
  readonly length: number;
  /** SHA-256 of the image. */
  readonly hash: Uint8Array;
}

/** The header, signed. @throws ChoirError input_invalid for names that are too long. */
export function signUpdateHeader({ chip, version, length, hash }: UpdateHeader, signer: Signer): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setUint32(0, length);
  const signed = concatBytes(asciiBytes(MAGIC), nameBytes(chip), nameBytes(version), size, hash);
  return concatBytes(signed, signer.sign(signed));
}

/** @throws ChoirError length_wrong, type_wrong for what is no update file, signature_wrong, field_wrong. */
export function readUpdateHeader(bytes: Uint8Array, key: Uint8Array, verify: Verify): UpdateHeader {
  if (bytes.length !== UPDATE_HEADER_BYTES) {
    throw new ChoirError("length_wrong", "update", `${UPDATE_HEADER_BYTES} bytes`, `${bytes.length}`);
  }
  if (!equalBytes(bytes.subarray(0, MAGIC.length), asciiBytes(MAGIC))) {
    throw new ChoirError("type_wrong", "update", "an update file", "something else");
  }
  const signed = bytes.subarray(0, SIGNED_BYTES);
  if (!verify(key, signed, bytes.subarray(SIGNED_BYTES))) {
    throw new ChoirError("signature_wrong", "update", "a header that the update key signed", "another");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(LENGTH_OFFSET + 4) !== 0) throw new ChoirError("field_wrong", "update", "zeros", "others");
  return {
    chip: readName(bytes, MAGIC.length),
    version: readName(bytes, MAGIC.length + NAME_BYTES),
    length: view.getUint32(LENGTH_OFFSET),
    hash: bytes.slice(LENGTH_OFFSET + 8, SIGNED_BYTES),
  };
}

/** Below 0 when the first version is the older one. @throws ChoirError field_wrong. */
export function compareVersions(first: string, second: string): number {
  const [one, other] = [numbersOf(first), numbersOf(second)];
  for (const [at, number] of one.entries()) {
    const difference = number - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] {
  const numbers = version.split(".").map((part) => (part === "" ? Number.NaN : Number(part)));
  if (numbers.length !== 3 || !numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 1000)) {
    throw new ChoirError("field_wrong", "version", "three numbers below 1,000", version.slice(0, NAME_BYTES));
  }
  return numbers;
}

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES);
  const ascii = asciiBytes(name);
  if (ascii.length > NAME_BYTES) {
    throw new ChoirError("input_invalid", "update", `a name of at most ${NAME_BYTES} characters`, name);
  }
  bytes.set(ascii);
  return bytes;
}

function readName(bytes: Uint8Array, offset: number): string {
  let name = "";
  for (const byte of bytes.subarray(offset, offset + NAME_BYTES)) if (byte !== 0) name += String.fromCharCode(byte);
  return name;
}
