/**
 * Signed messages: COSE_Sign1 (RFC 9052, 4.2) with Ed25519 (alg -19, RFC 9864), the content type in the protected header, an empty
 * unprotected header and a payload of deterministic CBOR.
 */

import { asciiBytes, concatBytes, equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";
import { type CborValue, encodeCbor, viewCbor } from "./cbor.ts";

/** The signed message types of protocol version 1. */
export type MessageType =
  | "reading"
  | "feeder"
  | "aggregate"
  | "share"
  | "receipt"
  | "beacon"
  | "configuration"
  | FileType;

/** The two files that the root signs and trustees countersign. */
export type FileType = "roll" | "key";

/** The protocol version that content types name. */
const VERSION = 1;
/** Tag 18, COSE_Sign1, in its one-byte head. */
export const COSE_SIGN1_TAG = 0xd2;
export const SIGNATURE_BYTES = 64;

/** A message that was taken apart; its signature is not yet checked. Payload and signature are views of the message. */
export interface Envelope {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that the signature is over (RFC 9052, 4.4), made anew each time: as long as the message, so nobody keeps them. */
  readonly signed: Uint8Array;
}

/** {1: -19, 3: content type} in deterministic CBOR, written out since every message needs it: the type's text has 24 to 255 characters. */
function protectedHeader(type: MessageType): Uint8Array {
  const contentType = asciiBytes(`application/vnd.choir.v${VERSION}.${type}+cbor`);
  return concatBytes(Uint8Array.of(0xa2, 0x01, 0x32, 0x03, 0x78, contentType.length), contentType);
}

/** The protocol version that a protected header's content type names, if it names one. */
function versionIn(header: Uint8Array): number | undefined {
  const digits = /vnd\.choir\.v(\d+)\./.exec(String.fromCharCode(...header.subarray(0, 64)))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function sigStructure(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature1", header, new Uint8Array(0), payload]);
}

/** The signed message: type, payload and the signer's signature. */
export function sealEnvelope(type: MessageType, payload: Uint8Array, signer: Signer): Uint8Array {
  const header = protectedHeader(type);
  const signature = signer.sign(sigStructure(header, payload));
  const unprotected = new Map<number, CborValue>();
  return concatBytes(Uint8Array.of(COSE_SIGN1_TAG), encodeCbor([header, unprotected, payload, signature]));
}

/**
 * Takes a message apart.
 * @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, version_unknown for a content type of another version,
 * type_wrong for any other content type or algorithm.
 */
export function parseEnvelope(type: MessageType, bytes: Uint8Array): Envelope {
  if (bytes[0] !== COSE_SIGN1_TAG) throw new ChoirError("type_wrong", type, "COSE_Sign1 (tag 18)", "something else");
  const parts = viewCbor(bytes.subarray(1), type);
  if (!Array.isArray(parts) || parts.length !== 4) throw new ChoirError("field_wrong", type, "four parts", "others");
  const [header, unprotected, payload, signature] = parts;
  if (!(header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array)) {
    throw new ChoirError("field_wrong", type, "header, payload and signature as bytes", "others");
  }
  const expected = protectedHeader(type);
  if (!equalBytes(header, expected)) {
    const version = versionIn(header);
    if (version !== undefined && version !== VERSION) {
      throw new ChoirError("version_unknown", `${type}.protected header`, `version ${VERSION}`, `version ${version}`);
    }
    throw new ChoirError("type_wrong", `${type}.protected header`, "alg -19 and the content type", "another header");
  }
  if (!(unprotected instanceof Map) || unprotected.size !== 0) {
    throw new ChoirError("field_wrong", `${type}.unprotected header`, "an empty map", "something else");
  }
  if (signature.length !== SIGNATURE_BYTES) {
    throw new ChoirError("length_wrong", `${type}.signature`, `${SIGNATURE_BYTES} bytes`, `${signature.length}`);
  }
  return {
    payload,
    signature,
    get signed() {
      return sigStructure(expected, payload);
    },
  };
}

/** Refuses an envelope that `publicKey` did not sign. @throws ChoirError signature_wrong. */
export function checkSignature(envelope: Envelope, publicKey: Uint8Array, verify: Verify, name: string): void {
  if (!verify(publicKey, envelope.signed, envelope.signature)) {
    throw new ChoirError("signature_wrong", name, "the sender's Ed25519 signature", "another");
  }
}

/** The bytes that a countersignature of a file is over: header, payload and the root's signature (RFC 9338, 3.3, without a header of its own). */
export function countersignedBytes(type: FileType, { payload, signature }: Envelope): Uint8Array {
  return encodeCbor(["CounterSignature0V2", protectedHeader(type), new Uint8Array(0), payload, [signature]]);
}
