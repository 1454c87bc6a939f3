/** The share message: a trustee's part of an opening, sealed to the provider, or why there is none (docs/PROTOCOL.md, Shares). */

import { asciiBytes } from "../bytes.ts";
import type { ErrorCode } from "../errors.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import type { Digest } from "../ports.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";
import { partialBytes } from "./sharing.ts";

/** Which opening a share is for. */
export interface ShareSubject {
  readonly group: string;
  readonly interval: number;
  readonly keyId: Uint8Array;
  /** Of the roll in force. */
  readonly rollVersion: number;
  readonly part: number;
}

/** What the proof of a share is bound to, besides its holder and the ciphertext. */
export interface ShareContext extends ShareSubject {
  /** `contributorsHash` of the meters whose readings are in the product. */
  readonly contributorsHash: Uint8Array;
}

/** Why a trustee does not co-open: codes of the checks that it made. */
export const SHARE_REFUSALS = [
  "field_wrong",
  "signature_wrong",
  "member_unknown",
  "key_unknown",
  "roll_unknown",
  "proof_wrong",
  "ciphertext_out_of_range",
  "interval_in_future",
  "interval_closed",
  "sealed_twice",
  "rho_repeated",
  "group_too_small",
  "block_unknown",
  "block_counted_twice",
  "block_not_whole",
  "product_wrong",
  "nothing_to_open",
] as const satisfies readonly ErrorCode[];
export type ShareRefusal = (typeof SHARE_REFUSALS)[number];

/** A trustee's word on one aggregate. */
export interface ShareMessage extends ShareSubject {
  readonly trustee: string;
  readonly answer:
    | { readonly status: "share"; readonly sealed: Uint8Array }
    | {
        readonly status: "refused";
        readonly reason: ShareRefusal;
        /** Blocks without which it would co-open, ascending; none where that would not help. */
        readonly leaveOut: readonly string[];
      };
}

/** Bytes that HPKE adds: the encapsulated key and the tag of its AEAD (docs/PROTOCOL.md, Sealing). */
export const SEALING_BYTES = 32 + 16;

/** HPKE's info of a sealed share. */
export function shareInfo(): Uint8Array {
  return asciiBytes("choir/v1/share");
}

/** HPKE's associated data: what the message says in the clear, so that a sealed share serves no other. */
export function shareAad(message: ShareSubject & Pick<ShareMessage, "trustee">): Uint8Array {
  return encodeCbor(head(message));
}

/** SHA-256 of the contributors: the list of their ids in ascending order, each once. */
export function contributorsHash(meters: readonly string[], digest: Digest): Uint8Array {
  return digest.sha256(encodeCbor([...meters].sort()));
}

/** The payload of a share. */
export function encodeShare(message: ShareMessage): Uint8Array {
  const { answer } = message;
  const rest = answer.status === "share" ? [answer.sealed] : [answer.reason, answer.leaveOut];
  return encodeCbor([...head(message), answer.status, ...rest]);
}

function head(message: ShareSubject & Pick<ShareMessage, "trustee">): readonly CborValue[] {
  return [message.group, message.interval, message.keyId, message.rollVersion, message.part, message.trustee];
}

/**
 * Reads a payload.
 * @param holders shares of the key, l
 * @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range.
 */
export function decodeShare(payload: Uint8Array, key: PublicKey, holders: number): ShareMessage {
  const fields = new Fields(decodeCbor(payload, "share"), "share", 8, 9);
  return {
    group: fields.id(0, "group"),
    interval: fields.uint(1, "interval"),
    keyId: fields.bytes(2, "key id", KEY_ID_BYTES),
    rollVersion: fields.uint(3, "roll version"),
    part: fields.uint(4, "part"),
    trustee: fields.id(5, "trustee"),
    answer:
      fields.length === 8
        ? {
            status: fields.oneOf(6, "status", ["share"]),
            sealed: fields.bytes(7, "sealed share", partialBytes(key, holders) + SEALING_BYTES),
          }
        : {
            status: fields.oneOf(6, "status", ["refused"]),
            reason: fields.oneOf(7, "reason", SHARE_REFUSALS),
            leaveOut: fields.ids(8, "blocks to leave out"),
          },
  };
}
