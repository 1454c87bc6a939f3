/** The dealt keys of the vectors, as the product's own types, for tests of shares and openings. */

import { fromHex } from "../../bytes.ts";
import { bytesToInteger } from "../../integers.ts";
import { type PublicKey, publicKey } from "../../paillier/public-key.ts";
import type { Entropy } from "../../ports.ts";
import { integer, type SharedVector, sharedVector } from "../../tests/vectors.ts";
import type { ShareContext } from "../../wire/share.ts";
import type { ShareHolder, Sharing } from "../../wire/sharing.ts";
import { KeyShare } from "../key-share.ts";

/** Entropy that plays the given bytes, one array a draw, and then no more. */
export function playedEntropy(draws: readonly Uint8Array[]): Entropy {
  const left = [...draws];
  return {
    fill: (bytes) => {
      const next = left.shift();
      if (next?.length !== bytes.length) throw new Error(`a draw of ${bytes.length} bytes, not ${next?.length}`);
      bytes.set(next);
    },
  };
}

/** A dealt key. */
export interface SharedKey {
  readonly vector: SharedVector;
  readonly key: PublicKey;
  readonly sharing: Sharing;
  readonly shares: readonly KeyShare[];
  readonly context: ShareContext;
  /** The product that the vector's shares are of. */
  readonly c: bigint;
}

export function sharedKey(bits: 512 | 2048): SharedKey {
  const vector = sharedVector(bits);
  const key = publicKey(integer(vector.n), integer(vector.base), bits);
  const holders = vector.holders.map(
    ({ holder, verification }, i): ShareHolder => ({
      holder,
      signingKey: new Uint8Array(32).fill(i),
      sealingKey: new Uint8Array(32).fill(i),
      verification: integer(verification),
    }),
  );
  const { contributors: _, contributorsHash, keyId, ...subject } = vector.context;
  return {
    vector,
    key,
    sharing: {
      providerSealingKey: new Uint8Array(32),
      threshold: vector.threshold,
      v: integer(vector.v),
      holders,
      providerHolder: holders[0]?.holder,
    },
    shares: vector.holders.map(({ share }, i) => new KeyShare(i + 1, fromHex(share))),
    context: { ...subject, keyId: fromHex(keyId), contributorsHash: fromHex(contributorsHash) },
    c: bytesToInteger(fromHex(vector.product)),
  };
}

/** All subsets of `size` of the list, each in order. */
export function subsets<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return list.flatMap((first, i) => subsets(list.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
}
