/** Digest, signatures, ring and streams of hashes as this host has them. */

import { sha256 } from "@noble/hashes/sha2.js";
import { nobleDigest, nobleSigner, nobleVerify } from "../../core/noble.ts";
import { xsRing } from "../moddable/xs-ring.ts";
import type { HashStream } from "./update-stream.ts";

export const digest = nobleDigest;
export const verify = nobleVerify;
export const signer = nobleSigner;
export const ring = xsRing;

export function hashStream(): HashStream {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
