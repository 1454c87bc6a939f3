/** Textbook Paillier (Paillier 1999, scheme 1 with g = 1 + n), the baseline: binary square-and-multiply with `%`, exponent n. */

import { bitLength } from "../../../core/integers.ts";

/** Encryption as the paper has it, on whatever engine this runs. */
export class Textbook {
  readonly #n: bigint;
  readonly #nSquared: bigint;
  /** Bits of n below the top one, highest first; taken apart once, so that the baseline pays for arithmetic only. */
  readonly #bits: readonly boolean[];

  constructor(n: bigint) {
    this.#n = n;
    this.#nSquared = n * n;
    this.#bits = lowerBits(n);
  }

  /** r^n mod n^2. */
  power(r: bigint): bigint {
    return squareAndMultiply(r, this.#bits, this.#nSquared);
  }

  /** (1 + m*n) * r^n mod n^2. */
  encrypt(plaintext: bigint, r: bigint): bigint {
    return ((1n + plaintext * this.#n) * this.power(r)) % this.#nSquared;
  }
}

/** L(c^lambda mod n^2) * mu mod n, with everything that depends on the key alone made before. */
export function textbookDecryption(n: bigint, lambda: bigint, mu: bigint): (c: bigint) => bigint {
  const bits = lowerBits(lambda);
  return (c) => (((squareAndMultiply(c, bits, n * n) - 1n) / n) * mu) % n;
}

function squareAndMultiply(base: bigint, bits: readonly boolean[], modulus: bigint): bigint {
  let result = base;
  for (const bit of bits) {
    result = (result * result) % modulus;
    if (bit) result = (result * base) % modulus;
  }
  return result;
}

function lowerBits(exponent: bigint): readonly boolean[] {
  const bits: boolean[] = [];
  for (let bit = bitLength(exponent) - 2; bit >= 0; bit--) bits.push(((exponent >> BigInt(bit)) & 1n) === 1n);
  return bits;
}
