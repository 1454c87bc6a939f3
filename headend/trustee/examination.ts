/**
 * What a trustee asks of a testimony before it co-opens: every rule of docs/PROTOCOL.md, Trustees, in one pass that finds all blocks at fault, so that
 * one refusal is enough.
 */

import { equalBytes } from "../../core/bytes.ts";
import { hasCode } from "../../core/errors.ts";
import { bytesToInteger } from "../../core/integers.ts";
import { intervalEnd } from "../../core/interval.ts";
import { checkProduct, product } from "../../core/paillier/ciphertext.ts";
import type { Digest, Entropy, Power, Verify } from "../../core/ports.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { evidenceHash } from "../../core/wire/evidence.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import type { ServiceClock } from "../service/clock.ts";
import { rhoName } from "../service/rho.ts";
import type { Rolls } from "../service/rolls.ts";
import { checkEnded, KEPT_MS } from "../service/windows.ts";
import {
  type Contribution,
  checkProofs,
  checkSignatures,
  readContributions,
  type Stated,
  stateAll,
} from "./evidence.ts";
import { Faults, type Refusal, reasonOf } from "./faults.ts";
import type { Ledger, OpenedBlock } from "./ledger.ts";
import type { RollBook } from "./roll-book.ts";

/** What testimonies are held against. */
export interface ExaminationParts {
  readonly keyFile: KeyFile;
  readonly ledger: { readonly rolls: Pick<Rolls<RollBook>, "at"> } & Pick<
    Ledger,
    "rollOf" | "blockHash" | "isUsed" | "erasedAt"
  >;
  readonly clock: Pick<ServiceClock, "nowMs">;
  readonly verify: Verify;
  readonly digest: Digest;
  readonly entropy: Entropy;
  /** Powers mod n^2. */
  readonly powerMod: Power;
}

/** A testimony that may be co-opened. */
export interface Examined {
  /** The product that the evidence makes. */
  readonly c: bigint;
  /** Ids of the meters in it. */
  readonly contributors: readonly string[];
  readonly blocks: readonly OpenedBlock[];
}

/** The parts of an interval that a group of so many blocks can need: each block once with others, late, alone and again, and some to spare. */
function mostParts(blocks: number): number {
  return 4 * blocks + 16;
}

/** Why nothing of such an interval, roll, part or set of blocks is co-opened, whatever the evidence; none where it may be. */
export function refuseSubject(
  { keyFile, ledger, clock }: ExaminationParts,
  { group, interval, rollVersion, part, blocks }: Aggregate,
): Refusal | undefined {
  const faults = new Faults();
  try {
    checkEnded(interval, keyFile, clock.nowMs(), "aggregate.interval");
  } catch (error) {
    faults.note(reasonOf(error));
  }
  if (clock.nowMs() - intervalEnd(interval, keyFile.intervalMs) > KEPT_MS) faults.note("interval_closed");
  if (ledger.erasedAt() !== undefined) faults.note("key_unknown");
  // of one interval no two rolls: a block that changed between them would be opened in both of its forms
  const book = ledger.rolls.at(interval);
  const rollBefore = ledger.rollOf(interval) ?? rollVersion;
  if (book === undefined || rollVersion !== book.version || rollBefore !== rollVersion) faults.note("roll_unknown");
  if (book === undefined) return faults.refusal;
  const own = book.groups.get(group)?.blocks ?? new Set();
  if (part >= mostParts(own.size)) faults.note("field_wrong");
  if (blocks.length === 0) faults.note("nothing_to_open");
  for (const block of blocks) if (!own.has(block)) faults.note("block_unknown", block);
  return faults.refusal;
}

/**
 * Holds a testimony of a sound subject that is its aggregator's word against every rule; nothing changes.
 * @param book the roll of its interval
 * @throws ChoirError store_corrupt alone.
 */
export function examine(
  parts: ExaminationParts,
  book: RollBook,
  aggregate: Aggregate,
  envelopes: readonly Uint8Array[],
): Examined | Refusal {
  const { keyFile, verify, digest, entropy, powerMod } = parts;
  const faults = new Faults();
  const contributions = readContributions(envelopes, aggregate, keyFile, book, faults);
  if (contributions.length < keyFile.kMin) faults.note("group_too_small");
  const unseen = unseenReadings(parts, aggregate, contributions);
  checkSignatures(unseen, verify, faults);
  const stated = stateAll(contributions, keyFile, digest, faults);
  const blocks = checkMemory(parts, aggregate, stated, faults);
  const unproven = stated.filter(({ member }) => unseen.some((one) => one.member === member));
  checkProofs(unproven, keyFile, powerMod, entropy, faults);
  if (faults.refusal === undefined) {
    const c = product(
      stated.map((one) => one.statement.c),
      keyFile.key,
    );
    checkValue(c, aggregate, keyFile, faults);
    if (faults.refusal === undefined) return { c, contributors: stated.map(({ member }) => member.meter), blocks };
  }
  return faults.refusal;
}

/** Readings of blocks that were not co-opened before with the very same envelopes: for another group the signatures and proofs need no second look. */
function unseenReadings(
  { ledger, digest }: ExaminationParts,
  { interval, blocks }: Aggregate,
  contributions: readonly Contribution[],
): readonly Contribution[] {
  return blocks.flatMap((block) => {
    const readings = contributions.filter(({ member }) => member.block === block);
    const before = ledger.blockHash(interval, block);
    return before !== undefined && equalBytes(before, hashOf(readings, digest)) ? [] : readings;
  });
}

function hashOf(readings: readonly Contribution[], digest: Digest): Uint8Array {
  return evidenceHash(
    readings.map(({ bytes }) => bytes),
    digest,
  );
}

/** Notes blocks that were co-opened with other envelopes before, and randomisers of other readings; the blocks as they are now. */
function checkMemory(
  { ledger, digest, keyFile }: ExaminationParts,
  { interval, blocks }: Aggregate,
  stated: readonly Stated[],
  faults: Faults,
): readonly OpenedBlock[] {
  const fresh = new Set<bigint>();
  return blocks.map((block) => {
    const readings = stated.filter(({ member }) => member.block === block);
    const hash = hashOf(readings, digest);
    const rhos = readings.map(({ statement }) => rhoName(statement.c % keyFile.key.n));
    const before = ledger.blockHash(interval, block);
    if (!faults.spares(block)) return { block, hash, rhos };
    if (before !== undefined) {
      if (!equalBytes(before, hash)) faults.note("sealed_twice", block);
      return { block, hash, rhos };
    }
    for (const rho of rhos) {
      if (fresh.has(rho) || ledger.isUsed(rho)) faults.note("rho_repeated", block);
      fresh.add(rho);
    }
    return { block, hash, rhos };
  });
}

/** The product is what the aggregator says it is, and a unit. */
function checkValue(c: bigint, { product: told }: Aggregate, { key }: KeyFile, faults: Faults): void {
  if (told === undefined || bytesToInteger(told) !== c) {
    faults.note("product_wrong");
    return;
  }
  try {
    checkProduct(c, key, "product");
  } catch (error) {
    if (!hasCode(error, "ciphertext_out_of_range")) throw error;
    faults.note("ciphertext_out_of_range");
  }
}
