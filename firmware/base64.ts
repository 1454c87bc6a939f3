/** Base64 (RFC 4648, 4), read strictly: one text for each bytes, padded, without anything else in it. */

import { ChoirError } from "../core/errors.ts";

const PAD = 0x3d;

/** The bytes of a text. @throws ChoirError input_invalid for any other character, a wrong length, and bits that belong to no byte. */
export function fromBase64(text: string, name: string): Uint8Array {
  if (text.length % 4 !== 0) throw wrong(name);
  let digits = text.length;
  // two characters of padding at most: a third is no digit
  for (let pads = 0; pads < 2 && digits > 0 && text.charCodeAt(digits - 1) === PAD; pads++) digits--;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let waiting = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    bits = (bits << 6) | digitOf(text.charCodeAt(i), name);
    waiting += 6;
    if (waiting < 8) continue;
    waiting -= 8;
    bytes[at++] = bits >> waiting;
    bits &= (1 << waiting) - 1;
  }
  if (bits !== 0) throw wrong(name);
  return bytes;
}

/** Of one character; without a table to search, for the sake of engines that make a string of each character. */
function digitOf(code: number, name: string): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code === 0x2b) return 62;
  if (code === 0x2f) return 63;
  throw wrong(name);
}

function wrong(name: string): ChoirError {
  return new ChoirError("input_invalid", name, "padded base64", "other text");
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The one text of these bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    const digits = Math.min(3, bytes.length - at) + 1;
    for (let i = 0; i < 4; i++) text += i < digits ? DIGITS.charAt((group >> (18 - 6 * i)) & 63) : "=";
  }
  return text;
}
