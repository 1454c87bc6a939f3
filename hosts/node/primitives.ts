/** Digest, signatures and entropy of node:crypto behind core's ports. */

import { createHash, createPrivateKey, createPublicKey, randomFillSync, sign, verify } from "node:crypto";
import { toHex } from "../../core/bytes.ts";
import type { Digest, Entropy, Signer, Verify } from "../../core/ports.ts";

export const nodeDigest: Digest = {
  sha256: (message) => new Uint8Array(createHash("sha256").update(message).digest()),
  sha512: (message) => new Uint8Array(createHash("sha512").update(message).digest()),
};

/** The operating system's generator, which is seeded before any process of ours starts. */
export const nodeEntropy: Entropy = {
  fill: (bytes) => {
    randomFillSync(bytes);
  },
};

/** DER that goes before a raw Ed25519 seed (RFC 8410, PKCS #8) and before a raw public key (SPKI). */
const SEED_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const PUBLIC_KEY_BYTES = 32;

/**
 * y of the points of small order, without the sign's bit, p and p + 1 among them, which OpenSSL takes for 0 and 1: everyone can make
 * signatures that such a key verifies, so the other hosts' strict verification refuses them, and so must this one.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** A signer from a 32-byte Ed25519 seed. */
export function nodeSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([SEED_PREFIX, seed]), format: "der", type: "pkcs8" });
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(der.subarray(der.length - PUBLIC_KEY_BYTES)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Ed25519 verification by OpenSSL; false for anything malformed and for keys of small order. */
export const nodeVerify: Verify = (publicKey, message, signature) => {
  if (publicKey.length !== PUBLIC_KEY_BYTES || hasSmallOrder(publicKey)) return false;
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
};

function hasSmallOrder(publicKey: Uint8Array): boolean {
  const y = publicKey.slice();
  y[PUBLIC_KEY_BYTES - 1] = (y[PUBLIC_KEY_BYTES - 1] ?? 0) & 0x7f;
  return SMALL_ORDER.has(toHex(y));
}
