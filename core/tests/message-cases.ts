/** Faults of each message's fields, each with the code that names it. */

import { asciiBytes, concatBytes, fromHex } from "../bytes.ts";
import { integerToBytes } from "../integers.ts";
import { encodeAggregate } from "../wire/aggregate.ts";
import { type CborValue, encodeCbor } from "../wire/cbor.ts";
import { encodeEvidence } from "../wire/evidence.ts";
import { aggregate, decoders, key } from "./decoders.ts";
import {
  cut,
  edit,
  edits,
  emptyMap,
  envelopeOf,
  fieldsOf,
  type RefusalCase,
  sample,
  signature,
  wide,
} from "./edits.ts";
import { integer, paillierVector } from "./vectors.ts";

/** Messages that are lists of a fixed number of fields. */
const LISTS = decoders
  .map(({ name }) => name)
  .filter((name) => !["topic", "cbor", "envelope", "evidence"].includes(name));

const envelope = sample("envelope");
const [seatA, seatB, keyBytes] = ["a", "b", new Uint8Array(32)];
const roll = (groups: CborValue, blocks: CborValue, feeders: CborValue = []) =>
  encodeCbor([1, 2, groups, blocks, feeders]);
const group = (id: string, feeder: CborValue, blocks: CborValue): CborValue => [
  id,
  "paillier",
  keyBytes,
  feeder,
  blocks,
];

const p = integer(paillierVector(512).p);
const channelsAt = 7;
const widest = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => [`1-0:${i}.8.0`, 2 ** 53 - 1]);

export const messageCases: readonly RefusalCase[] = [
  // what all lists of fields share
  ...LISTS.flatMap((name): readonly RefusalCase[] => [
    [name, "field_wrong", "a field too few", encodeCbor(fieldsOf(name).slice(0, -1))],
    [name, "field_wrong", "a field too many", encodeCbor([...fieldsOf(name), 0])],
    [name, "field_wrong", "no list", encodeCbor(7)],
    [name, "field_wrong", "a list of the right length, of nothing", encodeCbor(fieldsOf(name).map(() => null))],
  ]),
  ...(["reading", "feeder", "aggregate", "receipt", "share", "beacon"] as const).flatMap(
    (name): readonly RefusalCase[] => [
      [name, "field_wrong", "a name that is no id", edit(name, 0, "a/b")],
      [name, "field_wrong", "a name of 33 characters", edit(name, 0, "m".repeat(33))],
      [name, "field_wrong", "a name as bytes", edit(name, 0, asciiBytes("meter-1"))],
      [name, "field_wrong", "an interval as text", edit(name, 1, "7")],
      [name, "value_out_of_range", "an interval below 0", edit(name, 1, -1)],
      [name, "field_wrong", "a key id as text", edit(name, 2, "0123456789abcdef")],
      [name, "length_wrong", "a key id of 15 bytes", edit(name, 2, new Uint8Array(15))],
      [name, "length_wrong", "a key id of 17 bytes", edit(name, 2, new Uint8Array(17))],
    ],
  ),

  // the key file
  ["key file", "value_out_of_range", "a version below 0", edit("key file", 0, -1)],
  ["key file", "field_wrong", "a custody that does not exist", edit("key file", 1, "mine")],
  ["key file", "field_wrong", "another custody's number of fields", edit("key file", 1, "shared")],
  [
    "key file",
    "key_too_short",
    "n of 496 bits",
    edits("key file", { 2: new Uint8Array(62).fill(0xff), 4: new Uint8Array(124).fill(1) }),
  ],
  ["key file", "value_out_of_range", "an even n", edit("key file", 2, integerToBytes(key.n - 1n, 64))],
  [
    "key file",
    "value_out_of_range",
    "n of 519 bits",
    edits("key file", { 2: new Uint8Array(65).fill(0x7f), 4: new Uint8Array(130).fill(1) }),
  ],
  [
    "key file",
    "length_wrong",
    "n of 8200 bits",
    edits("key file", { 2: new Uint8Array(1025).fill(255), 4: new Uint8Array(2050).fill(1) }),
  ],
  [
    "key file",
    "length_wrong",
    "n with a leading zero",
    edits("key file", { 2: integerToBytes(key.n, 65), 4: integerToBytes(key.base, 130) }),
  ],
  ["key file", "length_wrong", "h_s one byte short", edit("key file", 4, cut("key file", 4))],
  ["key file", "value_out_of_range", "h_s = 0", edit("key file", 4, wide(0n))],
  ["key file", "value_out_of_range", "h_s = 1", edit("key file", 4, wide(1n))],
  ["key file", "value_out_of_range", "h_s a multiple of n", edit("key file", 4, wide(key.n * 5n))],
  ["key file", "value_out_of_range", "h_s = n^2", edit("key file", 4, wide(key.nSquared))],
  ["key file", "length_wrong", "a seed of 31 bytes", edit("key file", 3, new Uint8Array(31))],
  ["key file", "length_wrong", "a table hash of 33 bytes", edit("key file", 5, new Uint8Array(33))],
  ["key file", "value_out_of_range", "an interval of 0 s", edit("key file", 6, 0)],
  ["key file", "value_out_of_range", "an interval of more than a day", edit("key file", 6, 86_401)],
  ["key file", "value_out_of_range", "no channels", edit("key file", channelsAt, [])],
  ["key file", "field_wrong", "a channel of three fields", edit("key file", channelsAt, [["1-0:1.8.0", 1, 1]])],
  ["key file", "field_wrong", "a channel without an OBIS code", edit("key file", channelsAt, [["energy", 1]])],
  [
    "key file",
    "field_wrong",
    "a channel twice",
    edit("key file", channelsAt, [
      ["1-0:1.8.0", 1],
      ["1-0:1.8.0", 1],
    ]),
  ],
  ["key file", "value_out_of_range", "a channel whose maximum is 0", edit("key file", channelsAt, [["1-0:1.8.0", 0]])],
  ["key file", "value_out_of_range", "a largest group of 0", edit("key file", 8, 0)],
  ["key file", "value_out_of_range", "a largest group above 2^20", edit("key file", 8, 2 ** 20 + 1)],
  [
    "key file",
    "value_out_of_range",
    "a plaintext as wide as n",
    edits("key file", { [channelsAt]: widest, 8: 2 ** 20 }),
  ],
  ["key file", "field_wrong", "slots wider than its channels need", edit("key file", 9, [8, 33, 32])],
  ["key file", "field_wrong", "a slot too many", edit("key file", 9, [8, 32, 32, 1])],
  ["key file", "value_out_of_range", "k_min of 0", edit("key file", 10, 0)],
  ["key file", "value_out_of_range", "k_min above the largest group", edit("key file", 10, 49)],
  ["key file", "value_out_of_range", "a last interval before the first", edit("key file", 12, 1_979_999)],
  ["key file", "length_wrong", "a provider key of 31 bytes", edit("key file", 13, new Uint8Array(31))],

  // the roll
  ["roll", "value_out_of_range", "a version below 0", edit("roll", 0, -1)],
  ["roll", "field_wrong", "groups out of order", roll([group("b", null, []), group("a", null, [])], [])],
  ["roll", "field_wrong", "a group twice", roll([group("a", null, []), group("a", null, [])], [])],
  ["roll", "field_wrong", "a group of four fields", roll([["a", "paillier", keyBytes, null]], [])],
  ["roll", "field_wrong", "a scheme that does not exist", roll([["a", "masks", keyBytes, null, []]], [])],
  [
    "roll",
    "length_wrong",
    "an aggregator's key of 31 bytes",
    roll([["a", "paillier", keyBytes.slice(1), null, []]], []),
  ],
  ["roll", "field_wrong", "a group's block twice", roll([group("a", null, ["b", "b"])], [["b", []]])],
  ["roll", "block_unknown", "a group's block that is not there", roll([group("a", null, ["b", "c"])], [["b", []]])],
  ["roll", "field_wrong", "a group's feeder that is not there", roll([group("a", "rod", [])], [])],
  [
    "roll",
    "field_wrong",
    "blocks out of order",
    roll(
      [],
      [
        ["b", []],
        ["a", []],
      ],
    ),
  ],
  ["roll", "field_wrong", "a seat twice in one block", roll([], [["b", [[seatA], [seatA]]]])],
  [
    "roll",
    "field_wrong",
    "a seat twice in two blocks",
    roll(
      [],
      [
        ["b", [[seatA]]],
        ["c", [[seatA]]],
      ],
    ),
  ],
  ["roll", "field_wrong", "a seat of two fields", roll([], [["b", [[seatA, "m"]]]])],
  [
    "roll",
    "field_wrong",
    "a meter on two seats",
    roll(
      [],
      [
        [
          "b",
          [
            [seatA, "m", keyBytes],
            [seatB, "m", keyBytes],
          ],
        ],
      ],
    ),
  ],
  [
    "roll",
    "field_wrong",
    "a meter that is a feeder too",
    roll([], [["b", [[seatA, "m", keyBytes]]]], [["m", keyBytes]]),
  ],
  [
    "roll",
    "field_wrong",
    "two meters with one key",
    roll(
      [],
      [
        [
          "b",
          [
            [seatA, "m", keyBytes],
            ["s2", "m2", keyBytes],
          ],
        ],
      ],
    ),
  ],
  ["roll", "length_wrong", "a meter's key of 33 bytes", roll([], [["b", [[seatA, "m", new Uint8Array(33)]]]])],
  [
    "roll",
    "field_wrong",
    "feeders out of order",
    roll(
      [],
      [],
      [
        ["b", keyBytes],
        ["a", keyBytes],
      ],
    ),
  ],
  ["roll", "length_wrong", "a feeder's key of 0 bytes", roll([], [], [["a", new Uint8Array(0)]])],

  // readings and the feeder's
  ["reading", "length_wrong", "a ciphertext one byte short", edit("reading", 3, cut("reading", 3))],
  ["reading", "length_wrong", "A one byte long", edit("reading", 4, new Uint8Array(2 * key.bytes + 1))],
  ["reading", "length_wrong", "z1 one byte short", edit("reading", 5, cut("reading", 5))],
  ["reading", "length_wrong", "z2 one byte short", edit("reading", 6, cut("reading", 6))],
  ["reading", "field_wrong", "a proof that is missing", edit("reading", 4, null)],
  ...([0n, key.n, key.n * 2n, key.nSquared, 256n ** 128n - 1n] as const).flatMap((value): readonly RefusalCase[] => [
    ["reading", "ciphertext_out_of_range", `c = ${value}`.slice(0, 20), edit("reading", 3, wide(value))],
    ["reading", "ciphertext_out_of_range", `A = ${value}`.slice(0, 20), edit("reading", 4, wide(value))],
  ]),
  ["feeder", "value_out_of_range", "an energy below 0", edit("feeder", 3, [0, -1])],
  ["feeder", "field_wrong", "an energy as text", edit("feeder", 3, [0, "1"])],
  ["feeder", "field_wrong", "one channel of two", edit("feeder", 3, [0])],
  ["feeder", "field_wrong", "energies that are no list", edit("feeder", 3, 0)],

  // aggregate, evidence, receipt
  ["aggregate", "value_out_of_range", "a part below 0", edit("aggregate", 4, -1)],
  ["aggregate", "field_wrong", "blocks out of order", edit("aggregate", 5, ["b2", "b1"])],
  ["aggregate", "field_wrong", "a block twice", edit("aggregate", 5, ["b1", "b1"])],
  [
    "aggregate",
    "field_wrong",
    "left-out blocks out of order",
    encodeAggregate({ ...aggregate, leftOut: [...aggregate.leftOut].reverse() }),
  ],
  ["aggregate", "field_wrong", "a block both counted and left out", edit("aggregate", 5, ["b1", "b3"])],
  ["aggregate", "field_wrong", "a reason that does not exist", edit("aggregate", 6, [["b3", "lost", []]])],
  ["aggregate", "field_wrong", "missing meters out of order", edit("aggregate", 6, [["b3", "missing", ["n", "m"]]])],
  ["aggregate", "field_wrong", "blocks without a product", encodeAggregate({ ...aggregate, product: undefined })],
  ["aggregate", "field_wrong", "a product of no blocks", encodeAggregate({ ...aggregate, blocks: [] })],
  ["aggregate", "length_wrong", "a product one byte short", edit("aggregate", 7, new Uint8Array(2 * key.bytes - 1))],
  ["aggregate", "length_wrong", "an evidence hash of 31 bytes", edit("aggregate", 8, new Uint8Array(31))],
  ...([0n, key.n, key.nSquared, p, key.n + p] as const).map(
    (value): RefusalCase => [
      "aggregate",
      "ciphertext_out_of_range",
      `a product of ${value}`.slice(0, 30),
      edit("aggregate", 7, wide(value)),
    ],
  ),
  ["receipt", "value_out_of_range", "a part below 0", edit("receipt", 3, -1)],
  ["receipt", "field_wrong", "a status that does not exist", edit("receipt", 4, "seen")],
  ["receipt", "field_wrong", "blocks out of order", edit("receipt", 5, ["b2", "b1"])],
  ["evidence", "field_wrong", "no list", encodeCbor(7)],
  ["evidence", "field_wrong", "an envelope that is no bytes", encodeCbor(["text"])],
  ["evidence", "field_wrong", "envelopes out of order", encodeCbor([...fieldsOf("evidence")].reverse())],
  [
    "evidence",
    "field_wrong",
    "an envelope twice",
    encodeCbor([fieldsOf("evidence")[0] ?? 0, fieldsOf("evidence")[0] ?? 0]),
  ],
  ["evidence", "type_wrong", "an envelope of another type", encodeEvidence([envelope])],
  ["evidence", "version_unknown", "an envelope of another version", encodeCbor([patchedReading(23)])],
  ["evidence", "length_wrong", "a reading under a longer key", encodeCbor([sealedReading(3, new Uint8Array(512))])],
  ["evidence", "value_out_of_range", "a reading before the epoch", encodeCbor([sealedReading(1, -1)])],

  // status and event
  ["status", "field_wrong", "a lost meter with diagnostics", encodeCbor(["m", "lost", 0, 0, "unset", 0, 0, 0, 0, 0])],
  ["status", "field_wrong", "an online meter without", encodeCbor(["m", "online"])],
  [
    "status",
    "field_wrong",
    "a clock quality that does not exist",
    encodeCbor(["m", "online", 0, 0, "good", 0, 0, 0, 0, 0]),
  ],
  ["status", "value_out_of_range", "an uptime below 0", encodeCbor(["m", "online", -1, 0, "unset", 0, 0, 0, 0, 0])],
  ["event", "field_wrong", "a code that does not exist", encodeCbor(["m", "exploded", null])],
  ["event", "field_wrong", "an interval as text", encodeCbor(["m", "booted", "7"])],
  ["event", "value_out_of_range", "an interval below 0", encodeCbor(["m", "booted", -1])],
];

/** The first envelope of the evidence with the byte at this offset of its content type raised by one. */
function patchedReading(offset: number): Uint8Array {
  const copy = (fieldsOf("evidence")[0] as Uint8Array).slice();
  const at = Buffer.from(copy).indexOf("application/") + offset;
  copy[at] = (copy[at] ?? 0) + 1;
  return copy;
}

/** An envelope of the first reading with one field changed. */
function sealedReading(index: number, value: CborValue): Uint8Array {
  const readingHeader = concatBytes(fromHex("a20132037825"), asciiBytes("application/vnd.choir.v1.reading+cbor"));
  return envelopeOf(readingHeader, emptyMap, edit("reading", index, value), signature);
}
