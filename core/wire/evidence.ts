/** Evidence: the envelopes behind a product, in ascending order of their bytes, and its hash (docs/PROTOCOL.md, Aggregate). */

import { compareBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import type { Digest } from "../ports.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "./cbor.ts";

/** Deterministic CBOR of the envelopes, whatever order they come in. */
export function encodeEvidence(envelopes: readonly Uint8Array[]): Uint8Array {
  return encodeCbor(sortedEnvelopes(envelopes));
}

/** The envelopes in ascending order of their bytes. */
export function sortedEnvelopes(envelopes: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...envelopes].sort(compareBytes);
}

/** SHA-256 of the evidence. */
export function evidenceHash(envelopes: readonly Uint8Array[], digest: Digest): Uint8Array {
  return digest.sha256(encodeEvidence(envelopes));
}

/** The envelopes, ascending and distinct. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong. */
export function decodeEvidence(bytes: Uint8Array): readonly Uint8Array[] {
  const list: CborValue = [decodeCbor(bytes, "evidence")];
  return readEnvelopes(new Fields(list, "evidence", 1), 0, "evidence");
}

/** A field that lists envelopes, ascending and distinct. @throws ChoirError field_wrong. */
export function readEnvelopes(fields: Fields, index: number, message: string): readonly Uint8Array[] {
  const envelopes = fields.list(index, "envelopes", (value, name) => {
    if (!(value instanceof Uint8Array)) throw new ChoirError("field_wrong", name, "bytes", "something else");
    return value;
  });
  envelopes.forEach((envelope, i) => {
    const previous = envelopes[i - 1];
    if (previous !== undefined && compareBytes(previous, envelope) >= 0) {
      throw new ChoirError("field_wrong", message, "envelopes in ascending order, each once", `envelope ${i}`);
    }
  });
  return envelopes;
}
