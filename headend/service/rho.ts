/** Randomisers by name, so that a repeated one is found (docs/PROTOCOL.md, Reading): a rho that seals twice lets anyone subtract the two readings. */

import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { bytesOf, integerOf } from "./big-endian.ts";

/** Bytes of a randomiser's name. */
export const RHO_NAME_BYTES = 16;

/**
 * A ciphertext's randomiser by name: the low bits of its residue c mod n, which two ciphertexts of one rho share. Others share them with
 * probability 2^-128, and a meter that seeks out such a pair has its own reading refused.
 */
export function rhoName(residue: bigint): bigint {
  return BigInt.asUintN(8 * RHO_NAME_BYTES, residue);
}

/** Randomisers of a block's readings in an interval, by name, one after the other. */
export function encodeRhoRecord(rhos: readonly bigint[]): Uint8Array {
  return concatBytes(...rhos.map((rho) => bytesOf(rho, RHO_NAME_BYTES)));
}

/** @throws ChoirError store_corrupt. */
export function readRhoRecord(key: string, content: Uint8Array): bigint[] {
  const count = content.length / RHO_NAME_BYTES;
  if (!Number.isInteger(count)) throw new ChoirError("store_corrupt", `record ${key}`, "whole names", "a part of one");
  return Array.from({ length: count }, (_, i) =>
    integerOf(content.subarray(i * RHO_NAME_BYTES, (i + 1) * RHO_NAME_BYTES)),
  );
}
