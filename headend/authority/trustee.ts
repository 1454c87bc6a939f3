/** `choir trustee new`: a trustee makes its own keys, and the file of their public halves, whose fingerprint the dealer compares. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asciiBytes, concatBytes, fromHex, toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import { nodeDigest } from "../service/crypto.ts";
import { writeWhole } from "./deployment.ts";
import { freshIdentity, freshSealingKey } from "./identity.ts";

/** Files of a trustee's own folder. The first two never leave it. */
export const TRUSTEE_FILES = {
  signingKey: "signing.pem",
  sealingKey: "sealing.pem",
  /** For the dealer. */
  identity: "identity.json",
  /** From the dealer: the config of its process. */
  config: "trustee.json",
  /** What it countersigned last. */
  countersigned: "countersigned.json",
} as const;

/** What a key file lists of a trustee, its verification value excepted. */
export interface TrusteeIdentity {
  readonly trustee: string;
  /** Ed25519, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly sealingKey: Uint8Array;
}

const KEY_BYTES = 32;
const FINGERPRINT_BYTES = 16;

/**
 * The first 128 bits of SHA-256("choir/v1/trustee", the id's length, the id, both keys), as people read it out: eight groups of four hex digits.
 * Whoever wants another identity with it needs some 2^128 attempts.
 */
export function fingerprint({ trustee, signingKey, sealingKey }: TrusteeIdentity): string {
  const id = asciiBytes(trustee);
  const hash = nodeDigest.sha256(
    concatBytes(asciiBytes("choir/v1/trustee"), Uint8Array.of(id.length), id, signingKey, sealingKey),
  );
  return (toHex(hash.subarray(0, FINGERPRINT_BYTES)).match(/.{4}/g) ?? []).join("-");
}

/** Makes a trustee's folder. @throws ChoirError field_wrong for a name that is no id, input_invalid where there are keys already. */
export function newTrustee(folder: string, name: string): TrusteeIdentity {
  const trustee = checkId(name, "trustee");
  for (const file of [TRUSTEE_FILES.signingKey, TRUSTEE_FILES.sealingKey]) {
    if (existsSync(join(folder, file))) {
      throw new ChoirError("input_invalid", folder, "a folder without a trustee's keys", file);
    }
  }
  const [signing, sealing] = [freshIdentity(), freshSealingKey()];
  const identity = { trustee, signingKey: signing.signer.publicKey, sealingKey: sealing.key.publicKey };
  writeWhole(join(folder, TRUSTEE_FILES.signingKey), signing.pem, true);
  writeWhole(join(folder, TRUSTEE_FILES.sealingKey), sealing.pem, true);
  const content = { trustee, signingKey: toHex(identity.signingKey), sealingKey: toHex(identity.sealingKey) };
  writeWhole(join(folder, TRUSTEE_FILES.identity), `${JSON.stringify(content, undefined, 2)}\n`);
  return identity;
}

/** The identity in a file that `newTrustee` wrote. @throws ChoirError input_invalid, field_wrong. */
export function readTrustee(path: string): TrusteeIdentity {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ChoirError("input_invalid", path, "a file that `choir trustee new` makes", "no readable one", cause);
  }
  const entries = new Map(typeof content === "object" && content !== null ? Object.entries(content) : []);
  const text = (entry: string): string => {
    const value = entries.get(entry);
    if (typeof value !== "string") throw new ChoirError("input_invalid", `${path}: ${entry}`, "text", "something else");
    return value;
  };
  const key = (entry: string): Uint8Array => {
    const bytes = fromHex(text(entry), `${path}: ${entry}`);
    if (bytes.length === KEY_BYTES) return bytes;
    throw new ChoirError("input_invalid", `${path}: ${entry}`, "64 hex digits", `${2 * bytes.length}`);
  };
  if (entries.size !== 3) throw new ChoirError("input_invalid", path, "three entries", `${entries.size}`);
  return {
    trustee: checkId(text("trustee"), `${path}: trustee`),
    signingKey: key("signingKey"),
    sealingKey: key("sealingKey"),
  };
}

/**
 * The identity in a file whose fingerprint is the one that the trustee told the dealer by another way; dashes, spaces and case do not matter.
 * @throws ChoirError input_invalid for another fingerprint, which is not told: it has to come from the trustee.
 */
export function confirmedTrustee(path: string, told: string): TrusteeIdentity {
  const identity = readTrustee(path);
  const plain = (text: string): string => text.toLowerCase().replace(/[-\s]/g, "");
  if (plain(told) !== plain(fingerprint(identity))) {
    throw new ChoirError("input_invalid", path, "the fingerprint that its trustee tells", "another one");
  }
  return identity;
}
