/** The meter's Ed25519 identity (RFC 8032): a seed drawn at the first boot, which never leaves the store. */

import { ChoirError } from "../core/errors.ts";
import type { Signer } from "../core/ports.ts";
import type { Host, Store } from "./host.ts";

const KEY = "identity";
const SEED_BYTES = 32;

/**
 * The identity of this machine, made when there is none: a host calls this before enrolment, to hand out the public key for the roll.
 * @throws ChoirError entropy_unseeded when one would have to be made, store_corrupt.
 */
export function identityOf(host: Pick<Host, "store" | "entropy" | "signer">): Signer {
  const kept = host.store.get(KEY);
  if (kept !== undefined) {
    if (kept.length !== SEED_BYTES) {
      throw new ChoirError("store_corrupt", "identity", `a seed of ${SEED_BYTES} bytes`, `${kept.length} bytes`);
    }
    return spend(host, kept);
  }
  const seed = new Uint8Array(SEED_BYTES);
  host.entropy.fill(seed);
  host.store.set(KEY, seed.slice());
  return spend(host, seed);
}

/** The signer of a seed, which is zeroed: the signer has its own copy. */
function spend(host: Pick<Host, "signer">, seed: Uint8Array): Signer {
  const signer = host.signer(seed);
  seed.fill(0);
  return signer;
}

/** Forgets the identity: the next start makes another, which must be enrolled anew. */
export function forgetIdentity(store: Store): void {
  store.delete(KEY);
}
