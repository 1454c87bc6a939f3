/** Opening with shares: from t of them, whose proofs hold, to the plaintext (Damgard, Jurik, PKC 2001, section 4.1; docs/PROTOCOL.md, Opening with shares). */

import { ChoirError } from "../errors.ts";
import { factorial, invert } from "../integers.ts";
import { checkProduct } from "../paillier/ciphertext.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import type { Power } from "../ports.ts";
import type { Sharing } from "../wire/sharing.ts";
import { lagrange } from "./lagrange.ts";

/** A checked share of an opening: c_i of holder `index`, 1 to l. */
export interface CheckedShare {
  readonly index: number;
  readonly value: bigint;
}

/**
 * The plaintext M, 0 <= M < n, of the ciphertext that the shares are of; the first t of them are used. t powers with short public exponents.
 * @throws ChoirError shares_missing below t, field_wrong for a holder that is there twice or not in 1..l, ciphertext_out_of_range for a value
 *   outside the units mod n^2, proof_wrong where the values are not of one ciphertext under this key.
 */
export function combine(
  key: PublicKey,
  { threshold, holders }: Pick<Sharing, "threshold" | "holders">,
  shares: readonly CheckedShare[],
  powerMod: Power,
): bigint {
  const all = shares.map(({ index }) => index);
  const isHolder = (index: number): boolean => Number.isInteger(index) && index >= 1 && index <= holders.length;
  const wrong = all.find((index, i) => !isHolder(index) || all.indexOf(index) !== i);
  if (wrong !== undefined) {
    throw new ChoirError("field_wrong", "shares", `holders 1 to ${holders.length}, each once`, `${wrong}`);
  }
  if (shares.length < threshold) {
    throw new ChoirError("shares_missing", "shares", `${threshold} of them`, `${shares.length}`);
  }
  const used = shares.slice(0, threshold);
  const indices = used.map(({ index }) => index);
  const { n, nSquared } = key;
  let combined = 1n;
  for (const { index, value } of used) {
    checkProduct(value, key, `share ${index}`);
    const exponent = 2n * lagrange(index, indices, holders.length);
    const factor = exponent < 0n ? invert(powerMod(value, -exponent), nSquared) : powerMod(value, exponent);
    combined = (combined * factor) % nSquared;
  }
  // c^(4 l!^2 d) = (1 + n)^(4 l!^2 M)
  if (combined % n !== 1n) {
    throw new ChoirError("proof_wrong", "shares", "shares of one ciphertext under this key", "others");
  }
  const delta = factorial(holders.length);
  return (((combined - 1n) / n) * invert(4n * delta * delta, n)) % n;
}
