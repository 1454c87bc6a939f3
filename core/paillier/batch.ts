/**
 * Many proofs of plaintext at once: with random 128-bit weights w_i, prod A_i^w_i = (1+n)^(sum w_i z1_i) * h_s^(sum w_i z2_i) * prod c_i^(w_i e_i),
 * compared as squares (Bellare, Garay, Rabin 1998, small exponents test); a batch that fails is bisected until the bad ones are named.
 */

import { bytesToInteger } from "../integers.ts";
import type { Entropy, Power } from "../ports.ts";
import { multiPower } from "./multi-power.ts";
import { holds, type Statement } from "./proof.ts";
import type { PublicKey } from "./public-key.ts";

const WEIGHT_BYTES = 16;

/** Below this many, single checks are no dearer than a batch. */
const LEAST_BATCH = 2;

/** Indices, ascending, of the statements that do not hold; empty when all do. */
export function failures(
  key: PublicKey,
  powerMod: Power,
  entropy: Entropy,
  statements: readonly Statement[],
): readonly number[] {
  const bad: number[] = [];
  const search = (from: number, to: number): void => {
    if (from >= to) return;
    if (to - from < LEAST_BATCH) {
      // from is below to, and to is at most the length
      if (!holds(key, powerMod, statements[from] as Statement)) bad.push(from);
      return;
    }
    if (batchHolds(key, powerMod, entropy, statements.slice(from, to))) return;
    const middle = (from + to) >> 1;
    search(from, middle);
    search(middle, to);
  };
  search(0, statements.length);
  return bad;
}

/** Whether all hold; a false "yes" has probability 2^-127 or less over the weights. */
export function batchHolds(
  key: PublicKey,
  powerMod: Power,
  entropy: Entropy,
  statements: readonly Statement[],
): boolean {
  const { n, nSquared, base } = key;
  const random = new Uint8Array(WEIGHT_BYTES * statements.length);
  entropy.fill(random);
  const weights = statements.map((_, i) => bytesToInteger(random.subarray(i * WEIGHT_BYTES, (i + 1) * WEIGHT_BYTES)));
  let z1 = 0n;
  let z2 = 0n;
  const exponents: bigint[] = [];
  statements.forEach((one, i) => {
    // one weight was drawn for each statement
    const weight = weights[i] as bigint;
    z1 += weight * one.z1;
    z2 += weight * one.z2;
    exponents.push(weight * one.e);
  });
  const commitments = statements.map((one) => one.a);
  const ciphertexts = statements.map((one) => one.c);
  const left = multiPower(commitments, weights, n);
  const right =
    (((powerMod(base, z2) * multiPower(ciphertexts, exponents, n)) % nSquared) * (1n + n * (z1 % n))) % nSquared;
  return (left * left) % nSquared === (right * right) % nSquared;
}
