/** Frozen: every message of protocol version 1, as fields, payload and signed envelope, is that of the reference in Python. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex, toHex } from "../bytes.ts";
import { nobleSigner, nobleVerify } from "../noble.ts";
import { type Aggregate, decodeAggregate, encodeAggregate, LEFT_OUT_REASONS } from "../wire/aggregate.ts";
import { decodeBeacon, encodeBeacon } from "../wire/beacon.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields, viewCbor } from "../wire/cbor.ts";
import { type Configuration, decodeConfiguration, encodeConfiguration } from "../wire/configuration.ts";
import { decodeSignedFile, encodeSignedFile } from "../wire/countersigned.ts";
import { checkSignature, type MessageType, parseEnvelope, sealEnvelope } from "../wire/envelope.ts";
import { decodeEvidence, encodeEvidence, evidenceHash } from "../wire/evidence.ts";
import { decodeFeeder, encodeFeeder } from "../wire/feeder.ts";
import { decodeKeyFile, type KeyFile, signKeyFile } from "../wire/key-file.ts";
import { decodeKeyShareFile, encodeKeyShareFile } from "../wire/key-share-file.ts";
import { decodeReading, encodeReading } from "../wire/reading.ts";
import { decodeReceipt, encodeReceipt } from "../wire/receipt.ts";
import { decodeRoll, type Roll, signRoll } from "../wire/roll.ts";
import { decodeShare, encodeShare, SHARE_REFUSALS } from "../wire/share.ts";
import { decodeEvent, decodeStatus, encodeEvent, encodeStatus } from "../wire/status.ts";
import { decodeTestimony, encodeTestimony } from "../wire/testimony.ts";
import { signerWith } from "./decoders.ts";
import { headsOf } from "./heads.ts";
import { digest, signerOf, verifySignature } from "./machine.ts";
import {
  integer,
  type Json,
  sharedWireFile,
  TEST_BITS,
  testKey,
  type WireFile,
  type WireVector,
  wireFile,
} from "./vectors.ts";

const [old, shared] = [wireFile(), sharedWireFile()];
const wire: WireFile = {
  seeds: { ...old.seeds, ...shared.seeds },
  messages: [...old.messages, ...shared.messages],
};
const INTERVAL_MS = 900_000;
const keys = new Map<number | undefined, ReturnType<typeof testKey>>(TEST_BITS.map((bits) => [bits, testKey(bits)]));
const keyOf = ({ bits }: WireVector) => keys.get(bits) ?? testKey(512);

/** A value as the vectors write it: bytes in hex, nothing as null. */
function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  if (typeof value === "string" || typeof value === "number") return value;
  throw new Error(`no JSON for a ${typeof value}`);
}

const keyFileFields = (file: KeyFile) => {
  const { key, layout: plan, sharing } = file;
  const wide = (element: bigint) => element.toString(16).padStart(4 * key.bytes, "0");
  return plain({
    version: file.version,
    custody: file.custody,
    n: file.n.toString(16),
    seed: file.seed,
    base: wide(file.base),
    tableHash: file.tableHash,
    intervalSeconds: file.intervalMs / 1000,
    channels: file.channels.map(({ obis, maximumMilliwattHours }) => [obis, maximumMilliwattHours]),
    largestGroup: file.largestGroup,
    slotBits: [plan.count.bits, ...plan.slots.map(({ bits }) => bits)],
    kMin: file.kMin,
    firstInterval: file.firstInterval,
    lastInterval: file.lastInterval,
    providerKey: file.providerKey,
    ...(sharing && {
      providerSealingKey: sharing.providerSealingKey,
      threshold: sharing.threshold,
      v: wide(sharing.v),
      holders: sharing.holders.map((one) => [one.holder, one.signingKey, one.sealingKey, wide(one.verification)]),
      providerHolder: sharing.providerHolder ?? null,
    }),
  });
};

const rollFields = (roll: Roll) =>
  plain({
    version: roll.version,
    firstInterval: roll.firstInterval,
    groups: roll.groups.map((one) => [one.group, one.scheme, one.aggregatorKey, one.feeder, one.blocks]),
    blocks: roll.blocks.map(({ block, seats }) => [
      block,
      seats.map(({ seat, occupant }) => (occupant === undefined ? [seat] : [seat, occupant.meter, occupant.key])),
    ]),
    feeders: roll.feeders.map(({ feeder, key }) => [feeder, key]),
  });

const aggregateFields = (one: Aggregate) =>
  plain({ ...one, leftOut: one.leftOut.map(({ block, reason, meters }) => [block, reason, meters]) });

const configurationFields = (one: Configuration) =>
  plain({
    ...one,
    broker: { ...one.broker, password: one.broker.password?.reveal() },
    wifi: one.wifi && { ...one.wifi, password: one.wifi.password?.reveal() },
  });

function countersignedCodec(payload: Uint8Array): readonly [Json, Uint8Array] {
  const file = decodeSignedFile(payload, "file");
  const trustees = (file.countersignatures ?? []).map(({ trustee }) => trustee);
  return [plain({ file: file.envelope, trustees }), encodeSignedFile(file)];
}

/** By type: the fields that a payload decodes to, and the payload that what was decoded encodes to. */
const codecs: Readonly<Record<string, (payload: Uint8Array, vector: WireVector) => readonly [Json, Uint8Array]>> = {
  key: (payload, { bits }) => {
    const file = decodeKeyFile(payload, digest, bits);
    return [keyFileFields(file), parseEnvelope("key", signKeyFile(file, signerWith(new Uint8Array(64)))).payload];
  },
  roll: (payload) => {
    const roll = decodeRoll(payload);
    return [rollFields(roll), parseEnvelope("roll", signRoll(roll, signerWith(new Uint8Array(64)))).payload];
  },
  reading: (payload, vector) => {
    const reading = decodeReading(payload, keyOf(vector).key, keyOf(vector).plan);
    return [plain(reading), encodeReading(reading)];
  },
  feeder: (payload) => {
    const reading = decodeFeeder(payload, 2);
    return [plain(reading), encodeFeeder(reading)];
  },
  aggregate: (payload, vector) => {
    const one = decodeAggregate(payload, keyOf(vector).key);
    return [aggregateFields(one), encodeAggregate(one)];
  },
  share: (payload, vector) => {
    const share = decodeShare(payload, keyOf(vector).key, 4);
    return [plain(share), encodeShare(share)];
  },
  "key share file": (payload, vector) => {
    const file = decodeKeyShareFile(payload, keyOf(vector).key);
    return [plain(file), encodeKeyShareFile(file)];
  },
  testimony: (payload) => {
    const { aggregate, envelopes } = decodeTestimony(payload);
    return [plain({ aggregate, envelopes }), encodeTestimony({ aggregate, envelopes: [...envelopes].reverse() })];
  },
  beacon: (payload) => {
    const beacon = decodeBeacon(payload, INTERVAL_MS);
    return [plain(beacon), encodeBeacon(beacon)];
  },
  "countersigned key": countersignedCodec,
  "countersigned roll": countersignedCodec,
  receipt: (payload) => {
    const receipt = decodeReceipt(payload);
    return [plain(receipt), encodeReceipt(receipt)];
  },
  evidence: (payload) => {
    const envelopes = decodeEvidence(payload);
    return [plain({ envelopes }), encodeEvidence([...envelopes].reverse())];
  },
  status: (payload) => {
    const status = decodeStatus(payload);
    return [plain(status), encodeStatus(status)];
  },
  event: (payload) => {
    const event = decodeEvent(payload);
    return [plain(event), encodeEvent(event)];
  },
  configuration: (payload) => {
    const configuration = decodeConfiguration(payload);
    return [configurationFields(configuration), encodeConfiguration(configuration)];
  },
};

const named = wire.messages.map((vector, index) => ({ name: `${vector.type} ${index}`, vector }));

test("the vectors hold every type of message, and every event and reason", () => {
  expect(new Set(wire.messages.map(({ type }) => type))).toEqual(new Set(Object.keys(codecs)));
  const words = JSON.stringify(wire.messages.map(({ fields }) => fields));
  for (const word of [...LEFT_OUT_REASONS, ...SHARE_REFUSALS]) expect(words).toContain(`"${word}"`);
});

describe.each(named)("v1, $name", ({ vector }) => {
  const payload = fromHex(vector.payload);

  test("decodes to the reference's fields, and encodes to its payload", () => {
    const codec = codecs[vector.type];
    if (codec === undefined) throw new Error(`no codec for ${vector.type}`);
    const [fields, again] = codec(payload, vector);
    expect(fields).toEqual(vector.fields);
    expect(toHex(again)).toBe(vector.payload);
  });

  const seed = Object.values(wire.seeds).find((one) => one.public === vector.signer)?.seed;
  if (vector.envelope !== undefined && seed !== undefined) {
    const envelope = vector.envelope;
    // a vector with an envelope has one of the types that are signed
    const type = vector.type as MessageType;

    test("is sealed to the reference's envelope, by OpenSSL's Ed25519 and by noble's", () => {
      for (const signer of [signerOf(fromHex(seed)), nobleSigner(fromHex(seed))]) {
        expect(toHex(signer.publicKey)).toBe(vector.signer);
        expect(toHex(sealEnvelope(type, payload, signer))).toBe(envelope);
      }
    });

    test("is opened where the signature is the signer's, and refused where it is not", () => {
      const parsed = parseEnvelope(type, fromHex(envelope));
      expect(toHex(parsed.payload)).toBe(vector.payload);
      const other = Object.values(wire.seeds).find((one) => one.public !== vector.signer);
      for (const verify of [verifySignature, nobleVerify]) {
        checkSignature(parsed, fromHex(vector.signer ?? ""), verify, type);
        const refused = expect.objectContaining({ code: "signature_wrong" });
        expect(() => checkSignature(parsed, fromHex(other?.public ?? ""), verify, type)).toThrow(refused);
        const signed = parsed.signed.map((byte, i) => (i === parsed.signed.length - 1 ? byte ^ 1 : byte));
        expect(() => checkSignature({ ...parsed, signed }, fromHex(vector.signer ?? ""), verify, type)).toThrow(
          refused,
        );
      }
    });
  }
});

test.each(TEST_BITS)("v1, the key id of the key of %i bits is the hash of its key file's payload", (bits) => {
  const vector = wire.messages.find((one) => one.type === "key" && one.bits === bits);
  const file = decodeKeyFile(fromHex(vector?.payload ?? ""), digest, bits);
  expect(file.keyId).toEqual(keys.get(bits)?.keyId);
  expect(file.key).toEqual(keys.get(bits)?.key);
  expect(file.n).toBe(integer(keys.get(bits)?.vector.n ?? ""));
});

test("v1, an evidence hash does not depend on the order in which envelopes came", () => {
  const [evidence] = wire.messages.filter(({ type }) => type === "evidence");
  const [counted] = wire.messages.filter(({ type }) => type === "aggregate");
  const envelopes = decodeEvidence(fromHex(evidence?.payload ?? ""));
  expect(envelopes.length).toBeGreaterThan(2);
  for (const order of [envelopes, [...envelopes].reverse()]) {
    expect(toHex(evidenceHash(order, digest))).toBe(counted?.fields["evidenceHash"]);
  }
});

describe("deterministic CBOR", () => {
  const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));
  const { item } = fc.letrec<{ item: CborValue }>((tie) => ({
    item: fc.oneof(
      { depthSize: "medium", maxDepth: 6 },
      whole,
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie("item"), { maxLength: 30 }),
      fc.array(fc.tuple(whole, tie("item")), { maxLength: 6 }).map((pairs) => new Map(pairs)),
    ),
  }));

  test("comes back as the value that went in, and is deterministic in the eyes of a second reader", () => {
    fc.assert(
      fc.property(item, (value) => {
        const bytes = encodeCbor(value);
        expect(decodeCbor(bytes, "item")).toEqual(value);
        expect(encodeCbor(decodeCbor(bytes, "item"))).toEqual(bytes);
        expect(headsOf(bytes)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  test("nests eight deep and no deeper", () => {
    const nested = (depth: number) => fromHex(`${"81".repeat(depth - 1)}80`);
    expect(encodeCbor(decodeCbor(nested(8), "item"))).toEqual(nested(8));
    expect(() => decodeCbor(nested(9), "item")).toThrow(expect.objectContaining({ code: "cbor_malformed" }));
  });

  test("gives bytes that are copies, of a Buffer too", () => {
    const buffer = Buffer.from("43010203", "hex");
    const bytes = decodeCbor(buffer, "item");
    buffer.fill(0);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  test("gives bytes that are views where views are asked for, plain ones of a Buffer too", () => {
    const buffer = Buffer.from("43010203", "hex");
    const bytes = viewCbor(buffer, "item");
    buffer[2] = 9;
    expect(bytes).toEqual(Uint8Array.of(1, 9, 3));
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  test("keeps every character of a text: percent signs, a byte order mark inside, what lies beyond the first plane", () => {
    for (const text of ["%", "%41", "100 %", "a\u{feff}", "\0", "\u{1f4a1}", "\u{ffff}"]) {
      expect(decodeCbor(encodeCbor(text), "item")).toBe(text);
    }
  });
});

describe("an envelope", () => {
  const types: readonly MessageType[] = [
    "reading",
    "feeder",
    "aggregate",
    "share",
    "receipt",
    "beacon",
    "roll",
    "key",
    "configuration",
  ];

  test("is opened as its own type with the payload that was sealed, and as no other type", () => {
    const signer = signerOf(new Uint8Array(32).fill(3));
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.constantFrom(...types),
        fc.uint8Array({ maxLength: 400 }),
        (type, other, payload) => {
          const bytes = sealEnvelope(type, payload, signer);
          const parsed = parseEnvelope(type, bytes);
          expect(parsed.payload).toEqual(payload);
          checkSignature(parsed, signer.publicKey, verifySignature, type);
          fc.pre(type !== other);
          expect(() => parseEnvelope(other, bytes)).toThrow(expect.objectContaining({ code: "type_wrong" }));
        },
      ),
    );
  });

  test("is signed over the Sig_structure of RFC 9052, however long its payload", () => {
    for (const length of [0, 23, 24, 255, 256, 0xffff, 0x1_0000]) {
      const payload = new Uint8Array(length).fill(7);
      const message = sealEnvelope("roll", payload, signerOf(new Uint8Array(32).fill(3)));
      const header = new Fields(decodeCbor(message.subarray(1), "message"), "message", 4).bytes(0, "header");
      expect(parseEnvelope("roll", message).signed).toEqual(
        encodeCbor(["Signature1", header, new Uint8Array(0), payload]),
      );
    }
  });

  test("costs a reading at most 200 bytes beyond ciphertext and proof", () => {
    const readings = wire.messages.filter(({ type }) => type === "reading");
    const overheads = readings.map(({ envelope, fields: { ciphertext, commitment, z1, z2 } }) => {
      const payload = [ciphertext, commitment, z1, z2].reduce<number>((sum, hex) => sum + String(hex).length / 2, 0);
      return (envelope ?? "").length / 2 - payload;
    });
    expect(overheads.length).toBeGreaterThan(0);
    expect(Math.max(...overheads)).toBeLessThanOrEqual(200);
  });
});
