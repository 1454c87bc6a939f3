/** `choir trustee countersign`: a trustee checks what it was dealt and what the root signed, and puts its name to it (docs/PROTOCOL.md, Countersigned files). */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { equalBytes, toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import type { Signer } from "../../core/ports.ts";
import { openKeyShare } from "../../core/secret/open-key-share.ts";
import { countersign, decodeSignedFile, encodeSignedFile, type SignedFile } from "../../core/wire/countersigned.ts";
import { checkSignature, type FileType, parseEnvelope } from "../../core/wire/envelope.ts";
import { checkBase, decodeKeyFile, type KeyFile } from "../../core/wire/key-file.ts";
import { checkRoll, decodeRoll, type Roll } from "../../core/wire/roll.ts";
import { type Sharing, trusteesNeeded, trusteesOf } from "../../core/wire/sharing.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { openSslPower } from "../service/power.ts";
import { refusePublished } from "../service/published-keys.ts";
import { type Countersigned, checkNewer, readCountersigned, writeCountersigned } from "./countersigned-before.ts";
import {
  DEPLOYMENT_FILES,
  deploymentFile,
  keyShareFile,
  readDeploymentFile,
  trusteeFolder,
  writeWhole,
} from "./deployment.ts";
import { readIdentity, readSealingKey } from "./identity.ts";
import { appendTranscript, hashOf } from "./transcript.ts";
import { readTrustee, TRUSTEE_FILES } from "./trustee.ts";

/** What a trustee countersigned. */
export interface CountersignResult {
  readonly trustee: string;
  readonly keyFile: KeyFile;
  /** None where the deployment has no roll yet. */
  readonly roll: Roll | undefined;
  /** Countersignatures on each file now, and as many as it needs. */
  readonly counts: Readonly<Record<string, number>>;
  readonly needed: number;
}

/** Where the trustee's own keys and the dealer's files are. */
export interface CountersignPlaces {
  /** The folder that `choir trustee new` made. */
  readonly identity: string;
  /** The deployment's folder, or a copy of what the dealer sent of it. */
  readonly deployment: string;
  /** The root's Ed25519 key, as the dealer told it. */
  readonly rootKey: Uint8Array;
  readonly leastKeyBits?: number;
  /** Whether a demonstration's key will do, as in a street. */
  readonly publishedKeys?: boolean;
}

/**
 * Checks key file, share and, where there is one, roll; countersigns both files in place. All of it is checked before anything is written.
 * @throws ChoirError signature_wrong, key_unknown for another custody, member_unknown for a key file that lists other keys for the trustee, base_wrong,
 *   sealing_wrong, proof_wrong for a share that does not fit, version_not_higher, key_published, input_invalid for a config that names another root, and as the decoders and `checkRoll`.
 */
export async function countersignDeployment(places: CountersignPlaces): Promise<CountersignResult> {
  const { identity, deployment, rootKey, leastKeyBits = MODULUS_BITS.least, publishedKeys = false } = places;
  const signer = readIdentity(join(identity, TRUSTEE_FILES.signingKey));
  const sealingKey = readSealingKey(join(identity, TRUSTEE_FILES.sealingKey));
  const { trustee } = readTrustee(join(identity, TRUSTEE_FILES.identity));
  const before = readCountersigned(join(identity, TRUSTEE_FILES.countersigned));

  const key = readSigned("key", deployment, "keyFile", rootKey);
  const keyFile = decodeKeyFile(key.payload, nodeDigest, leastKeyBits);
  refusePublished(keyFile.n, publishedKeys);
  const { sharing } = keyFile;
  if (sharing === undefined) {
    throw new ChoirError("key_unknown", DEPLOYMENT_FILES.keyFile, "a key with custody: shared", keyFile.custody);
  }
  checkOwn(sharing, trustee, signer, sealingKey.publicKey);
  checkBase(keyFile, nodeDigest, openSslPower);
  const powerMod = openSslPower(keyFile.key.nSquared);
  checkConfig(join(deployment, trusteeFolder(trustee), TRUSTEE_FILES.config), trustee, rootKey);
  await openKeyShare(readShare(deployment, trustee), keyFile, trustee, sealingKey.open, powerMod);
  const rollFile = existsSync(deploymentFile(deployment, "roll"))
    ? readSigned("roll", deployment, "roll", rootKey)
    : undefined;
  const roll = rollFile && decodeRoll(rollFile.payload);
  if (roll !== undefined) checkRoll(roll, keyFile);
  const now: Countersigned = {
    key: { version: keyFile.version, sha256: hashOf(key.payload) },
    ...(roll && rollFile && { roll: { version: roll.version, sha256: hashOf(rollFile.payload) } }),
  };
  checkNewer(before, now);

  // noted first: after a cut between the two it may sign the same files again, and no others
  writeCountersigned(join(identity, TRUSTEE_FILES.countersigned), { ...before, ...now });
  const counts = {
    [DEPLOYMENT_FILES.keyFile]: sign("key", deployment, "keyFile", key.file, trustee, signer),
    ...(rollFile && { [DEPLOYMENT_FILES.roll]: sign("roll", deployment, "roll", rollFile.file, trustee, signer) }),
  };
  return { trustee, keyFile, roll, counts, needed: trusteesNeeded(sharing) };
}

/** A file and its payload. */
export interface RootSigned {
  readonly file: SignedFile;
  readonly payload: Uint8Array;
}

/** A file of a deployment that the root signed; who countersigned it is not looked at. @throws ChoirError input_invalid, signature_wrong, and as the decoders. */
export function readSigned(
  type: FileType,
  deployment: string,
  name: "keyFile" | "roll",
  rootKey: Uint8Array,
): RootSigned {
  const bytes = readDeploymentFile(deployment, name, name === "roll" ? "choir authority roll" : "choir authority new");
  const file = decodeSignedFile(bytes, DEPLOYMENT_FILES[name]);
  const envelope = parseEnvelope(type, file.envelope);
  checkSignature(envelope, rootKey, nodeVerifier(), DEPLOYMENT_FILES[name]);
  return { file, payload: envelope.payload };
}

function readShare(deployment: string, trustee: string): Uint8Array {
  const path = join(deployment, keyShareFile(trustee, false));
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new ChoirError("input_invalid", path, "the share that the dealer sealed to this trustee", "no file", cause);
  }
}

/** The config that the dealer sent, where it sent one, makes a process of this trustee trust the root that the trustee was told of, and no other. */
function checkConfig(path: string, trustee: string, rootKey: Uint8Array): void {
  if (!existsSync(path)) return;
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ChoirError("input_invalid", path, "a config file", "no readable one", cause);
  }
  const named = v.safeParse(v.object({ trustee: v.literal(trustee), rootKey: v.literal(toHex(rootKey)) }), config);
  if (!named.success)
    throw new ChoirError("input_invalid", path, `${trustee} and the root key that was told`, "others");
}

/** The key file lists this trustee with the keys that are its own. @throws ChoirError member_unknown. */
export function checkOwn(sharing: Sharing, trustee: string, signer: Signer, sealingKey: Uint8Array): void {
  const listed = trusteesOf(sharing).find(({ holder }) => holder === trustee);
  const own =
    listed !== undefined &&
    equalBytes(listed.signingKey, signer.publicKey) &&
    equalBytes(listed.sealingKey, sealingKey);
  if (!own) {
    throw new ChoirError("member_unknown", DEPLOYMENT_FILES.keyFile, `the trustee ${trustee} with its keys`, "none");
  }
}

/** Writes the file with one more countersignature; returns how many it has. */
function sign(
  type: FileType,
  deployment: string,
  name: "keyFile" | "roll",
  file: SignedFile,
  trustee: string,
  signer: Signer,
): number {
  const signed = countersign(type, file, trustee, signer);
  writeWhole(deploymentFile(deployment, name), encodeSignedFile(signed));
  const envelopeSha256 = hashOf(file.envelope);
  appendTranscript(deployment, [{ step: "countersigned", file: DEPLOYMENT_FILES[name], trustee, envelopeSha256 }]);
  return signed.countersignatures?.length ?? 0;
}
