/** Faults of the encoding, the topic and the envelope, each with the code that names it. */

import { asciiBytes, concatBytes, fromHex } from "../bytes.ts";
import { encodeCbor } from "../wire/cbor.ts";
import { decoders } from "./decoders.ts";
import { emptyMap, envelopeOf, type RefusalCase, sample, signature } from "./edits.ts";

const MESSAGES = decoders.map(({ name }) => name).filter((name) => name !== "topic");

const envelope = sample("envelope");
const header = asciiBytes("application/vnd.choir.v1.key+cbor");
const headerAt = Buffer.from(envelope).indexOf(header);
const protectedHeader = envelope.slice(headerAt - 6, headerAt + header.length);
/** The first envelope with other bytes at an offset. */
function patched(offset: number, ...bytes: readonly number[]): Uint8Array {
  const copy = envelope.slice();
  copy.set(bytes, offset);
  return copy;
}

export const encodingCases: readonly RefusalCase[] = [
  // CBOR, by each decoder of a message
  ...MESSAGES.flatMap((name): readonly RefusalCase[] => [
    [name, name === "envelope" ? "type_wrong" : "cbor_malformed", "no bytes at all", new Uint8Array(0)],
    [name, "cbor_malformed", "the last byte missing", sample(name).slice(0, -1)],
    [name, "bytes_left_over", "a byte behind the item", concatBytes(sample(name), Uint8Array.of(0))],
  ]),
  ...(
    [
      ["a number not in its shortest form", "1817"],
      ["a length not in its shortest form", "580100"],
      ["a list of indefinite length", "9f00ff"],
      ["text of indefinite length", "7f6161ff"],
      ["a map of indefinite length", "bf0000ff"],
      ["a break alone", "ff"],
      ["undefined", "f7"],
      ["another simple value", "e0"],
      ["a float of a whole number", "f93c00"],
      ["a float", "f93e00"],
      ["not a number", "f97e00"],
      ["infinity", "f97c00"],
      ["a tag", "c000"],
      ["2^53", "1b0020000000000000"],
      ["-2^53", "3b001fffffffffffff"],
      ["2^64 - 1", "1bffffffffffffffff"],
      ["text that is not UTF-8", "61ff"],
      ["text with a surrogate", "63eda080"],
      ["map keys out of order", "a201000000"],
      ["a map key twice", "a200000001"],
      ["map keys in the order of values, not of bytes", "a220000100"],
      ["a text as a map key", "a1616100"],
      ["bytes as a map key, twice", "a2410100410100"],
      ["a list as a map key", "a18000"],
      ["two lists as map keys", "a28000810100"],
      ["a reserved length", "5c"],
      ["a list of 2^32 - 1 items that are not there", "9affffffff"],
      ["a list of 2^53 - 1 items that are not there", "9b001fffffffffffff"],
      ["a map of 2^53 - 1 pairs that are not there", "bb001fffffffffffff"],
      ["bytes of 2^32 - 1 that are not there", "5affffffff"],
      ["text of 2^53 - 1 that is not there", "7b001fffffffffffff"],
      ["nine lists within each other", "818181818181818180"],
      ["100,000 lists within each other", "81".repeat(100_000)],
      ["100,000 maps within each other", "a100".repeat(100_000)],
    ] as const
  ).map(([what, hex]): RefusalCase => ["cbor", "cbor_malformed", what, fromHex(hex)]),

  // topics
  ...[
    "",
    "/",
    "choir",
    "choir/v1",
    "choir/v1/g/east",
    "choir/v1/g/east/share",
    "choir/v1/g/east/share/t1/x",
    "choir/v1/g/east/share/t+",
    "choir/v1/g/east/beacon/x",
    "choir/v1/m/meter-1/beacon",
    "choir/v1/g/east/reading",
    "choir/v1/g/east/reading/m/x",
    "choir/v1/g/east/aggregate/x",
    "choir/v1/g//aggregate",
    "choir/v1/g/+/aggregate",
    "choir/v1/g/east/#",
    "choir/v1/m/meter-1/reading",
    "choir/v1/m/meter-1/status/",
    "choir/v1/x/meter-1/status",
    "/choir/v1/m/meter-1/status",
    "Choir/v1/m/meter-1/status",
    "choir/1/m/meter-1/status",
    "choir/v1/m/meter\0/status",
    `choir/v1/m/${"m".repeat(33)}/status`,
  ].map((text): RefusalCase => ["topic", "field_wrong", JSON.stringify(text), asciiBytes(text)]),
  ["topic", "version_unknown", "another version", asciiBytes("choir/v2/m/meter-1/status")],
  ["topic", "version_unknown", "a version written otherwise", asciiBytes("choir/v01/g/east/aggregate")],

  // the envelope
  ["envelope", "type_wrong", "no tag", envelope.slice(1)],
  ["envelope", "type_wrong", "another tag (COSE_Mac0)", patched(0, 0xd1)],
  ["envelope", "type_wrong", "the tag not in its shortest form", concatBytes(fromHex("d812"), envelope.slice(1))],
  ["envelope", "type_wrong", "another algorithm (EdDSA, -8)", patched(headerAt - 4, 0x27)],
  ["envelope", "type_wrong", "a type that does not exist", patched(headerAt + 25, ...asciiBytes("kez"))],
  ["envelope", "type_wrong", "no header", envelopeOf(new Uint8Array(0), emptyMap, new Uint8Array(0), signature)],
  ["envelope", "version_unknown", "a content type of version 2", patched(headerAt + 23, 0x32)],
  ["envelope", "field_wrong", "three parts", envelopeOf(protectedHeader, emptyMap, signature)],
  ["envelope", "field_wrong", "five parts", envelopeOf(protectedHeader, emptyMap, signature, signature, 0)],
  ["envelope", "field_wrong", "no list", concatBytes(Uint8Array.of(0xd2), encodeCbor("text"))],
  ["envelope", "field_wrong", "a detached payload", envelopeOf(protectedHeader, emptyMap, null, signature)],
  [
    "envelope",
    "field_wrong",
    "a header that is a map",
    envelopeOf(new Map([[1, -19]]), emptyMap, signature, signature),
  ],
  [
    "envelope",
    "field_wrong",
    "an unprotected header with an entry",
    envelopeOf(protectedHeader, new Map([[4, 0]]), signature, signature),
  ],
  [
    "envelope",
    "field_wrong",
    "an unprotected header that is a list",
    envelopeOf(protectedHeader, [], signature, signature),
  ],
  [
    "envelope",
    "length_wrong",
    "a signature of 63 bytes",
    envelopeOf(protectedHeader, emptyMap, signature, signature.slice(1)),
  ],
  ["envelope", "length_wrong", "no signature", envelopeOf(protectedHeader, emptyMap, signature, new Uint8Array(0))],
];
