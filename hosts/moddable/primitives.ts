/** Digest, signer and verification by libsodium (native/sodium.c): SHA-2 of FIPS 180-4 and Ed25519 of RFC 8032. */

import type { Digest, Signer, Verify } from "../../core/ports.ts";

/** The C functions that keep nothing; each cast states what the function of that name returns. */
const functions = {
  sha256(message: Uint8Array): ArrayBuffer {
    return native("choir_sha256").call(this, message) as ArrayBuffer;
  },
  sha512(message: Uint8Array): ArrayBuffer {
    return native("choir_sha512").call(this, message) as ArrayBuffer;
  },
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return native("choir_verify").call(this, publicKey, message, signature) as boolean;
  },
};

export const sodiumDigest: Digest = {
  sha256: (message) => new Uint8Array(functions.sha256(message)),
  sha512: (message) => new Uint8Array(functions.sha512(message)),
};

/** Strict: a second half beyond the group's order, points of small order and keys beyond the field are refused. */
export const sodiumVerify: Verify = (publicKey, message, signature) => functions.verify(publicKey, message, signature);

/** SHA-256 of what comes in parts. */
export class Sha256Stream extends Native("choir_sha256_stream_destructor") {
  constructor() {
    super();
    native("choir_sha256_stream").call(this);
  }

  update(part: Uint8Array): void {
    native("choir_sha256_stream_update").call(this, part);
  }

  /** Ends the stream: nothing may come after it. */
  digest(): ArrayBuffer {
    return native("choir_sha256_stream_digest").call(this) as ArrayBuffer;
  }
}

/** The secret half stays in C's memory and is erased when the collector finds the signer unreachable. */
class SodiumSigner extends Native("choir_signer_destructor") implements Signer {
  readonly publicKey: Uint8Array;

  constructor(seed: Uint8Array) {
    super();
    // what the function of that name returns
    this.publicKey = new Uint8Array(native("choir_signer").call(this, seed) as ArrayBuffer);
  }

  sign(message: Uint8Array): Uint8Array {
    // what the function of that name returns
    return new Uint8Array(native("choir_signer_sign").call(this, message) as ArrayBuffer);
  }
}

/** The signer of a 32-byte seed, which it copies. */
export function sodiumSigner(seed: Uint8Array): Signer {
  return new SodiumSigner(seed);
}
