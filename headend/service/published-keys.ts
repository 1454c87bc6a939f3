/** Keys whose factors are published with the product: whoever has this repository opens readings under them. */

import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { bitLength, integerToBytes } from "../../core/integers.ts";
import { nodeDigest } from "./crypto.ts";

/** SHA-256 of their n, big-endian and without leading zeros: the demonstration's (sim/demonstration-keys.ts), then those of the vectors (docs/PROTOCOL.md, Vectors). */
const PUBLISHED: readonly string[] = [
  "a1186e9b7dbc2265d8689eb6169ec2cef21d06f3174572e5c3c344277ae1987d",
  "f5a38f4edacd0e7d6e870d943bd7c6778996719999982d48cbc6395efc111564",
  "281449a6a5659ae250dd17f4fbd10bc420101f4c1c4cf6f5ad9c4f42679509c4",
  "0ac2029fc7d6430ae24728c7713142d2931954027ec3eeecd4f95e78c16cae34",
  "ce75d405f45cb87aca4b3fbbf9f209cb3a217915a41cb533428bcc2563f9fd06",
];

/** Whether the factors of n are published. */
export function isPublished(n: bigint): boolean {
  return PUBLISHED.includes(toHex(nodeDigest.sha256(integerToBytes(n, Math.ceil(bitLength(n) / 8)))));
}

/** Refuses a published key, except in the street that it is for. @throws ChoirError key_published. */
export function refusePublished(n: bigint, allowed: boolean): void {
  if (!allowed && isPublished(n)) {
    throw new ChoirError(
      "key_published",
      "key file.n",
      "a key of one's own",
      "a demonstration's, which anyone can open",
    );
  }
}
