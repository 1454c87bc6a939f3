/**
 * The proof that a share of an opening is right: log of c_i^2 to the base c^4 equals that of v_i to the base v (Chaum, Pedersen, CRYPTO '92, in the
 * squares mod n^2; Damgard, Jurik, PKC 2001, section 4.2), made for one holder, group, interval and part (docs/PROTOCOL.md, Shares).
 */

import { asciiBytes, concatBytes, uint64Bytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bytesToInteger, integerToBytes, invert } from "../integers.ts";
import { checkProduct } from "../paillier/ciphertext.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import type { Digest, Power } from "../ports.ts";
import type { ShareContext } from "../wire/share.ts";
import { CHALLENGE_BYTES, partialBytes, type ShareHolder, type Sharing, shareNonceBits } from "../wire/sharing.ts";

/** A holder's part of an opening, c^(2 l! s_i) mod n^2, and its proof. */
export interface PartialDecryption {
  readonly value: bigint;
  /** The challenge, 256 bits. */
  readonly e: bigint;
  readonly z: bigint;
}

/** What proofs of one key and holder are about. */
export interface Prover {
  readonly key: PublicKey;
  readonly sharing: Sharing;
  readonly holder: ShareHolder;
}

/** The challenge: SHA-256 of everything that the proof is about. */
export function shareChallenge(
  digest: Digest,
  { key, sharing, holder }: Prover,
  context: ShareContext,
  c: bigint,
  value: bigint,
  a: bigint,
  b: bigint,
): bigint {
  const wide = (element: bigint): Uint8Array => integerToBytes(element, 2 * key.bytes);
  const name = (text: string): Uint8Array => concatBytes(Uint8Array.of(text.length), asciiBytes(text));
  const hash = digest.sha256(
    concatBytes(
      asciiBytes("choir/v1/share"),
      integerToBytes(key.n, key.bytes),
      wide(sharing.v),
      wide(holder.verification),
      context.keyId,
      uint64Bytes(context.rollVersion),
      name(holder.holder),
      name(context.group),
      uint64Bytes(context.interval),
      uint64Bytes(context.part),
      context.contributorsHash,
      wide(c),
      wide(value),
      wide(a),
      wide(b),
    ),
  );
  return bytesToInteger(hash);
}

/** The share of an opening as 2k + 32 + nonce bytes. */
export function encodePartial({ value, e, z }: PartialDecryption, key: PublicKey, holders: number): Uint8Array {
  return concatBytes(
    integerToBytes(value, 2 * key.bytes),
    integerToBytes(e, CHALLENGE_BYTES),
    integerToBytes(z, shareNonceBits(key, holders) / 8),
  );
}

/** Takes those bytes apart. @throws ChoirError length_wrong. */
export function decodePartial(bytes: Uint8Array, key: PublicKey, holders: number): PartialDecryption {
  const valueBytes = 2 * key.bytes;
  const length = partialBytes(key, holders);
  if (bytes.length !== length) throw new ChoirError("length_wrong", "share", `${length} bytes`, `${bytes.length}`);
  return {
    value: bytesToInteger(bytes.subarray(0, valueBytes)),
    e: bytesToInteger(bytes.subarray(valueBytes, valueBytes + CHALLENGE_BYTES)),
    z: bytesToInteger(bytes.subarray(valueBytes + CHALLENGE_BYTES)),
  };
}

/**
 * Refuses a share of an opening of c that its holder's secret did not make for this context. Two powers mod n^2 with exponents of some 2|n| bits,
 * two of 256 bits, two inverses.
 * @throws ChoirError ciphertext_out_of_range for c or c_i outside the units mod n^2, proof_wrong.
 */
export function checkPartial(
  digest: Digest,
  powerMod: Power,
  prover: Prover,
  context: ShareContext,
  c: bigint,
  partial: PartialDecryption,
): void {
  const { key, sharing, holder } = prover;
  const { nSquared } = key;
  const { value, e, z } = partial;
  checkProduct(c, key, "product");
  checkProduct(value, key, `share of ${holder.holder}`);
  const over = (base: bigint, exponent: bigint): bigint => invert(powerMod(base, exponent), nSquared);
  const fourth = powerMod(c, 4n);
  const a = (powerMod(fourth, z) * over((value * value) % nSquared, e)) % nSquared;
  const b = (powerMod(sharing.v, z) * over(holder.verification, e)) % nSquared;
  if (shareChallenge(digest, prover, context, c, value, a, b) !== e) {
    throw new ChoirError("proof_wrong", `share of ${holder.holder}`, "a proof that holds", "one that does not");
  }
}
