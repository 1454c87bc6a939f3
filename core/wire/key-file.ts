/** The key file: everything that one key fixes, signed by the offline root (docs/PROTOCOL.md, Trust anchor and Key file). */

import { equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bytesToInteger, integerToBytes } from "../integers.ts";
import { checkIntervalLength } from "../interval.ts";
import { type Channel, type Layout, layout } from "../paillier/packing.ts";
import { deriveBase, MODULUS_BITS, type PublicKey, publicKey } from "../paillier/public-key.ts";
import type { Digest, PowerOf, Signer, Verify } from "../ports.ts";
import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { checkCountersignatures, decodeSignedFile } from "./countersigned.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "./envelope.ts";
import { KEY_ID_BYTES } from "./reading.ts";
import { readSharing, SHARING_FIELDS, type Sharing, sharingFields, signatoriesOf } from "./sharing.ts";

/** How the secret is kept. `provider`: the provider holds the whole key. `shared`: nobody does. */
export const CUSTODIES = ["provider", "shared"] as const;

/** Fields of a key file with `custody: provider`. */
const COMMON_FIELDS = 14;

/** What a key fixes, for all groups, from its first interval to its last. */
export interface KeyFileContent {
  /** Higher than that of any earlier key file. */
  readonly version: number;
  readonly custody: (typeof CUSTODIES)[number];
  readonly n: bigint;
  /** 32 bytes, from which h and the table's blinding are hashed. */
  readonly seed: Uint8Array;
  /** h_s. */
  readonly base: bigint;
  /** SHA-256 of the comb table. */
  readonly tableHash: Uint8Array;
  readonly intervalMs: number;
  readonly channels: readonly Channel[];
  readonly largestGroup: number;
  readonly kMin: number;
  readonly firstInterval: number;
  readonly lastInterval: number;
  /** The Ed25519 key that signs receipts. */
  readonly providerKey: Uint8Array;
  /** Who holds its shares; there with `custody: shared`, and with no other. */
  readonly sharing?: Sharing;
}

/** A key file whose root signature holds. */
export interface KeyFile extends KeyFileContent {
  /** First 16 bytes of SHA-256 of the payload. */
  readonly keyId: Uint8Array;
  readonly key: PublicKey;
  readonly layout: Layout;
}

/** The file as the root signs it, yet without countersignatures. @throws ChoirError as `layout` does, field_wrong for a custody without its sharing. */
export function signKeyFile(content: KeyFileContent, root: Signer): Uint8Array {
  const plan = layout(content.channels, content.largestGroup);
  const { bytes } = publicKey(content.n, content.base, MODULUS_BITS.tests);
  const { custody, sharing } = content;
  if ((custody === "shared") !== (sharing !== undefined)) {
    throw new ChoirError("field_wrong", "key file.sharing", "one exactly with custody: shared", custody);
  }
  const payload = encodeCbor([
    content.version,
    custody,
    integerToBytes(content.n, bytes),
    content.seed,
    integerToBytes(content.base, 2 * bytes),
    content.tableHash,
    content.intervalMs / 1000,
    content.channels.map(({ obis, maximumMilliwattHours }) => [obis, maximumMilliwattHours]),
    content.largestGroup,
    [plan.count.bits, ...plan.slots.map((slot) => slot.bits)],
    content.kMin,
    content.firstInterval,
    content.lastInterval,
    content.providerKey,
    ...(sharing === undefined ? [] : sharingFields(sharing, { bytes })),
  ]);
  return sealEnvelope("key", payload, root);
}

/**
 * Reads a key file that the root signed and, with `custody: shared`, trustees countersigned.
 * @param leastBits of n: 2048, less in tests alone
 * @throws ChoirError signature_wrong, signer_unknown, countersignatures_missing, key_too_short and every decoder's codes.
 */
export function openKeyFile(
  bytes: Uint8Array,
  rootKey: Uint8Array,
  verify: Verify,
  digest: Digest,
  leastBits: number = MODULUS_BITS.least,
): KeyFile {
  const signed = decodeSignedFile(bytes, "key file");
  const envelope = parseEnvelope("key", signed.envelope);
  checkSignature(envelope, rootKey, verify, "key file");
  const file = decodeKeyFile(envelope.payload, digest, leastBits);
  checkCountersignatures("key", signed, file.sharing && signatoriesOf(file.sharing), verify);
  return file;
}

/** Reads the payload of a key file. @throws ChoirError as every decoder, and key_too_short. */
export function decodeKeyFile(payload: Uint8Array, digest: Digest, leastBits: number = MODULUS_BITS.least): KeyFile {
  const content = decodeCbor(payload, "key file");
  const fields = new Fields(content, "key file", COMMON_FIELDS, COMMON_FIELDS + SHARING_FIELDS);
  const custody = fields.oneOf(1, "custody", CUSTODIES);
  const shared = custody === "shared";
  new Fields(content, "key file", shared ? COMMON_FIELDS + SHARING_FIELDS : COMMON_FIELDS);
  const nBytes = fields.bytes(2, "n");
  // bounds what conversion and n^2 can cost; n without leading zeros and the width of n^2 for the base make the encoding unique
  if (nBytes.length > MODULUS_BITS.most / 8) {
    throw new ChoirError("length_wrong", "key file.n", `at most ${MODULUS_BITS.most / 8} bytes`, `${nBytes.length}`);
  }
  const base = bytesToInteger(fields.bytes(4, "base", 2 * nBytes.length));
  const key = publicKey(bytesToInteger(nBytes), base, leastBits);
  fields.bytes(2, "n", key.bytes);
  const channels = fields.list(7, "channels", (value, name) => {
    const one = new Fields(value, name, 2);
    return { obis: one.text(0, "obis"), maximumMilliwattHours: one.uint(1, "maximum") };
  });
  const largestGroup = fields.uint(8, "largest group");
  const plan = layout(channels, largestGroup);
  if (plan.bits >= key.bits) {
    throw new ChoirError("value_out_of_range", "key file.slot widths", `below ${key.bits} bits in all`, `${plan.bits}`);
  }
  const widths = fields.list(9, "slot widths", (value, name) => new Fields([value], name, 1).uint(0, "bits"));
  if (!equalNumbers(widths, [plan.count.bits, ...plan.slots.map((slot) => slot.bits)])) {
    throw new ChoirError("field_wrong", "key file.slot widths", "those of its channels and largest group", "others");
  }
  const kMin = fields.uint(10, "k_min", largestGroup);
  const firstInterval = fields.uint(11, "first interval");
  const lastInterval = fields.uint(12, "last interval");
  if (kMin < 1 || lastInterval < firstInterval) {
    throw new ChoirError("value_out_of_range", "key file", "k_min of 1 or more, last interval after first", "others");
  }
  const providerKey = fields.bytes(13, "provider key", 32);
  return {
    version: fields.uint(0, "version"),
    custody,
    n: key.n,
    seed: fields.bytes(3, "seed", 32),
    base: key.base,
    tableHash: fields.bytes(5, "table hash", 32),
    intervalMs: checkIntervalLength(fields.uint(6, "interval seconds") * 1000, "key file.interval seconds"),
    channels,
    largestGroup,
    kMin,
    firstInterval,
    lastInterval,
    providerKey,
    ...(shared ? { sharing: readSharing(fields, COMMON_FIELDS, key, providerKey) } : {}),
    keyId: digest.sha256(payload).slice(0, KEY_ID_BYTES),
    key,
    layout: plan,
  };
}

/**
 * Refuses a key file whose h_s is not the one that (n, seed) determines: whoever could pick it could read readings. One power mod n^2.
 * @throws ChoirError base_wrong.
 */
export function checkBase(file: KeyFile, digest: Digest, powerOf: PowerOf): void {
  if (deriveBase(file.n, file.seed, digest, powerOf) !== file.base) {
    throw new ChoirError("base_wrong", "key file.base", "the h_s of n and seed", "another");
  }
}

/** Refuses a message for another key. @throws ChoirError key_unknown. */
export function checkKeyId(keyId: Uint8Array, file: Pick<KeyFile, "keyId">, name: string): void {
  if (!equalBytes(keyId, file.keyId)) throw new ChoirError("key_unknown", name, "the key in force", "another key's id");
}

function equalNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
