/** Integers to bytes and back in XS's own terms: through hex strings one conversion would cost as much as many products. */

import { integerToBytes } from "../../core/integers.ts";
import type { Conversion } from "../../core/paillier/ring.ts";

/** XS pads to a width, which the SDK's typings leave out. */
const arrayBuffers: { fromBigInt(value: bigint, minimumBytes: number): ArrayBuffer } = ArrayBuffer;

export const xsIntegers: Conversion = {
  // the engine takes no empty buffer, and no view
  fromBytes: (bytes) => (bytes.length === 0 ? 0n : BigInt.fromArrayBuffer(bytes.slice().buffer)),
  toBytes: (value, width) => {
    const bytes = new Uint8Array(arrayBuffers.fromBigInt(value, width));
    // a value that does not fit comes back longer and a negative one without its sign; the portable conversion refuses both
    return value >= 0n && bytes.length === width ? bytes : integerToBytes(value, width);
  },
};
