/**
 * The proof of plaintext: a Schnorr-type argument that the sender of c knows its plaintext m and randomness alpha, bound to meter,
 * interval and key. Without it a meter could send other homes' old ciphertexts as its own reading (docs/PROTOCOL.md, Proof of plaintext).
 */

import { asciiBytes, concatBytes, uint64Bytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bytesToInteger } from "../integers.ts";
import type { Digest, Power } from "../ports.ts";
import { checkCiphertext } from "./ciphertext.ts";
import { maskBytes } from "./pool-entry.ts";
import { CHALLENGE_BITS, nonceBits, type PublicKey } from "./public-key.ts";

/** What a proof is bound to. */
export interface ProofContext {
  readonly meter: string;
  readonly interval: number;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
}

/** A ciphertext with its proof, as bytes of fixed widths: c and A 2|n|, z1 and z2 as `proofWidths` says. */
export interface ProvenCiphertext {
  readonly ciphertext: Uint8Array;
  readonly commitment: Uint8Array;
  readonly z1: Uint8Array;
  readonly z2: Uint8Array;
}

/** One proof's numbers, checked for range, with its challenge: A^2 = ((1+n)^z1 * h_s^z2 * c^e)^2 remains to be seen. */
export interface Statement {
  readonly c: bigint;
  readonly a: bigint;
  readonly z1: bigint;
  readonly z2: bigint;
  readonly e: bigint;
}

/** Bytes of z1 and z2. */
export function proofWidths(bits: number, plaintextBits: number): { readonly z1: number; readonly z2: number } {
  return { z1: maskBytes(plaintextBits), z2: nonceBits(bits) / 8 };
}

/** e: the first 128 bits of SHA-256(type, key id, meter, interval, A, c); the meter's name is preceded by its length. */
export function challenge(
  digest: Digest,
  context: ProofContext,
  commitment: Uint8Array,
  ciphertext: Uint8Array,
): bigint {
  const meter = asciiBytes(context.meter);
  const hash = digest.sha256(
    concatBytes(
      asciiBytes("choir/v1/proof"),
      context.keyId,
      Uint8Array.of(meter.length),
      meter,
      uint64Bytes(context.interval),
      commitment,
      ciphertext,
    ),
  );
  return bytesToInteger(hash.subarray(0, CHALLENGE_BITS / 8));
}

/**
 * The numbers of a proof, with widths and ranges checked.
 * @throws ChoirError length_wrong, ciphertext_out_of_range (also for A).
 */
export function statement(
  key: PublicKey,
  plaintextBits: number,
  digest: Digest,
  context: ProofContext,
  proven: ProvenCiphertext,
): Statement {
  const widths = proofWidths(key.bits, plaintextBits);
  checkWidth(proven.ciphertext, 2 * key.bytes, "ciphertext");
  checkWidth(proven.commitment, 2 * key.bytes, "proof.commitment");
  checkWidth(proven.z1, widths.z1, "proof.z1");
  checkWidth(proven.z2, widths.z2, "proof.z2");
  return {
    c: checkCiphertext(bytesToInteger(proven.ciphertext), key, "ciphertext"),
    a: checkCiphertext(bytesToInteger(proven.commitment), key, "proof.commitment"),
    z1: bytesToInteger(proven.z1),
    z2: bytesToInteger(proven.z2),
    e: challenge(digest, context, proven.commitment, proven.ciphertext),
  };
}

/** Whether one proof holds: two powers mod n^2, of h_s and of c. Compared as squares, as a batch must be, so that both agree on -A. */
export function holds(key: PublicKey, powerMod: Power, { c, a, z1, z2, e }: Statement): boolean {
  const { n, nSquared, base } = key;
  const right = (((powerMod(base, z2) * powerMod(c, e)) % nSquared) * (1n + n * (z1 % n))) % nSquared;
  return (a * a) % nSquared === (right * right) % nSquared;
}

function checkWidth(bytes: Uint8Array, width: number, name: string): void {
  if (bytes.length !== width) throw new ChoirError("length_wrong", name, `${width} bytes`, `${bytes.length}`);
}
