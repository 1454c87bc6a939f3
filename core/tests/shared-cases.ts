/** Faults of the messages of shared custody, each with the code that names it. */

import { bytesToInteger } from "../integers.ts";
import { type CborValue, encodeCbor } from "../wire/cbor.ts";
import { cut, edit, edits, fieldsOf, type RefusalCase, signature, wide } from "./edits.ts";

const FILE = "shared key file";
/** Where the fields of a sharing stand. */
const [PROVIDER_KEY, SEALING_KEY, THRESHOLD, V, HOLDERS, PROVIDER_HOLDER] = [13, 14, 15, 16, 17, 18] as const;

// a list of lists, as the vectors have it
const holders = fieldsOf(FILE)[HOLDERS] as readonly (readonly CborValue[])[];
/** The holders with fields of one of them changed, by index. */
const withHolder = (at: number, changes: Readonly<Record<number, CborValue>>): readonly CborValue[] =>
  holders.map((fields, i) => (i === at ? fields.map((field, j) => changes[j] ?? field) : fields));
const many = (count: number): readonly CborValue[] =>
  Array.from({ length: count }, (_, i) => [
    `t-${String(i).padStart(2, "0")}`,
    new Uint8Array(32).fill(i + 1),
    new Uint8Array(32).fill(i + 1),
    wide(5n),
  ]);

const n = bytesToInteger(fieldsOf(FILE)[2] as Uint8Array);

export const sharedCases: readonly RefusalCase[] = [
  // the key file
  [FILE, "field_wrong", "the fields of another custody", encodeCbor(fieldsOf(FILE).slice(0, 14))],
  [FILE, "field_wrong", "another custody with these fields", edit(FILE, 1, "provider")],
  [
    FILE,
    "key_too_short",
    "n of 496 bits",
    edits(FILE, { 2: new Uint8Array(62).fill(0xff), 4: new Uint8Array(124).fill(1) }),
  ],
  [FILE, "length_wrong", "a provider's sealing key of 31 bytes", edit(FILE, SEALING_KEY, cut(FILE, SEALING_KEY))],
  [FILE, "field_wrong", "a provider without a sealing key", edit(FILE, SEALING_KEY, null)],
  [FILE, "value_out_of_range", "a threshold of 0", edit(FILE, THRESHOLD, 0)],
  [FILE, "value_out_of_range", "a threshold of 1, with which each holder opens alone", edit(FILE, THRESHOLD, 1)],
  [FILE, "value_out_of_range", "a threshold above the holders", edit(FILE, THRESHOLD, holders.length + 1)],
  [FILE, "length_wrong", "v one byte short", edit(FILE, V, cut(FILE, V))],
  ...[0n, n, 3n * n, n * n].flatMap((value): readonly RefusalCase[] => [
    [FILE, "ciphertext_out_of_range", `v = ${value}`.slice(0, 20), edit(FILE, V, wide(value))],
    [
      FILE,
      "ciphertext_out_of_range",
      `v_1 = ${value}`.slice(0, 20),
      edit(FILE, HOLDERS, withHolder(0, { 3: wide(value) })),
    ],
  ]),
  [FILE, "value_out_of_range", "one holder", edits(FILE, { [HOLDERS]: holders.slice(0, 1), [THRESHOLD]: 1 })],
  [
    FILE,
    "value_out_of_range",
    "33 holders",
    edits(FILE, { [HOLDERS]: many(33), [PROVIDER_HOLDER]: null, [THRESHOLD]: 3 }),
  ],
  [FILE, "field_wrong", "holders out of order", edit(FILE, HOLDERS, [...holders].reverse())],
  [FILE, "field_wrong", "a holder twice", edit(FILE, HOLDERS, withHolder(2, { 0: "trustee-1" }))],
  [FILE, "field_wrong", "a holder of three fields", edit(FILE, HOLDERS, [...many(3), ["u", signature.slice(32)]])],
  [FILE, "length_wrong", "a holder's key of 33 bytes", edit(FILE, HOLDERS, withHolder(1, { 1: new Uint8Array(33) }))],
  [
    FILE,
    "length_wrong",
    "a holder's sealing key of 0 bytes",
    edit(FILE, HOLDERS, withHolder(1, { 2: new Uint8Array(0) })),
  ],
  [FILE, "length_wrong", "a verification value of another width", edit(FILE, HOLDERS, withHolder(1, { 3: signature }))],
  [
    FILE,
    "field_wrong",
    "two shares for one signing key",
    edit(FILE, HOLDERS, withHolder(2, { 1: holders[1]?.[1] ?? 0 })),
  ],
  [
    FILE,
    "field_wrong",
    "two shares for one sealing key",
    edit(FILE, HOLDERS, withHolder(2, { 2: holders[1]?.[2] ?? 0 })),
  ],
  [FILE, "field_wrong", "a provider's share that nobody holds", edit(FILE, PROVIDER_HOLDER, "someone")],
  [FILE, "field_wrong", "a provider's share with a trustee's keys", edit(FILE, PROVIDER_HOLDER, "trustee-1")],
  [FILE, "field_wrong", "a provider that is listed as a trustee, too", edit(FILE, PROVIDER_HOLDER, null)],
  [FILE, "field_wrong", "a provider's share with another key", edit(FILE, PROVIDER_KEY, new Uint8Array(32))],

  // countersigned files
  ["signed file", "field_wrong", "a file that is no bytes", edit("signed file", 0, "file")],
  ["signed file", "field_wrong", "countersignatures that are no list", edit("signed file", 1, null)],
  ["signed file", "field_wrong", "a countersignature of one field", edit("signed file", 1, [["t"]])],
  ["signed file", "field_wrong", "a countersignature of no id", edit("signed file", 1, [["a/b", signature]])],
  [
    "signed file",
    "field_wrong",
    "countersignatures out of order",
    edit("signed file", 1, [
      ["t2", signature],
      ["t1", signature],
    ]),
  ],
  [
    "signed file",
    "field_wrong",
    "a trustee twice",
    edit("signed file", 1, [
      ["t1", signature],
      ["t1", signature],
    ]),
  ],
  [
    "signed file",
    "length_wrong",
    "a countersignature of 63 bytes",
    edit("signed file", 1, [["t", signature.slice(1)]]),
  ],

  ["signed file", "field_wrong", "a second list of none", encodeCbor([...fieldsOf("signed file"), []])],
  [
    "signed file",
    "field_wrong",
    "a second list out of order",
    encodeCbor([
      ...fieldsOf("signed file"),
      [
        ["t2", signature],
        ["t1", signature],
      ],
    ]),
  ],

  // files for a meter
  ["files", "field_wrong", "neither a key file nor a roll", encodeCbor([null, null])],
  ["files", "field_wrong", "a file that is no bytes", edit("files", 1, "roll")],
  ["files", "length_wrong", "more than a configuration holds", edit("files", 0, new Uint8Array(65_536))],

  // shares of keys
  ["key share file", "length_wrong", "a key id of 15 bytes", edit("key share file", 0, cut("key share file", 0))],
  ["key share file", "field_wrong", "a holder that is no id", edit("key share file", 1, "")],
  ["key share file", "field_wrong", "no share", edit("key share file", 2, null)],
  ["key share file", "length_wrong", "a share one byte short", edit("key share file", 2, cut("key share file", 2))],

  // shares
  ["share", "value_out_of_range", "a roll before the first", edit("share", 3, -1)],
  ["share", "value_out_of_range", "a part below 0", edit("share", 4, -1)],
  ["share", "field_wrong", "a trustee that is no id", edit("share", 5, "a b")],
  ["share", "field_wrong", "a status that does not exist", edit("share", 6, "given")],
  ["share", "field_wrong", "a share that is refused", edit("share", 6, "refused")],
  ["share", "field_wrong", "no sealed share", edit("share", 7, null)],
  ["share", "length_wrong", "a sealed share one byte short", edit("share", 7, cut("share", 7))],
  ["share", "length_wrong", "a sealed share of another key's width", edit("share", 7, signature)],
  ["share", "field_wrong", "a refusal without blocks", refusal("refused", "proof_wrong")],
  ["share", "field_wrong", "a refusal for a reason that does not exist", refusal("refused", "mood", [])],
  ["share", "field_wrong", "a refusal for a reason of others", refusal("refused", "outbox_full", [])],
  ["share", "field_wrong", "a refusal with blocks out of order", refusal("refused", "proof_wrong", ["b2", "b1"])],
  ["share", "field_wrong", "a share with blocks to leave out", refusal("share", signature, [])],

  // testimony and beacon
  ["testimony", "field_wrong", "an aggregate that is no bytes", edit("testimony", 0, [])],
  ["testimony", "field_wrong", "evidence that is no list", edit("testimony", 1, signature)],
  ["testimony", "field_wrong", "an envelope that is no bytes", edit("testimony", 1, ["text"])],
  ["testimony", "field_wrong", "an envelope twice", edit("testimony", 1, [signature, signature])],
  ["testimony", "field_wrong", "envelopes out of order", edit("testimony", 1, [signature, new Uint8Array(0)])],
  ["beacon", "value_out_of_range", "an instant before the epoch", edit("beacon", 3, -1)],
  ["beacon", "field_wrong", "an instant of the interval before", edit("beacon", 3, 1_980_007 * 900_000 - 1)],
  ["beacon", "field_wrong", "an instant of the interval after", edit("beacon", 3, 1_980_008 * 900_000)],
  ["beacon", "field_wrong", "another interval", edit("beacon", 1, 1_980_006)],
];

/** The first share with another end. */
function refusal(...rest: readonly CborValue[]): Uint8Array {
  return encodeCbor([...fieldsOf("share").slice(0, 6), ...rest]);
}
