/** Primitives that core is handed rather than owns: digests, signatures, entropy and native powers (ARCHITECTURE.md, ports). */

/** Hash functions of FIPS 180-4. */
export interface Digest {
  sha256(message: Uint8Array): Uint8Array;
  sha512(message: Uint8Array): Uint8Array;
}

/** An Ed25519 identity (RFC 8032). The secret half never leaves it. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** A signature of 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** True when `signature` (64 bytes) over `message` was made by the owner of `publicKey` (32 bytes); never throws on bad input. */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** A source of uniform bytes. */
export interface Entropy {
  /** Fills `bytes`. @throws ChoirError entropy_unseeded until the source is seeded. */
  fill(bytes: Uint8Array): void;
}

/**
 * Opens what was sealed to one party, with the same info and associated data (RFC 9180, base mode).
 * @throws ChoirError sealing_wrong.
 */
export type Unseal = (info: Uint8Array, aad: Uint8Array, sealed: Uint8Array) => Promise<Uint8Array>;

/** base^exponent mod a fixed modulus, for 0 <= base < modulus, exponent >= 0. */
export type Power = (base: bigint, exponent: bigint) => bigint;

/** Makes the power function of one modulus; making one may be dear, so keep it. */
export type PowerOf = (modulus: bigint) => Power;
