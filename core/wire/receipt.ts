/** The receipt message: which blocks of a group's interval were counted, the only thing that travels back up (docs/PROTOCOL.md, Receipt). */

import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";

export const RECEIPT_STATUSES = ["opened", "refused"] as const;

/** The provider's word on one aggregate. */
export interface Receipt {
  readonly group: string;
  readonly interval: number;
  readonly keyId: Uint8Array;
  readonly part: number;
  readonly status: (typeof RECEIPT_STATUSES)[number];
  /**
   * Ascending: the blocks that this part counted. Of a refused part, those without which the others are to come in a further part; where none is
   * named, each is to come alone.
   */
  readonly blocks: readonly string[];
}

/** The payload of a receipt. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { group, interval, keyId, part, status, blocks } = receipt;
  return encodeCbor([group, interval, keyId, part, status, blocks]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeReceipt(payload: Uint8Array): Receipt {
  const fields = new Fields(decodeCbor(payload, "receipt"), "receipt", 6);
  return {
    group: fields.id(0, "group"),
    interval: fields.uint(1, "interval"),
    keyId: fields.bytes(2, "key id", KEY_ID_BYTES),
    part: fields.uint(3, "part"),
    status: fields.oneOf(4, "status", RECEIPT_STATUSES),
    blocks: fields.ids(5, "blocks"),
  };
}
