/** A share holder's part of an opening, and the proof that it is right (docs/PROTOCOL.md, Shares). What may be opened is the caller's to judge. */

import { factorial } from "../integers.ts";
import { checkProduct } from "../paillier/ciphertext.ts";
import type { Digest, Entropy, Power } from "../ports.ts";
import type { ShareContext } from "../wire/share.ts";
import { type Sharing, shareNonceBits } from "../wire/sharing.ts";
import type { KeyShare } from "./key-share.ts";
import { type PartialDecryption, type Prover, shareChallenge } from "./share-proof.ts";
import { uniformBits } from "./uniform.ts";

/** What a holder computes with. `powerMod` must take the same time for all exponents of one length: OpenSSL's does. */
export interface ShareTools {
  readonly digest: Digest;
  readonly entropy: Entropy;
  /** Powers mod n^2. */
  readonly powerMod: Power;
}

/**
 * c^(2 l! s_i) mod n^2 with its proof: three powers with exponents of some 2|n| bits.
 * @throws ChoirError ciphertext_out_of_range for c outside the units mod n^2, key_unknown for a share that was erased.
 */
export function partialDecryption(
  { digest, entropy, powerMod }: ShareTools,
  prover: Prover,
  share: KeyShare,
  context: ShareContext,
  c: bigint,
): PartialDecryption {
  const { key, sharing } = prover;
  checkProduct(c, key, "product");
  const holders = sharing.holders.length;
  const bits = shareNonceBits(key, holders);
  const delta = factorial(holders);
  return share.use((s) => {
    const secret = delta * s;
    const value = powerMod(c, 2n * secret);
    const fourth = powerMod(c, 4n);
    for (;;) {
      const r = uniformBits(bits, entropy);
      const a = powerMod(fourth, r);
      const b = powerMod(sharing.v, r);
      const e = shareChallenge(digest, prover, context, c, value, a, b);
      const z = r + e * secret;
      // too wide with probability 2^-128; the nonce then goes with it
      if (z >> BigInt(bits) === 0n) return { value, e, z };
    }
  });
}

/**
 * c^(2 l! s_i) mod n^2 without a proof, for a holder that opens with its own share: one power.
 * @throws ChoirError key_unknown for a share that was erased.
 */
export function ownPart(powerMod: Power, { holders }: Pick<Sharing, "holders">, share: KeyShare, c: bigint): bigint {
  return share.use((s) => powerMod(c, 2n * factorial(holders.length) * s));
}

/** Whether a share is the one that its verification value speaks of: v^(l! s_i) = v_i. One power with an exponent of some 2|n| bits. */
export function shareFits(powerMod: Power, { sharing, holder }: Prover, share: KeyShare): boolean {
  const delta = factorial(sharing.holders.length);
  return share.use((s) => powerMod(sharing.v, delta * s)) === holder.verification;
}
