/** Byte arrays: joining, comparing, ASCII and hex, without any platform's help. */

import { ChoirError } from "./errors.ts";

/** The parts one after the other, in a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Equality of public bytes; its time tells where they differ, so never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytewise lexicographic order, shorter first where one is a prefix of the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    // both indices are below both lengths
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The bytes of a text of 7-bit characters. @throws ChoirError input_invalid on any other character. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new ChoirError("input_invalid", "ascii text", "7-bit characters", `U+${code.toString(16)}`);
    bytes[i] = code;
  }
  return bytes;
}

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of lower- or upper-case hex. @throws ChoirError input_invalid. */
export function fromHex(text: string, name = "hex text"): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new ChoirError("input_invalid", name, "an even number of hex digits", `${text.length} characters`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Eight bytes, big-endian, of a whole number below 2^53. */
export function uint64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 0x1_0000_0000));
  view.setUint32(4, value >>> 0);
  return bytes;
}

/** The whole number in eight big-endian bytes. @throws ChoirError length_wrong, value_out_of_range above 2^53 - 1. */
export function uint64Value(bytes: Uint8Array, offset = 0): number {
  if (bytes.length < offset + 8) {
    throw new ChoirError("length_wrong", "uint64", `8 bytes from ${offset}`, `${bytes.length} bytes in all`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8);
  const value = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
  if (!Number.isSafeInteger(value))
    throw new ChoirError("value_out_of_range", "uint64", "at most 2^53 - 1", `${value}`);
  return value;
}
