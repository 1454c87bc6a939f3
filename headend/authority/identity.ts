/** Ed25519 identities of the head end's parties, as PKCS #8 PEM files that their owner alone can read. */

import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import type { Signer } from "../../core/ports.ts";
import { nodeSigner } from "../service/crypto.ts";
import { writeWhole } from "./deployment.ts";

/** A new identity, in memory alone until its PEM text is written. */
export function freshIdentity(): { readonly signer: Signer; readonly pem: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { signer: nodeSigner(pem, "new identity"), pem };
}

/** The identity in `path`, made now where there is none. @throws ChoirError for a file that is no Ed25519 key. */
export function identityAt(path: string): Signer {
  if (!existsSync(path)) writeWhole(path, freshIdentity().pem, true);
  return readIdentity(path);
}

/** The identity in an existing file. @throws ChoirError input_invalid when it cannot be read, and for one that is no Ed25519 key. */
export function readIdentity(path: string): Signer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    throw new ChoirError("input_invalid", path, "an Ed25519 key as PKCS #8 PEM", "no readable file", cause);
  }
  return nodeSigner(pem, path);
}
