/**
 * Sealing to one party's key: HPKE (RFC 9180) in base mode, single-shot, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM
 * (docs/PROTOCOL.md, Sealing).
 */

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from "hpke";
import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Unseal } from "../../core/ports.ts";

const KEY_BYTES = 32;

/** Whoever things can be sealed to. The secret half never leaves it. */
export interface SealingKey {
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly open: Unseal;
}

function suite(): CipherSuite {
  return new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM);
}

/** `enc` and the ciphertext in one: 48 bytes more than the plaintext. @throws ChoirError sealing_wrong for a public key that is none. */
export async function sealTo(
  publicKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  try {
    const hpke = suite();
    const recipient = await hpke.DeserializePublicKey(publicKey);
    const { encapsulatedSecret, ciphertext } = await hpke.Seal(recipient, plaintext, { info, aad });
    return concatBytes(encapsulatedSecret, ciphertext);
  } catch (cause) {
    // keys of small order, with which everyone shares a secret, fail in the exchange
    throw new ChoirError("sealing_wrong", "sealing key", "an X25519 public key", "another", cause);
  }
}

/** The sealing key of a PKCS #8 PEM text. @throws ChoirError input_invalid, naming `name`, for anything but an X25519 private key. */
export function nodeSealingKey(pem: string | Uint8Array, name: string): SealingKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(typeof pem === "string" ? pem : Buffer.from(pem));
  } catch {
    // the library's own words could hold parts of the file
    throw new ChoirError("input_invalid", name, "an X25519 private key as PKCS #8 PEM", "no readable key");
  }
  if (key.asymmetricKeyType !== "x25519") {
    throw new ChoirError("input_invalid", name, "an X25519 private key", `a key of type ${key.asymmetricKeyType}`);
  }
  const publicKey = lastBytes(createPublicKey(key).export({ format: "der", type: "spki" }));
  return { publicKey, open: unsealWith(key, publicKey) };
}

function unsealWith(key: KeyObject, ownKey: Uint8Array): Unseal {
  return async (info, aad, sealed) => {
    try {
      const hpke = suite();
      const der = key.export({ format: "der", type: "pkcs8" });
      const privateKey = await hpke.DeserializePrivateKey(lastBytes(der), false);
      der.fill(0);
      // without the public half the library would want a private one that can be exported
      const pair = { privateKey, publicKey: await hpke.DeserializePublicKey(ownKey) };
      return await hpke.Open(pair, sealed.slice(0, KEY_BYTES), sealed.slice(KEY_BYTES), { info, aad });
    } catch (cause) {
      throw new ChoirError("sealing_wrong", "sealed message", "one sealed to this key for this use", "another", cause);
    }
  };
}

/** The raw key at the end of its DER (RFC 8410). */
function lastBytes(der: Buffer): Uint8Array {
  return new Uint8Array(der.subarray(der.length - KEY_BYTES));
}
