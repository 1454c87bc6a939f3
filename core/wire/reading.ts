/** The reading message: what a meter sends, a sealed plaintext with its proof (docs/PROTOCOL.md, Reading). */

import type { Layout } from "../paillier/packing.ts";
import { type ProofContext, type ProvenCiphertext, proofWidths } from "../paillier/proof.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import { encodeCbor, Fields, viewCbor } from "./cbor.ts";

/** Bytes of a key id. */
export const KEY_ID_BYTES = 16;

/** One home's interval, readable by no one alone. */
export interface SealedReading extends ProofContext, ProvenCiphertext {}

/** The payload of a reading. */
export function encodeReading(reading: SealedReading): Uint8Array {
  const { meter, interval, keyId, ciphertext, commitment, z1, z2 } = reading;
  return encodeCbor([meter, interval, keyId, ciphertext, commitment, z1, z2]);
}

/**
 * Reads a payload: shape and widths only; ranges are `statement`'s and `checkCiphertext`'s. Bytes in it are views of the payload.
 * @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range.
 */
export function decodeReading(payload: Uint8Array, key: PublicKey, plan: Layout): SealedReading {
  const widths = proofWidths(key.bits, plan.bits);
  const fields = new Fields(viewCbor(payload, "reading"), "reading", 7);
  return {
    meter: fields.id(0, "meter"),
    interval: fields.uint(1, "interval"),
    keyId: fields.bytes(2, "key id", KEY_ID_BYTES),
    ciphertext: fields.bytes(3, "ciphertext", 2 * key.bytes),
    commitment: fields.bytes(4, "commitment", 2 * key.bytes),
    z1: fields.bytes(5, "z1", widths.z1),
    z2: fields.bytes(6, "z2", widths.z2),
  };
}
