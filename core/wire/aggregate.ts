/** The aggregate message: one part of a group's interval, the product of whole blocks and what was left out (docs/PROTOCOL.md, Aggregate). */

import { ChoirError } from "../errors.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import { checkAscending, decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";

/**
 * Why a block does not count: seats that did not report, a proof that fails, two sealings of one interval, a repeated rho, or a part with it that was
 * refused, so that it comes alone or no more.
 */
export const LEFT_OUT_REASONS = ["missing", "proof", "sealed_twice", "rho_repeated", "refused"] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** A block that is in no part so far, or in refused ones alone. */
export interface LeftOut {
  readonly block: string;
  readonly reason: LeftOutReason;
  /** The meters that it is for. */
  readonly meters: readonly string[];
}

/** One part of a group's interval: 0 at the end of the grace, then one for blocks that became whole later. */
export interface Aggregate {
  readonly group: string;
  readonly interval: number;
  readonly keyId: Uint8Array;
  readonly rollVersion: number;
  readonly part: number;
  /** Blocks counted in this part, ascending. */
  readonly blocks: readonly string[];
  /** Blocks counted in no part so far, ascending. */
  readonly leftOut: readonly LeftOut[];
  /** Product of the contributors' ciphertexts mod n^2, 2|n|/8 bytes; none when no block is whole. */
  readonly product: Uint8Array | undefined;
  /** SHA-256 of the evidence: the contributors' envelopes (evidence.ts). */
  readonly evidenceHash: Uint8Array;
}

/** The payload of an aggregate. */
export function encodeAggregate(aggregate: Aggregate): Uint8Array {
  return encodeCbor([
    aggregate.group,
    aggregate.interval,
    aggregate.keyId,
    aggregate.rollVersion,
    aggregate.part,
    aggregate.blocks,
    aggregate.leftOut.map(({ block, reason, meters }) => [block, reason, meters]),
    aggregate.product ?? null,
    aggregate.evidenceHash,
  ]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeAggregate(payload: Uint8Array, key: PublicKey): Aggregate {
  const fields = new Fields(decodeCbor(payload, "aggregate"), "aggregate", 9);
  const leftOut = fields.list(6, "left out", (value, name) => {
    const one = new Fields(value, name, 3);
    return {
      block: one.id(0, "block"),
      reason: one.oneOf(1, "reason", LEFT_OUT_REASONS),
      meters: one.ids(2, "meters"),
    };
  });
  checkAscending(
    leftOut.map(({ block }) => block),
    "aggregate.left out",
  );
  const blocks = fields.ids(5, "blocks");
  if (fields.isNull(7) !== (blocks.length === 0)) {
    throw new ChoirError("field_wrong", "aggregate.product", "one exactly when blocks are counted", "something else");
  }
  const twice = leftOut.find(({ block }) => blocks.includes(block));
  if (twice !== undefined) {
    throw new ChoirError("field_wrong", "aggregate.left out", "no block that is counted", twice.block);
  }
  return {
    group: fields.id(0, "group"),
    interval: fields.uint(1, "interval"),
    keyId: fields.bytes(2, "key id", KEY_ID_BYTES),
    rollVersion: fields.uint(3, "roll version"),
    part: fields.uint(4, "part"),
    blocks,
    leftOut,
    product: fields.isNull(7) ? undefined : fields.bytes(7, "product", 2 * key.bytes),
    evidenceHash: fields.bytes(8, "evidence hash", 32),
  };
}
