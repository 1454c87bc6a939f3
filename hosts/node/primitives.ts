/** Digest, signatures and entropy of node:crypto behind core's ports. */

import { createHash, createPrivateKey, createPublicKey, randomFillSync, sign, verify } from "node:crypto";
import type { Digest, Entropy, Signer, Verify } from "../../core/ports.ts";
import { hasSmallOrder } from "../../core/small-order.ts";

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
