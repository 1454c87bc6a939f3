/** The ports that core's tests hand it: hashes and signatures of node:crypto, entropy from a seed, powers in BigInt. */

import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { power } from "../integers.ts";
import type { Digest, Entropy, PowerOf, Signer, Verify } from "../ports.ts";

export const digest: Digest = {
  sha256: (message) => new Uint8Array(createHash("sha256").update(message).digest()),
  sha512: (message) => new Uint8Array(createHash("sha512").update(message).digest()),
};

/** The DER in front of a raw Ed25519 seed (RFC 8410, PKCS #8) and of a raw public key (SPKI). */
const SEED_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_HEAD = Buffer.from("302a300506032b6570032100", "hex");

export function signerOf(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([SEED_HEAD, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { publicKey: new Uint8Array(spki.subarray(-32)), sign: (message) => new Uint8Array(sign(null, message, key)) };
}

export const verifySignature: Verify = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
};

/** Whole numbers below `limit` <= 2^32, the same for the same seed (Mulberry32; nothing to keep a secret with). */
export function seededNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Bytes that look random and are the same for the same seed. */
export function seededEntropy(seed: number): Entropy {
  const next = seededNumbers(seed);
  return {
    fill: (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next(256);
    },
  };
}

export const powerOf: PowerOf = (modulus) => (base, exponent) => power(base, exponent, modulus);
