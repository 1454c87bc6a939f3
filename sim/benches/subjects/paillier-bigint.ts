/** The package paillier-bigint on Node at the same key size, against the textbook's two operations in plain BigInt. */

import { randomBytes } from "node:crypto";
import * as peerLibrary from "paillier-bigint";
import { bytesToInteger, gcd, invert } from "../../../core/integers.ts";
import type { SecretKey } from "../../../core/secret/key-pair.ts";
import type { Subject } from "../bench.ts";
import { elapsedMs } from "../engines/engine.ts";
import { Textbook, textbookDecryption } from "../engines/textbook.ts";
import type { Measurement } from "../measurement.ts";
import { inTurn } from "../sampling.ts";

const ENCRYPT = "paillier-bigint.encrypt";
const DECRYPT = "paillier-bigint.decrypt";

/** The package's private key of our key; g = 1 + n as for us, p and q given so that it decrypts as fast as it can. */
export function peerKey(secret: SecretKey): peerLibrary.PrivateKey {
  const { n } = secret;
  return secret.use((p, q) => {
    const { lambda, mu } = textbookKey(p, q);
    return new peerLibrary.PrivateKey(lambda, mu, new peerLibrary.PublicKey(n, n + 1n), p, q);
  });
}

export const peer: Subject = {
  names: () => [ENCRYPT, DECRYPT],
  async measure({ deployment: { secret }, options }, wanted) {
    const { n } = secret;
    const library = peerKey(secret);
    const textbook = new Textbook(n);
    const decrypt = secret.use((p, q) => {
      const { lambda, mu } = textbookKey(p, q);
      return textbookDecryption(n, lambda, mu);
    });
    const plaintext = 123_456n;
    const random = bytesToInteger(new Uint8Array(randomBytes(options.keyBits / 8))) % n;
    const ciphertext = textbook.encrypt(plaintext, random);
    const timed = (run: () => unknown) => async () => elapsedMs(run, 1, () => performance.now());
    const measured: Measurement[] = [];
    const about = { engine: "node", unit: "ms", better: "less" } as const;
    if (wanted(ENCRYPT)) {
      const [values = [], baselines = []] = await inTurn(options.samples, [
        timed(() => library.publicKey.encrypt(plaintext)),
        timed(() => textbook.encrypt(plaintext, random)),
      ]);
      measured.push({ ...about, name: ENCRYPT, against: "textbook encryption", values, baselines });
    }
    if (wanted(DECRYPT)) {
      const [values = [], baselines = []] = await inTurn(options.samples, [
        timed(() => library.decrypt(ciphertext)),
        timed(() => decrypt(ciphertext)),
      ]);
      measured.push({ ...about, name: DECRYPT, against: "textbook decryption", values, baselines });
    }
    return measured;
  },
};

function textbookKey(p: bigint, q: bigint): { readonly lambda: bigint; readonly mu: bigint } {
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  return { lambda, mu: invert(lambda, p * q) };
}
