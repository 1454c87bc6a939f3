/** Base64 (RFC 4648, 4), read strictly: one text for each bytes, padded, without anything else in it. */

import { ChoirError } from "../core/errors.ts";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = "=";

/** The bytes of a text. @throws ChoirError input_invalid for any other character, a wrong length, and bits that belong to no byte. */
export function fromBase64(text: string, name: string): Uint8Array {
  const digits = text.endsWith("==") ? text.length - 2 : text.endsWith(PAD) ? text.length - 1 : text.length;
  if (text.length % 4 !== 0) throw wrong(name);
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let waiting = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const value = DIGITS.indexOf(text.charAt(i));
    if (value < 0) throw wrong(name);
    bits = (bits << 6) | value;
    waiting += 6;
    if (waiting < 8) continue;
    waiting -= 8;
    bytes[at++] = bits >> waiting;
    bits &= (1 << waiting) - 1;
  }
  if (bits !== 0) throw wrong(name);
  return bytes;
}

function wrong(name: string): ChoirError {
  return new ChoirError("input_invalid", name, "padded base64", "other text");
}
