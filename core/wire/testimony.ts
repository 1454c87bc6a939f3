/** What an aggregator hands the trustees: a signed aggregate with the envelopes behind its product (docs/PROTOCOL.md, Testimony). */

import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { readEnvelopes, sortedEnvelopes } from "./evidence.ts";

/** An aggregate and its evidence. It is not signed itself: the aggregate is, and holds the evidence's hash. */
export interface Testimony {
  /** The envelope of an aggregate. */
  readonly aggregate: Uint8Array;
  /** The contributors' envelopes, ascending. */
  readonly envelopes: readonly Uint8Array[];
}

/** Deterministic CBOR of a testimony, in whatever order its envelopes come. */
export function encodeTestimony({ aggregate, envelopes }: Testimony): Uint8Array {
  return encodeCbor([aggregate, sortedEnvelopes(envelopes)]);
}

/** The aggregate's envelope and its evidence's, ascending and distinct. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong. */
export function decodeTestimony(bytes: Uint8Array): Testimony {
  const fields = new Fields(decodeCbor(bytes, "testimony"), "testimony", 2);
  return { aggregate: fields.bytes(0, "aggregate"), envelopes: readEnvelopes(fields, 1, "testimony") };
}
