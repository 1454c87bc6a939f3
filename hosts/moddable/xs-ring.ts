/** The ring mod n^2 in BigInt (core/paillier/ring.ts), with XS's own conversions to and from bytes. */

import { integerToBytes } from "../../core/integers.ts";
import { bigIntRing, type Ring } from "../../core/paillier/ring.ts";

/** XS pads to a width, which the SDK's typings leave out. */
const arrayBuffers: { fromBigInt(value: bigint, minimumBytes: number): ArrayBuffer } = ArrayBuffer;

/** The ring of a modulus; through hex strings one conversion would cost as much as many products. */
export function xsRing(n: bigint): Ring {
  return bigIntRing(n, {
    fromBytes: (bytes) => BigInt.fromArrayBuffer(bytes.slice().buffer),
    toBytes: (value, width) => {
      const bytes = new Uint8Array(arrayBuffers.fromBigInt(value, width));
      // a value that does not fit comes back longer; the portable conversion refuses it with its own error
      return bytes.length === width ? bytes : integerToBytes(value, width);
    },
  });
}
