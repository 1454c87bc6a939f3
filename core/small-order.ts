/** Ed25519 keys of small order (y = 0, 1, -1 and the points of order 8 on the curve of RFC 8032): everyone can make signatures that they verify, and OpenSSL takes them. */

import { toHex } from "./bytes.ts";

/**
 * y of the points of small order, without the sign's bit, p and p + 1 among them, which OpenSSL takes for 0 and 1: everyone can make
 * signatures that such a key verifies, so every verification of ours refuses them.
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

/** Whether a public key of 32 bytes is of small order, in any encoding that OpenSSL takes. */
export function hasSmallOrder(publicKey: Uint8Array): boolean {
  const y = publicKey.slice();
  const last = y.length - 1;
  y[last] = (y[last] ?? 0) & 0x7f;
  return SMALL_ORDER.has(toHex(y));
}
