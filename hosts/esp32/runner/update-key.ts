/** The key of updates in PEM, as OpenSSL makes it (`openssl genpkey -algorithm ed25519`): both halves for who signs, one for who builds. */

import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { toHex } from "../../../core/bytes.ts";
import { ChoirError } from "../../../core/errors.ts";
import type { Signer } from "../../../core/ports.ts";

const KEY_BYTES = 32;

/** The public half, in hex, of a file that holds it or both. @throws ChoirError config_invalid. */
export function publicHalf(path: string): string {
  return toHex(rawPublic(load(path, createPublicKey), path));
}

/** @throws ChoirError config_invalid. */
export function updateSigner(path: string): Signer {
  const key = load(path, createPrivateKey);
  return {
    publicKey: rawPublic(createPublicKey(key), path),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

function load(path: string, make: (pem: Buffer) => KeyObject): KeyObject {
  try {
    return make(readFileSync(path));
  } catch (cause) {
    throw new ChoirError("config_invalid", path, "an Ed25519 key in PEM", "something else", cause);
  }
}

/** The last 32 bytes of the key's DER (RFC 8410). */
function rawPublic(key: KeyObject, path: string): Uint8Array {
  if (key.asymmetricKeyType !== "ed25519") {
    throw new ChoirError("config_invalid", path, "an Ed25519 key in PEM", key.asymmetricKeyType ?? "another key");
  }
  return new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(-KEY_BYTES));
}
