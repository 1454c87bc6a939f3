/** Every decoder of the wire with the codes that it may throw and messages that it accepts (docs/PROTOCOL.md, Refusals): what refusals and fuzz are tested over. */

import { asciiBytes, fromHex } from "../bytes.ts";
import type { ErrorCode } from "../errors.ts";
import { bytesToInteger, integerToBytes } from "../integers.ts";
import { checkProduct } from "../paillier/ciphertext.ts";
import { statement } from "../paillier/proof.ts";
import type { Signer } from "../ports.ts";
import { type Aggregate, decodeAggregate, encodeAggregate } from "../wire/aggregate.ts";
import { decodeBeacon, encodeBeacon } from "../wire/beacon.ts";
import { decodeCbor, encodeCbor } from "../wire/cbor.ts";
import { decodeConfiguration, encodeConfiguration } from "../wire/configuration.ts";
import { decodeSignedFile, encodeSignedFile } from "../wire/countersigned.ts";
import { type MessageType, parseEnvelope, sealEnvelope } from "../wire/envelope.ts";
import { decodeEvidence, encodeEvidence } from "../wire/evidence.ts";
import { decodeFeeder, encodeFeeder } from "../wire/feeder.ts";
import { decodeFiles, encodeFiles, MOST_FILES_BYTES } from "../wire/files.ts";
import { decodeKeyFile, signKeyFile } from "../wire/key-file.ts";
import { decodeKeyShareFile, encodeKeyShareFile } from "../wire/key-share-file.ts";
import { decodeReading, encodeReading } from "../wire/reading.ts";
import { decodeReceipt, encodeReceipt } from "../wire/receipt.ts";
import { decodeRoll, signRoll } from "../wire/roll.ts";
import { decodeShare, encodeShare } from "../wire/share.ts";
import { decodeEvent, decodeStatus, encodeEvent, encodeStatus } from "../wire/status.ts";
import { decodeTestimony, encodeTestimony } from "../wire/testimony.ts";
import { parseTopic, topics } from "../wire/topics.ts";
import { digest } from "./machine.ts";
import { sharedWireFile, testKey, type WireVector, wireFile } from "./vectors.ts";

export type Decoder = {
  readonly name: string;
  /** All that it may throw. */
  readonly codes: readonly ErrorCode[];
  /** Messages that it accepts. */
  readonly corpus: readonly Uint8Array[];
  /** Decodes, as far as one message alone can be checked, and encodes what came out. */
  readonly again: (bytes: Uint8Array) => Uint8Array;
};

export const { key, plan, keyId } = testKey(512);

const messages: readonly WireVector[] = [...wireFile().messages, ...sharedWireFile().messages];
/** Payloads of a type in the vectors, those of the 512-bit key where a key is needed. */
const payloads = (type: string, bits = 512): readonly Uint8Array[] =>
  messages.filter((one) => one.type === type && (one.bits ?? bits) === bits).map((one) => fromHex(one.payload));
const keyFiles = (custody: string): readonly Uint8Array[] =>
  messages
    .filter((one) => one.type === "key" && one.bits === 512 && one.fields["custody"] === custody)
    .map((one) => fromHex(one.payload));
/** Shares of the vectors' keys, and their interval. */
const [HOLDERS, INTERVAL_MS] = [4, 900_000] as const;
const envelopes = (wanted: (one: WireVector) => boolean): readonly Uint8Array[] =>
  messages.flatMap((one) => (one.envelope !== undefined && wanted(one) ? [fromHex(one.envelope)] : []));

/** Signs with whatever signature it is given, to put a message together again. */
export const signerWith = (signature: Uint8Array): Signer => ({ publicKey: new Uint8Array(32), sign: () => signature });
const unsigned = signerWith(new Uint8Array(64));

export const aggregate: Aggregate = {
  group: "east",
  interval: 1_980_007,
  keyId,
  rollVersion: 3,
  part: 0,
  blocks: ["b1", "b2"],
  leftOut: [
    { block: "b3", reason: "missing", meters: ["meter-1", "meter-2"] },
    { block: "b4", reason: "proof", meters: ["M"] },
  ],
  product: integerToBytes(key.nSquared - 1n, 2 * key.bytes),
  evidenceHash: new Uint8Array(32).fill(7),
};

/** Text of one character a byte, so that any bytes can be tried as a topic. */
export const topicOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function rebuildTopic(text: string): string {
  const topic = parseTopic(text);
  if (topic.kind === "reading") return topics.reading(topic.group, topic.meter);
  if (topic.kind === "share") return topics.share(topic.group, topic.trustee);
  return "group" in topic ? topics[topic.kind](topic.group) : topics[topic.kind](topic.meter);
}

const SIGNED_TYPES: readonly MessageType[] = [
  "key",
  "roll",
  "reading",
  "feeder",
  "aggregate",
  "share",
  "receipt",
  "beacon",
  "configuration",
];
/** The type that an envelope's header names, any where it names none. */
function typeIn(bytes: Uint8Array): MessageType {
  const text = topicOf(bytes.subarray(0, 60));
  return SIGNED_TYPES.find((type) => text.includes(`.${type}+`)) ?? "reading";
}

const CBOR: readonly ErrorCode[] = ["cbor_malformed", "bytes_left_over"];
const FIELDS: readonly ErrorCode[] = [...CBOR, "field_wrong", "value_out_of_range"];
const SIZED: readonly ErrorCode[] = [...FIELDS, "length_wrong"];
const ENVELOPE: readonly ErrorCode[] = [...CBOR, "field_wrong", "length_wrong", "type_wrong", "version_unknown"];

function decoder<T>(
  name: string,
  codes: readonly ErrorCode[],
  corpus: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): Decoder {
  return { name, codes, corpus, again: (bytes) => encode(decode(bytes)) };
}

export const decoders: readonly Decoder[] = [
  decoder(
    "topic",
    ["field_wrong", "version_unknown"],
    [
      topics.reading("east", "meter-1"),
      topics.share("east", "trustee-1"),
      ...[topics.aggregate, topics.evidence, topics.feeder, topics.receipt, topics.beacon].map((of) => of("east")),
      ...[topics.status, topics.event, topics.config].map((of) => of("meter-1")),
    ].map(asciiBytes),
    (bytes) => rebuildTopic(topicOf(bytes)),
    asciiBytes,
  ),
  decoder(
    "cbor",
    CBOR,
    [...payloads("roll"), ...payloads("status"), ...payloads("event"), fromHex("a3000103f520f4")],
    (bytes) => decodeCbor(bytes, "item"),
    encodeCbor,
  ),
  decoder(
    "envelope",
    ENVELOPE,
    envelopes((one) => (one.bits ?? 512) === 512),
    (bytes) => ({ type: typeIn(bytes), parsed: parseEnvelope(typeIn(bytes), bytes) }),
    ({ type, parsed }) => sealEnvelope(type, parsed.payload, signerWith(parsed.signature)),
  ),
  decoder(
    "key file",
    [...SIZED, "key_too_short"],
    keyFiles("provider"),
    (bytes) => decodeKeyFile(bytes, digest, 512),
    (file) => parseEnvelope("key", signKeyFile(file, unsigned)).payload,
  ),
  decoder(
    "shared key file",
    [...SIZED, "key_too_short", "ciphertext_out_of_range"],
    keyFiles("shared"),
    (bytes) => decodeKeyFile(bytes, digest, 512),
    (file) => parseEnvelope("key", signKeyFile(file, unsigned)).payload,
  ),
  decoder(
    "signed file",
    [...CBOR, "field_wrong", "length_wrong"],
    [...payloads("countersigned roll"), ...payloads("countersigned key")],
    (bytes) => decodeSignedFile(bytes, "file"),
    encodeSignedFile,
  ),
  decoder(
    "files",
    [...CBOR, "field_wrong", "length_wrong"],
    [
      encodeFiles({ keyFile: payloads("countersigned key")[0], roll: payloads("countersigned roll")[0] }),
      encodeFiles({ keyFile: undefined, roll: payloads("countersigned roll")[0] }),
      // so near to the bound that most damage that adds bytes goes beyond it
      encodeFiles({ keyFile: undefined, roll: new Uint8Array(MOST_FILES_BYTES - 8) }),
    ],
    decodeFiles,
    encodeFiles,
  ),
  decoder(
    "roll",
    [...SIZED, "block_unknown"],
    payloads("roll"),
    decodeRoll,
    (roll) => parseEnvelope("roll", signRoll(roll, unsigned)).payload,
  ),
  decoder(
    "reading",
    [...SIZED, "ciphertext_out_of_range"],
    payloads("reading"),
    (bytes) => {
      const reading = decodeReading(bytes, key, plan);
      statement(key, plan.bits, digest, reading, reading);
      return reading;
    },
    encodeReading,
  ),
  decoder("feeder", SIZED, payloads("feeder"), (bytes) => decodeFeeder(bytes, 2), encodeFeeder),
  decoder(
    "aggregate",
    [...SIZED, "ciphertext_out_of_range"],
    [aggregate, { ...aggregate, part: 1, leftOut: [] }, { ...aggregate, blocks: [], product: undefined }].map(
      encodeAggregate,
    ),
    (bytes) => {
      const decoded = decodeAggregate(bytes, key);
      if (decoded.product !== undefined) checkProduct(bytesToInteger(decoded.product), key, "product");
      return decoded;
    },
    encodeAggregate,
  ),
  decoder("share", SIZED, payloads("share").slice(0, 4), (bytes) => decodeShare(bytes, key, HOLDERS), encodeShare),
  decoder(
    "key share file",
    [...CBOR, "field_wrong", "length_wrong"],
    payloads("key share file"),
    (bytes) => decodeKeyShareFile(bytes, key),
    encodeKeyShareFile,
  ),
  decoder("beacon", SIZED, payloads("beacon"), (bytes) => decodeBeacon(bytes, INTERVAL_MS), encodeBeacon),
  decoder("testimony", [...CBOR, "field_wrong"], payloads("testimony", 2048), decodeTestimony, encodeTestimony),
  decoder("receipt", SIZED, payloads("receipt"), decodeReceipt, encodeReceipt),
  decoder(
    "evidence",
    [...SIZED, "type_wrong", "version_unknown"],
    [encodeEvidence(envelopes((one) => one.type === "reading" && one.bits === 512).slice(0, 3)), encodeEvidence([])],
    (bytes) => {
      const found = decodeEvidence(bytes);
      for (const envelope of found) decodeReading(parseEnvelope("reading", envelope).payload, key, plan);
      return found;
    },
    encodeEvidence,
  ),
  decoder("status", FIELDS, payloads("status"), decodeStatus, encodeStatus),
  decoder("event", FIELDS, payloads("event"), decodeEvent, encodeEvent),
  decoder("configuration", SIZED, payloads("configuration"), decodeConfiguration, encodeConfiguration),
];

/** The decoder of that name. */
export function decoderOf(name: string): Decoder {
  const found = decoders.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no decoder ${name}`);
  return found;
}
