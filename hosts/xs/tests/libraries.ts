/** One function over the libraries that the meter takes: the same code in the engine and in Node, to be compared. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { decode, encode, rfc8949EncodeOptions } from "cborg";

/** CBOR of digests, key, signature, its verification and an eight-key map decoded again, all of `message`. */
export function libraries(message: Uint8Array): Uint8Array {
  ed25519.Point.BASE.precompute(1);
  const secret = sha256(message);
  const signature = ed25519.sign(message, secret);
  const publicKey = ed25519.getPublicKey(secret);
  // More than four keys: the library's default sorter then meets an element twice on XS and calls console.
  const map = new Map([8, 3, 5, 1, 7, 2, 6, 4].map((key) => [key, `é ${key}`]));
  const again: unknown = decode(encode(map, rfc8949EncodeOptions), { useMaps: true, strict: true });
  const verified = ed25519.verify(signature, message, publicKey);
  return encode([sha256(message), sha512(message), publicKey, signature, verified, again], rfc8949EncodeOptions);
}
