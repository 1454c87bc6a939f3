/** Core's primitives on node:crypto: digests, strict Ed25519 (RFC 8032), entropy. */

import { createPrivateKey, createPublicKey, hash, type KeyObject, randomFillSync, sign, verify } from "node:crypto";
import { availableParallelism } from "node:os";
import { ChoirError } from "../../core/errors.ts";
import type { Digest, Entropy, Signer, Verify } from "../../core/ports.ts";
import { hasSmallOrder } from "../../core/small-order.ts";

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410) up to the key itself. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** SHA-256 and SHA-512 of FIPS 180-4. */
export const nodeDigest: Digest = {
  sha256: (message) => new Uint8Array(hash("sha256", message, "buffer")),
  sha512: (message) => new Uint8Array(hash("sha512", message, "buffer")),
};

/** The operating system's generator. */
export const nodeEntropy: Entropy = {
  fill: (bytes) => {
    randomFillSync(bytes);
  },
};

/** `Verify` that may take place on another thread. */
export type AsyncVerify = (...args: Parameters<Verify>) => Promise<boolean>;

/**
 * A verifier that keeps the parsed form of every public key it has seen (parsing costs as much as a verification). Hand it keys of
 * the roll and the key file only, so that nobody outside can make it grow.
 */
export function nodeVerifier(): Verify {
  const keyFor = keyParser();
  return (publicKey, message, signature) => {
    const key = keyFor(publicKey, signature);
    return key !== undefined && verify(null, message, key, signature);
  };
}

/**
 * A verifier for those who check many messages at a time, otherwise as `nodeVerifier`: on Node's thread pool, or where there is no second
 * core on the caller's thread, since the way to another costs a seventh of a verification.
 */
export function nodeAsyncVerifier(cores = availableParallelism()): AsyncVerify {
  if (cores === 1) {
    const verifyHere = nodeVerifier();
    return async (...args) => verifyHere(...args);
  }
  const keyFor = keyParser();
  return (publicKey, message, signature) => {
    const key = keyFor(publicKey, signature);
    if (key === undefined) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      verify(null, message, key, signature, (error, good) => {
        if (error) reject(error);
        else resolve(good);
      });
    });
  };
}

/** The parsed key; none for wrong lengths, and for a key that nobody may sign with. */
function keyParser(): (publicKey: Uint8Array, signature: Uint8Array) => KeyObject | undefined {
  const parsed = new Map<string, KeyObject | undefined>();
  return (publicKey, signature) => {
    if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return undefined;
    const name = Buffer.from(publicKey).toString("latin1");
    if (!parsed.has(name)) parsed.set(name, hasSmallOrder(publicKey) ? undefined : parsePublicKey(publicKey));
    return parsed.get(name);
  };
}

function parsePublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
}

/** The signer of a PKCS #8 PEM text. @throws ChoirError input_invalid, naming `name`, for anything but an Ed25519 private key. */
export function nodeSigner(pem: string | Uint8Array, name: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(typeof pem === "string" ? pem : Buffer.from(pem));
  } catch {
    // the library's own words could hold parts of the file
    throw new ChoirError("input_invalid", name, "an Ed25519 private key as PKCS #8 PEM", "no readable key");
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new ChoirError("input_invalid", name, "an Ed25519 private key", `a key of type ${key.asymmetricKeyType}`);
  }
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(der.subarray(der.length - PUBLIC_KEY_BYTES)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}
