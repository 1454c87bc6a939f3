/** Text in messages: the engine's strings hold what the bytes say, whether it counts them by code points or by code units. */

import { concatBytes, fromHex } from "../../../../core/bytes.ts";
import { decodeCbor } from "../../../../core/wire/cbor.ts";
import { type Case, check, refused } from "../case.ts";

/** UTF-8 of a text, in hex, and its one form in a URL. */
const TEXTS = [
  { hex: "c3bc", escaped: "%C3%BC" },
  { hex: "efbfbf", escaped: "%EF%BF%BF" },
  { hex: "f09f8fa0", escaped: "%F0%9F%8F%A0" },
  { hex: "f48fbfbf", escaped: "%F4%8F%BF%BF" },
];

/** A surrogate, a form that is too long, a code point that does not exist, half a character. */
const ILL_FORMED = ["eda080", "c0af", "f4908080", "f09f8f"];

function item(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  return concatBytes(Uint8Array.of(0x60 | bytes.length), bytes);
}

export const textCases: readonly Case[] = [
  {
    name: "Text: every plane's characters are read as they were written",
    run: async () => {
      for (const { hex, escaped } of TEXTS) {
        const text = decodeCbor(item(hex), "text");
        check(typeof text === "string" && encodeURIComponent(text) === escaped, `${hex} is ${escaped}`);
      }
    },
  },
  {
    name: "Text: ill-formed UTF-8 is refused",
    run: async () => {
      for (const hex of ILL_FORMED) await refused("cbor_malformed", () => decodeCbor(item(hex), "text"), hex);
    },
  },
];
