/**
 * What can be said of a testimony's envelopes without the ledger: every one is a distinct meter's of the blocks that the aggregate names, for its
 * interval and key, signed and proven, and no meter of these blocks is missing (docs/PROTOCOL.md, Trustees).
 */

import { equalBytes } from "../../core/bytes.ts";
import { failures } from "../../core/paillier/batch.ts";
import { type Statement, statement } from "../../core/paillier/proof.ts";
import type { Digest, Entropy, Power, Verify } from "../../core/ports.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { type Envelope, parseEnvelope } from "../../core/wire/envelope.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { decodeReading, type SealedReading } from "../../core/wire/reading.ts";
import { type Faults, reasonOf } from "./faults.ts";
import type { Member, RollBook } from "./roll-book.ts";

/** A reading of a meter of the blocks counted. */
export interface Contribution {
  readonly member: Member;
  /** The message as it came. */
  readonly bytes: Uint8Array;
  readonly envelope: Envelope;
  readonly reading: SealedReading;
}

/** A contribution whose numbers are in range. */
export interface Stated extends Contribution {
  readonly statement: Statement;
}

/** The meters' readings, in the order of the envelopes; what is none of this aggregate's, or missing, is noted. */
export function readContributions(
  envelopes: readonly Uint8Array[],
  aggregate: Aggregate,
  keyFile: KeyFile,
  book: RollBook,
  faults: Faults,
): readonly Contribution[] {
  const blocks = new Set(aggregate.blocks);
  const byMeter = new Map<string, Contribution>();
  for (const bytes of envelopes) {
    const read = readOne(bytes, keyFile, faults);
    if (read === undefined) continue;
    const member = book.meters.get(read.reading.meter);
    if (member === undefined || !blocks.has(member.block)) faults.note("member_unknown");
    else if (byMeter.has(member.meter)) faults.note("sealed_twice", member.block);
    else byMeter.set(member.meter, { member, bytes, ...read });
  }
  const contributions = [...byMeter.values()];
  for (const { member, reading } of contributions) {
    if (reading.interval !== aggregate.interval) faults.note("field_wrong", member.block);
    if (!equalBytes(reading.keyId, aggregate.keyId)) faults.note("key_unknown", member.block);
  }
  const counts = new Map<string, number>();
  for (const { member } of contributions) counts.set(member.block, (counts.get(member.block) ?? 0) + 1);
  for (const block of blocks) if (counts.get(block) !== book.sizes.get(block)) faults.note("block_not_whole", block);
  return contributions;
}

function readOne(
  bytes: Uint8Array,
  { key, layout }: KeyFile,
  faults: Faults,
): Pick<Contribution, "envelope" | "reading"> | undefined {
  try {
    const envelope = parseEnvelope("reading", bytes);
    return { envelope, reading: decodeReading(envelope.payload, key, layout) };
  } catch (error) {
    faults.note(reasonOf(error));
    return undefined;
  }
}

/** Notes readings that their meters did not sign. */
export function checkSignatures(contributions: readonly Contribution[], verify: Verify, faults: Faults): void {
  for (const { member, envelope } of contributions) {
    if (faults.spares(member.block) && !verify(member.key, envelope.signed, envelope.signature)) {
      faults.note("signature_wrong", member.block);
    }
  }
}

/** The numbers of the readings; those out of range are noted, and have none. */
export function stateAll(
  contributions: readonly Contribution[],
  { key, layout }: KeyFile,
  digest: Digest,
  faults: Faults,
): readonly Stated[] {
  return contributions.flatMap((one): Stated[] => {
    if (!faults.spares(one.member.block)) return [];
    try {
      return [{ ...one, statement: statement(key, layout.bits, digest, one.reading, one.reading) }];
    } catch (error) {
      faults.note(reasonOf(error), one.member.block);
      return [];
    }
  });
}

/** Notes readings whose proofs of plaintext do not hold, all checked in one batch. */
export function checkProofs(
  stated: readonly Stated[],
  { key }: KeyFile,
  powerMod: Power,
  entropy: Entropy,
  faults: Faults,
): void {
  const looked = stated.filter(({ member }) => faults.spares(member.block));
  const statements = looked.map((one) => one.statement);
  for (const i of failures(key, powerMod, entropy, statements)) {
    // indices are those of `looked`
    faults.note("proof_wrong", (looked[i] as Stated).member.block);
  }
}
