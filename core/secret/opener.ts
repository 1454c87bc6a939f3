/** Opening by the Chinese remainder theorem: two half-size powers in OpenSSL where the textbook takes one full-size power (Paillier 1999, section 7). */

import { ChoirError } from "../errors.ts";
import { invert, reduce } from "../integers.ts";
import type { PowerOf } from "../ports.ts";
import type { SecretKey } from "./key-pair.ts";

/** Opens products with the whole key. */
export class Opener {
  readonly #open: (c: bigint) => bigint;
  readonly #nSquared: bigint;

  /** Prepares the powers mod p^2 and q^2, which costs some 10 ms; keep the opener. */
  constructor(secret: SecretKey, powerOf: PowerOf) {
    const { n } = secret;
    this.#nSquared = n * n;
    this.#open = secret.use((p, q) => {
      const openP = openModulo(p, q, powerOf);
      const openQ = openModulo(q, p, powerOf);
      const qInverse = invert(q, p);
      return (c) => {
        const mp = openP(c);
        const mq = openQ(c);
        return mq + q * reduce((mp - mq) * qInverse, p);
      };
    });
  }

  /** The plaintext of c, 0 <= m < n. @throws ChoirError ciphertext_out_of_range unless 0 < c < n^2. */
  open(c: bigint): bigint {
    if (c <= 0n || c >= this.#nSquared) {
      throw new ChoirError("ciphertext_out_of_range", "product", "0 < c < n^2", "a value outside");
    }
    return this.#open(c);
  }
}

/** m mod p = L_p(c^(p-1) mod p^2) * (L_p(1 + n)^(p-1))^-1 mod p; the latter is -q^-1 mod p since g = 1 + n. */
function openModulo(p: bigint, q: bigint, powerOf: PowerOf): (c: bigint) => bigint {
  const pSquared = p * p;
  const powerMod = powerOf(pSquared);
  const factor = invert(reduce(-q, p), p);
  return (c) => {
    const raised = powerMod(c % pSquared, p - 1n);
    return reduce(((raised - 1n) / p) * factor, p);
  };
}
