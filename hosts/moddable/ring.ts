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
  const width = Math.ceil(bitLength(n) / 8);
  const modulus = functions.prepare(xsIntegers.toBytes(n, width));
  if (modulus === undefined) {
    throw new ChoirError("value_out_of_range", "modulus n", "an odd number of 2 to 4096 bits", `${8 * width} bits`);
  }
  return new NativeRing(n, width, modulus, functions);
}

/** A class, whose methods lie in flash: functions of an object's own would lie in memory. */
class NativeRing implements Ring<ArrayBuffer> {
  readonly n: bigint;
  readonly #width: number;
  readonly #modulus: ArrayBuffer;
  readonly #functions: RingFunctions;

  constructor(n: bigint, width: number, modulus: ArrayBuffer, functions: RingFunctions) {
    this.n = n;
    this.#width = width;
    this.#modulus = modulus;
    this.#functions = functions;
  }

  multiply(a: ArrayBuffer, b: ArrayBuffer): ArrayBuffer {
    return this.#functions.multiply(this.#modulus, a, b);
  }

  square(a: ArrayBuffer): ArrayBuffer {
    return this.#functions.square(this.#modulus, a);
  }

  timesPower(a: ArrayBuffer, exponent: bigint): ArrayBuffer {
    // 1+n has order n
    const bytes = xsIntegers.toBytes(exponent < this.n ? exponent : exponent % this.n, this.#width);
    const power = this.#functions.timesPower(this.#modulus, a, bytes);
    if (power === undefined) throw halvesOutOfRange();
    return power;
  }

  fromHalves(halves: Uint8Array): ArrayBuffer {
    checkHalves(halves, this.#width);
    const element = this.#functions.read(this.#modulus, halves);
    if (element === undefined) throw halvesOutOfRange();
    return element;
  }

  toHalves(a: ArrayBuffer): Uint8Array {
    return new Uint8Array(this.#functions.write(this.#modulus, a));
  }

  valueBytes(a: ArrayBuffer): Uint8Array {
    return new Uint8Array(this.#functions.value(this.#modulus, a));
  }

  toBytes(value: bigint, width: number): Uint8Array {
    return xsIntegers.toBytes(value, width);
  }

  fromBytes(bytes: Uint8Array): bigint {
    return xsIntegers.fromBytes(bytes);
  }
}
