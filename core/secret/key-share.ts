/** One share of a key: f(i) of the dealer's polynomial, with the number i of its holder. */

import { ChoirError } from "../errors.ts";
import { bytesToInteger, integerToBytes } from "../integers.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import { Secret } from "./secret.ts";

/** The share of holder `index`, 1 to l. Prints as nothing; can be erased, as far as an engine that copies numbers lets it. */
export class KeyShare extends Secret {
  readonly index: number;
  readonly #value: Uint8Array;
  #erased = false;

  /** @param value 2k big-endian bytes for a key of k bytes */
  constructor(index: number, value: Uint8Array) {
    super();
    this.index = index;
    this.#value = value.slice();
  }

  /** A dealt number as a share. @throws ChoirError value_out_of_range unless 0 <= value < n^2. */
  static of(index: number, value: bigint, key: Pick<PublicKey, "bytes">): KeyShare {
    return new KeyShare(index, integerToBytes(value, 2 * key.bytes));
  }

  /** Hands the number to the one who computes with it. @throws ChoirError key_unknown once it is erased. */
  use<T>(compute: (value: bigint) => T): T {
    if (this.#erased) throw new ChoirError("key_unknown", "key share", "one that is there", "one that was erased");
    return compute(bytesToInteger(this.#value));
  }

  /** Its 2k bytes, for whoever seals them to the holder. @throws ChoirError key_unknown once it is erased. */
  useBytes<T>(compute: (value: Uint8Array) => T): T {
    return this.use(() => compute(this.#value.slice()));
  }

  /** Overwrites the share; it opens nothing from then on. */
  erase(): void {
    this.#value.fill(0);
    this.#erased = true;
  }
}
