/** Who holds the shares of a key with `custody: shared`: the part of its key file that other key files lack (docs/PROTOCOL.md, Shared custody). */

import { equalBytes, toHex } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { bitLength, bytesToInteger, factorial, integerToBytes } from "../integers.ts";
import { checkCiphertext } from "../paillier/ciphertext.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import { type CborValue, checkAscending, Fields } from "./cbor.ts";

/** The most shares of a key: l! enters every exponent. */
export const MOST_HOLDERS = 32;

/** A holder of one share. Its number is its position in the list, from 1. */
export interface ShareHolder {
  readonly holder: string;
  /** Its Ed25519 key, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Its X25519 key, 32 bytes: what is for it alone is sealed to this (RFC 9180). */
  readonly sealingKey: Uint8Array;
  /** v^(l! s_i) mod n^2, by which its shares of openings are checked. */
  readonly verification: bigint;
}

/** How a key is shared. */
export interface Sharing {
  /** The provider's X25519 key, which shares of openings are sealed to. */
  readonly providerSealingKey: Uint8Array;
  /** Shares that an opening needs. */
  readonly threshold: number;
  /** Generates the squares mod n^2. */
  readonly v: bigint;
  /** Ascending by id. */
  readonly holders: readonly ShareHolder[];
  /** The holder that is the provider itself, where it has a share. */
  readonly providerHolder: string | undefined;
}

/** Fields of a key file with `custody: shared` behind those that all have. */
export const SHARING_FIELDS = 5;

/** Those fields. */
export function sharingFields(sharing: Sharing, key: Pick<PublicKey, "bytes">): readonly CborValue[] {
  return [
    sharing.providerSealingKey,
    sharing.threshold,
    integerToBytes(sharing.v, 2 * key.bytes),
    sharing.holders.map((one) => [
      one.holder,
      one.signingKey,
      one.sealingKey,
      integerToBytes(one.verification, 2 * key.bytes),
    ]),
    sharing.providerHolder ?? null,
  ];
}

/**
 * Reads those fields, the first of which is field `at`.
 * @throws ChoirError field_wrong, length_wrong, value_out_of_range, ciphertext_out_of_range for v and the verification values.
 */
export function readSharing(fields: Fields, at: number, key: PublicKey, providerKey: Uint8Array): Sharing {
  const element = (from: Fields, index: number, name: string): bigint => {
    const value = bytesToInteger(from.bytes(index, name, 2 * key.bytes));
    return checkCiphertext(value, key, `key file.${name}`);
  };
  const providerSealingKey = fields.bytes(at, "provider sealing key", 32);
  const holders = fields.list(at + 3, "share holders", (value, name): ShareHolder => {
    const one = new Fields(value, name, 4);
    return {
      holder: one.id(0, "holder"),
      signingKey: one.bytes(1, "signing key", 32),
      sealingKey: one.bytes(2, "sealing key", 32),
      verification: element(one, 3, "verification"),
    };
  });
  if (holders.length < 2 || holders.length > MOST_HOLDERS) {
    throw new ChoirError("value_out_of_range", "key file.share holders", `2 to ${MOST_HOLDERS}`, `${holders.length}`);
  }
  const threshold = fields.uint(at + 1, "threshold", holders.length);
  if (threshold < 2) throw new ChoirError("value_out_of_range", "key file.threshold", "2 or more", `${threshold}`);
  checkAscending(
    holders.map(({ holder }) => holder),
    "key file.share holders",
  );
  const providerHolder = fields.isNull(at + 4) ? undefined : fields.id(at + 4, "provider holder");
  checkKeys(holders, providerHolder, providerKey, providerSealingKey);
  return { providerSealingKey, threshold, v: element(fields, at + 2, "v"), holders, providerHolder };
}

/** The provider's share is listed with the provider's keys, and no key is there twice: nobody has two shares. */
function checkKeys(
  holders: readonly ShareHolder[],
  providerHolder: string | undefined,
  providerKey: Uint8Array,
  providerSealingKey: Uint8Array,
): void {
  const own = holders.find(({ holder }) => holder === providerHolder);
  if (providerHolder !== undefined) {
    const same =
      own !== undefined && equalBytes(own.signingKey, providerKey) && equalBytes(own.sealingKey, providerSealingKey);
    if (!same) throw new ChoirError("field_wrong", "key file.provider holder", "a holder with its keys", "another");
  }
  const others = holders.filter((one) => one !== own);
  const signing = new Set([...others.map(({ signingKey }) => toHex(signingKey)), toHex(providerKey)]);
  const sealing = new Set([...others.map(({ sealingKey }) => toHex(sealingKey)), toHex(providerSealingKey)]);
  if (signing.size !== others.length + 1 || sealing.size !== others.length + 1) {
    throw new ChoirError("field_wrong", "key file.share holders", "each key once", "a key of two holders");
  }
}

/** The number of a holder, 1 to l. @throws ChoirError member_unknown. */
export function holderIndex(sharing: Sharing, holder: string): number {
  const position = sharing.holders.findIndex((one) => one.holder === holder);
  if (position < 0) throw new ChoirError("member_unknown", "share holder", "one that the key file lists", holder);
  return position + 1;
}

/** The share holders beside the provider. */
export function trusteesOf(sharing: Sharing): readonly ShareHolder[] {
  return sharing.holders.filter(({ holder }) => holder !== sharing.providerHolder);
}

/** Who countersigns a file, and how many of them must. */
export interface Signatories {
  readonly needed: number;
  /** Ascending by id, with their Ed25519 keys. */
  readonly trustees: readonly { readonly trustee: string; readonly key: Uint8Array }[];
}

/** Those of a key. */
export function signatoriesOf(sharing: Sharing): Signatories {
  const trustees = trusteesOf(sharing).map(({ holder, signingKey }) => ({ trustee: holder, key: signingKey }));
  return { needed: trusteesNeeded(sharing), trustees };
}

/** As many trustees as an opening needs beside the provider. */
export function trusteesNeeded(sharing: Sharing): number {
  return sharing.providerHolder === undefined ? sharing.threshold : sharing.threshold - 1;
}

/** Bytes of the challenge of a share's proof: all of a SHA-256. */
export const CHALLENGE_BYTES = 32;

/** Bits of a proof's nonce: those of l! s_i, of the challenge, and 128 that hide them; whole bytes. */
export function shareNonceBits(key: Pick<PublicKey, "bits">, holders: number): number {
  return 8 * Math.ceil((2 * key.bits + bitLength(factorial(holders)) + 384) / 8);
}

/** Bytes of a share of an opening with its proof, c_i, e and z. */
export function partialBytes(key: Pick<PublicKey, "bits" | "bytes">, holders: number): number {
  return 2 * key.bytes + CHALLENGE_BYTES + shareNonceBits(key, holders) / 8;
}
