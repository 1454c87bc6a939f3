/** Randomisers by name, so that a repeated one is found (docs/PROTOCOL.md, Reading): a rho that seals twice lets anyone subtract the two readings. */

/** Bytes of a randomiser's name. */
export const RHO_NAME_BYTES = 16;

/**
 * A ciphertext's randomiser by name: the low bits of its residue c mod n, which two ciphertexts of one rho share. Others share them with
 * probability 2^-128, and a meter that seeks out such a pair has its own reading refused.
 */
export function rhoName(residue: bigint): bigint {
  return BigInt.asUintN(8 * RHO_NAME_BYTES, residue);
}
