/** Digest, verification and signer in JavaScript (@noble), for hosts without native ones; Ed25519 with the smallest table, for memory. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { Digest, Signer, Verify } from "./ports.ts";

/** SHA-256 and SHA-512 of FIPS 180-4. */
export const nobleDigest: Digest = { sha256: (message) => sha256(message), sha512: (message) => sha512(message) };

/** Strict Ed25519 verification (RFC 8032; no ZIP 215 leniency), false on any malformed input. */
export const nobleVerify: Verify = (publicKey, message, signature) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    // malformed points and lengths throw in the library; a signature that cannot be parsed is simply not valid
    return false;
  }
};

/**
 * A signer from a 32-byte Ed25519 seed, without a precomputed table of the base point: a signature costs half as much again as with the
 * library's default one, which takes 1.4 MB on 64-bit XS, more than a small chip has (docs/BENCHMARKS.md).
 */
export function nobleSigner(seed: Uint8Array): Signer {
  const secret = seed.slice();
  ed25519.Point.BASE.precompute(1);
  const publicKey = ed25519.getPublicKey(secret);
  return { publicKey, sign: (message) => ed25519.sign(message, secret) };
}
