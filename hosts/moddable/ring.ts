/** The native ring mod n^2 (core/paillier/ring.ts): native/ring.c, whose elements are buffers in Montgomery form, off the slot heap. */

import { ChoirError } from "../../core/errors.ts";
import { bitLength } from "../../core/integers.ts";
import { checkHalves, halvesOutOfRange, type Ring } from "../../core/paillier/ring.ts";
import { xsIntegers } from "./xs-integers.ts";

/** The C functions of one width of limbs; an undefined result is a refusal. */
export interface RingFunctions {
  prepare(n: Uint8Array): ArrayBuffer | undefined;
  multiply(modulus: ArrayBuffer, a: ArrayBuffer, b: ArrayBuffer): ArrayBuffer;
  square(modulus: ArrayBuffer, a: ArrayBuffer): ArrayBuffer;
  timesPower(modulus: ArrayBuffer, a: ArrayBuffer, exponent: Uint8Array): ArrayBuffer | undefined;
  read(modulus: ArrayBuffer, halves: Uint8Array): ArrayBuffer | undefined;
  write(modulus: ArrayBuffer, a: ArrayBuffer): ArrayBuffer;
  value(modulus: ArrayBuffer, a: ArrayBuffer): ArrayBuffer;
}

/** native/ring.c with limbs as wide as the compiler can; each cast states what the function of that name returns. */
const NATIVE: RingFunctions = {
  prepare(n) {
    return native("choir_ring_prepare").call(this, n) as ArrayBuffer | undefined;
  },
  multiply(modulus, a, b) {
    return native("choir_ring_multiply").call(this, modulus, a, b) as ArrayBuffer;
  },
  square(modulus, a) {
    return native("choir_ring_square").call(this, modulus, a) as ArrayBuffer;
  },
  timesPower(modulus, a, exponent) {
    return native("choir_ring_times_power").call(this, modulus, a, exponent) as ArrayBuffer | undefined;
  },
  read(modulus, halves) {
    return native("choir_ring_read").call(this, modulus, halves) as ArrayBuffer | undefined;
  },
  write(modulus, a) {
    return native("choir_ring_write").call(this, modulus, a) as ArrayBuffer;
  },
  value(modulus, a) {
    return native("choir_ring_value").call(this, modulus, a) as ArrayBuffer;
  },
};

/** The ring of an odd modulus of 2 to 4,096 bits. @throws ChoirError value_out_of_range for another. */
export function nativeRing(n: bigint, functions: RingFunctions = NATIVE): Ring<ArrayBuffer> {
  const { toBytes, fromBytes } = xsIntegers;
  const width = Math.ceil(bitLength(n) / 8);
  const modulus = functions.prepare(toBytes(n, width));
  if (modulus === undefined) {
    throw new ChoirError("value_out_of_range", "modulus n", "an odd number of 2 to 4096 bits", `${8 * width} bits`);
  }
  return {
    n,
    multiply: (a, b) => functions.multiply(modulus, a, b),
    square: (a) => functions.square(modulus, a),
    timesPower(a, exponent) {
      // 1+n has order n
      const power = functions.timesPower(modulus, a, toBytes(exponent < n ? exponent : exponent % n, width));
      if (power === undefined) throw halvesOutOfRange();
      return power;
    },
    fromHalves(halves) {
      checkHalves(halves, width);
      const element = functions.read(modulus, halves);
      if (element === undefined) throw halvesOutOfRange();
      return element;
    },
    toHalves: (a) => new Uint8Array(functions.write(modulus, a)),
    valueBytes: (a) => new Uint8Array(functions.value(modulus, a)),
    toBytes,
    fromBytes,
  };
}
