/** Ed25519 identities and X25519 sealing keys of the head end's parties, as PKCS #8 PEM files that their owner alone can read. */

import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import type { Signer } from "../../core/ports.ts";
import { nodeSigner } from "../service/crypto.ts";
import { nodeSealingKey, type SealingKey } from "../service/hpke.ts";
import { writeWhole } from "./deployment.ts";

/** A signer and the PEM text that holds it. */
export interface Identity {
  readonly signer: Signer;
  readonly pem: string;
}

/** A new identity, in memory alone until its PEM text is written. */
export function freshIdentity(): Identity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { signer: nodeSigner(pem, "new identity"), pem };
}

/** A new X25519 key that things can be sealed to, in memory alone until its PEM text is written. */
export function freshSealingKey(): { readonly key: SealingKey; readonly pem: string } {
  const { privateKey } = generateKeyPairSync("x25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { key: nodeSealingKey(pem, "new sealing key"), pem };
}

/** The identity in `path`, made now where there is none. @throws ChoirError for a file that is no Ed25519 key. */
export function identityAt(path: string): Signer {
  if (!existsSync(path)) writeWhole(path, freshIdentity().pem, true);
  return readIdentity(path);
}

/** The identity in an existing file. @throws ChoirError input_invalid when it cannot be read, and for one that is no Ed25519 key. */
export function readIdentity(path: string): Signer {
  return nodeSigner(readPem(path, "an Ed25519 key"), path);
}

/** The sealing key in an existing file. @throws ChoirError input_invalid when it cannot be read, and for one that is no X25519 key. */
export function readSealingKey(path: string): SealingKey {
  return nodeSealingKey(readPem(path, "an X25519 key"), path);
}

function readPem(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ChoirError("input_invalid", path, `${what} as PKCS #8 PEM`, "no readable file", cause);
  }
}
