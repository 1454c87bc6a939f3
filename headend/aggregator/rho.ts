/** Randomisers by name, so that a repeated one is found (docs/PROTOCOL.md, Reading): a rho that seals twice lets anyone subtract the two readings. */

/** Bits of a randomiser's name. */
const RHO_NAME_BITS = 128;

/**
 * A ciphertext's randomiser by name: the low bits of its residue c mod n, which two ciphertexts of one rho share. Others share them with
 * probability 2^-128, and a meter that seeks out such a pair has its own reading refused.
 */
export function rhoName(residue: bigint): string {
  return BigInt.asUintN(RHO_NAME_BITS, residue).toString(16);
}

/** The last 48 bits of a randomiser's name, or of the key that ends in it. */
export function rhoPrint(rho: string): number {
  return Number.parseInt(rho.slice(rho.lastIndexOf("/") + 1).slice(-12), 16);
}
