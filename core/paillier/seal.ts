/** The online part: one pool entry and one plaintext make a ciphertext, and with a challenge its proof; short products only. */

import { ChoirError } from "../errors.ts";
import type { Digest } from "../ports.ts";
import type { EntryShape } from "./pool-entry.ts";
import { challenge, type ProofContext, type ProvenCiphertext, proofWidths } from "./proof.ts";
import type { Ring } from "./ring.ts";

/** c = lo + n * ((hi + m*lo) mod n), the bytes of Enc(m) with the entry's rho. Does not spend the entry: `seal` does. */
export function encryptOnline(ring: Ring, shape: EntryShape, entry: Uint8Array, plaintext: bigint): Uint8Array {
  const rho = ring.fromHalves(entry.subarray(shape.lo, shape.alpha));
  return ring.valueBytes(ring.timesPower(rho, plaintext));
}

/**
 * Seals a plaintext and proves that it is known. The entry is zeroed before this returns, whatever happens, so it can never be used twice.
 * (Copies that the engine made of BigInt values cannot be zeroed; they are unreachable afterwards.)
 * @throws ChoirError pool_entry_spent for an entry of zeros, value_out_of_range with probability 2^-128, when r does not hide m.
 */
export function seal(
  ring: Ring,
  shape: EntryShape,
  digest: Digest,
  entry: Uint8Array,
  plaintext: bigint,
  plaintextBits: number,
  context: ProofContext,
): ProvenCiphertext {
  try {
    if (entry.length !== shape.length || entry.every((byte) => byte === 0)) {
      throw new ChoirError("pool_entry_spent", "pool entry", "a fresh entry", "a spent one");
    }
    const ciphertext = encryptOnline(ring, shape, entry, plaintext);
    const commitment = entry.slice(shape.commitment);
    const e = challenge(digest, context, commitment, ciphertext);
    const alpha = ring.fromBytes(entry.subarray(shape.alpha, shape.s));
    const s = ring.fromBytes(entry.subarray(shape.s, shape.r));
    const r = ring.fromBytes(entry.subarray(shape.r, shape.commitment));
    const widths = proofWidths(shape.bits, plaintextBits);
    const z1 = r - e * plaintext;
    const z2 = s - e * alpha;
    if (z1 < 0n || z2 < 0n) throw new ChoirError("value_out_of_range", "proof", "nonces that hide", "one too small");
    return { ciphertext, commitment, z1: ring.toBytes(z1, widths.z1), z2: ring.toBytes(z2, widths.z2) };
  } finally {
    entry.fill(0);
  }
}
