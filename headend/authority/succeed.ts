/** `choir trustee succeed`: a trustee of a key in use puts its name to the key file that is to follow (docs/PROTOCOL.md, Succession). */

import { join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { countersignSuccessor, encodeSignedFile } from "../../core/wire/countersigned.ts";
import { checkBase, decodeKeyFile, type KeyFile, openKeyFile } from "../../core/wire/key-file.ts";
import { trusteesNeeded } from "../../core/wire/sharing.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { openSslPower } from "../service/power.ts";
import { refusePublished } from "../service/published-keys.ts";
import { type CountersignPlaces, checkOwn, readSigned } from "./countersign.ts";
import { checkNewer, readCountersigned, writeCountersigned } from "./countersigned-before.ts";
import { DEPLOYMENT_FILES, deploymentFile, readDeploymentFile, writeWhole } from "./deployment.ts";
import { readIdentity, readSealingKey } from "./identity.ts";
import { appendTranscript, hashOf } from "./transcript.ts";
import { readTrustee, TRUSTEE_FILES } from "./trustee.ts";

/** Where everything is; `deployment` is that of the key to come. */
export interface SucceedPlaces extends CountersignPlaces {
  /** The folder with the key file in use. */
  readonly before: string;
}

/** What was countersigned. */
export interface SucceedResult {
  readonly trustee: string;
  readonly keyFile: KeyFile;
  /** Trustees of the key before who put their names to it, and as many as who has pinned that key asks for. */
  readonly count: number;
  readonly needed: number;
}

/**
 * Checks both key files and countersigns the later one in place, as a trustee of the earlier. All of it is checked before anything is written.
 * @throws ChoirError as `openKeyFile` for the earlier; signature_wrong, base_wrong, key_published, field_wrong for another custody or interval length,
 *   version_not_higher, member_unknown for a trustee that the earlier does not list.
 */
export function countersignNext(places: SucceedPlaces): SucceedResult {
  const { identity, before: folder, deployment, rootKey } = places;
  const { leastKeyBits = MODULUS_BITS.least, publishedKeys = false } = places;
  const signer = readIdentity(join(identity, TRUSTEE_FILES.signingKey));
  const sealingKey = readSealingKey(join(identity, TRUSTEE_FILES.sealingKey));
  const { trustee } = readTrustee(join(identity, TRUSTEE_FILES.identity));
  const noted = join(identity, TRUSTEE_FILES.countersigned);

  const old = readDeploymentFile(folder, "keyFile", "choir authority new");
  const before = openKeyFile(old, rootKey, nodeVerifier(), nodeDigest, leastKeyBits);
  const { sharing } = before;
  if (sharing === undefined) {
    throw new ChoirError("key_unknown", DEPLOYMENT_FILES.keyFile, "a key with custody: shared", before.custody);
  }
  checkOwn(sharing, trustee, signer, sealingKey.publicKey);
  const next = readSigned("key", deployment, "keyFile", rootKey);
  const keyFile = decodeKeyFile(next.payload, nodeDigest, leastKeyBits);
  refusePublished(keyFile.n, publishedKeys);
  checkBase(keyFile, nodeDigest, openSslPower);
  checkFollows(keyFile, before);
  const last = readCountersigned(noted);
  const now = { key: { version: keyFile.version, sha256: hashOf(next.payload) } };
  checkNewer(last, now);

  // noted first: after a cut between the two it may sign the same file again, and no other
  writeCountersigned(noted, { ...last, ...now });
  const signed = countersignSuccessor(next.file, trustee, signer);
  writeWhole(deploymentFile(deployment, "keyFile"), encodeSignedFile(signed));
  const envelopeSha256 = hashOf(next.file.envelope);
  appendTranscript(deployment, [{ step: "succeeded", file: DEPLOYMENT_FILES.keyFile, trustee, envelopeSha256 }]);
  return { trustee, keyFile, count: signed.succession?.length ?? 0, needed: trusteesNeeded(sharing) };
}

/** What every party asks of the next key file, its countersignatures excepted. */
function checkFollows(keyFile: KeyFile, before: KeyFile): void {
  if (keyFile.version <= before.version) {
    throw new ChoirError("version_not_higher", "key file.version", `above ${before.version}`, `${keyFile.version}`);
  }
  if (keyFile.custody !== before.custody) {
    throw new ChoirError("field_wrong", "key file.custody", before.custody, keyFile.custody);
  }
  if (keyFile.intervalMs !== before.intervalMs) {
    const expected = `intervals of ${before.intervalMs} ms, as before`;
    throw new ChoirError("field_wrong", "key file.interval seconds", expected, `${keyFile.intervalMs} ms`);
  }
}
