/** `choir trustee audit`: what a trustee co-opened and refused, as JSON lines. They hold names, counts and hashes, never an energy or a ciphertext. */

import { toHex } from "../../core/bytes.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import type { AuditEntry } from "./ledger.ts";
import { openLedger } from "./main.ts";

/**
 * The lines, shares first, each kind in the order of intervals.
 * @throws ChoirError config_invalid where the trustee's process has its ledger open, and as `openLedger`.
 */
export async function* auditLines(
  configFile: string,
  leastKeyBits: number = MODULUS_BITS.least,
): AsyncGenerator<string> {
  // a demonstration's ledger may be looked at, too: nothing is opened here
  const ledger = await openLedger(configFile, { leastKeyBits, publishedKeys: true });
  try {
    const at = ledger.erasedAt();
    if (at !== undefined) yield JSON.stringify({ type: "erased", at: time(at) });
    for await (const entry of ledger.audit()) yield JSON.stringify(shown(entry));
  } finally {
    await ledger.close();
  }
}

function shown({ type, group, interval, part, record }: AuditEntry): object {
  const about = { type, group, interval, part, at: time(record.atUtcMs) };
  const aggregateSha256 = toHex(record.aggregateHash);
  if ("reason" in record) return { ...about, reason: record.reason, leaveOut: record.leaveOut, aggregateSha256 };
  const { rollVersion, blocks, contributors, contributorsHash, evidenceHash } = record;
  return {
    ...about,
    rollVersion,
    blocks,
    contributors,
    contributorsSha256: toHex(contributorsHash),
    aggregateSha256,
    evidenceSha256: toHex(evidenceHash),
  };
}

function time(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
