/** `choir authority roll`: checks a plan of seats against the key's rules, signs the next roll, and gives each new group its aggregator's config. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "../../core/bytes.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { decodeSignedFile, encodeSignedFile } from "../../core/wire/countersigned.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { type KeyFile, openKeyFile } from "../../core/wire/key-file.ts";
import {
  type Block,
  checkRoll,
  decodeRoll,
  type Feeder,
  type Group,
  openRoll,
  type Roll,
  signRoll,
} from "../../core/wire/roll.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { refusePublished } from "../service/published-keys.ts";
import { aggregatorFolder, DEPLOYMENT_FILES, deploymentFile, readDeploymentFile, writeWhole } from "./deployment.ts";
import { identityAt, readIdentity } from "./identity.ts";
import { appendTranscript, hashOf } from "./transcript.ts";

const KEYS_MADE_BY = "choir authority new";

/** A group as planned: the authority adds its aggregator's key. */
export type PlannedGroup = Omit<Group, "aggregatorKey">;

/** Who sits where. */
export interface Plan {
  readonly groups: readonly PlannedGroup[];
  readonly blocks: readonly Block[];
  readonly feeders: readonly Feeder[];
  /** The first interval that the roll is in force for. */
  readonly firstInterval: number;
}

/**
 * The key file of a deployment, opened with its root key.
 * @param publishedKeys whether a demonstration's key will do, as in a street
 * @throws ChoirError input_invalid, signature_wrong, countersignatures_missing, key_published.
 */
export function deploymentKeyFile(
  folder: string,
  leastBits: number = MODULUS_BITS.least,
  publishedKeys = false,
): KeyFile {
  const bytes = readDeploymentFile(folder, "keyFile", KEYS_MADE_BY);
  const keyFile = openKeyFile(bytes, deploymentRootKey(folder), nodeVerifier(), nodeDigest, leastBits);
  refusePublished(keyFile.n, publishedKeys);
  return keyFile;
}

/**
 * The last roll of a deployment, as its parties will read it.
 * @throws ChoirError input_invalid without one, signature_wrong, countersignatures_missing, and as `checkRoll`.
 */
export function deploymentRoll(folder: string, keyFile: KeyFile): Roll {
  const bytes = readDeploymentFile(folder, "roll", "choir authority roll");
  const roll = openRoll(bytes, deploymentRootKey(folder), nodeVerifier(), keyFile);
  checkRoll(roll, keyFile);
  return roll;
}

/** The public half of the root key. @throws ChoirError input_invalid, field_wrong. */
export function deploymentRootKey(folder: string): Uint8Array {
  const text = Buffer.from(readDeploymentFile(folder, "rootKey", KEYS_MADE_BY)).toString("utf8");
  return fromHex(text.trim(), DEPLOYMENT_FILES.rootKey);
}

/**
 * Signs and writes the roll of a plan, with a version one higher than the last, and configs for aggregators that have none.
 * Nothing is written unless the plan holds.
 * @throws ChoirError group_too_small, value_out_of_range, field_wrong, block_unknown; input_invalid without a deployment.
 */
export function newRoll(
  folder: string,
  plan: Plan,
  broker: string,
  leastBits: number = MODULUS_BITS.least,
  publishedKeys = false,
): void {
  const keyFile = deploymentKeyFile(folder, leastBits, publishedKeys);
  const root = readIdentity(deploymentFile(folder, "rootSigningKey"));
  const version = lastVersion(folder, root.publicKey) + 1;
  // what a receiver would refuse is refused here, before anything is written
  const draft = completeRoll(plan, version, () => new Uint8Array(32));
  checkRoll(decodeRoll(parseEnvelope("roll", signRoll(draft, root)).payload), keyFile);
  const groupKey = (group: string): Uint8Array =>
    identityAt(join(folder, aggregatorFolder(group), "signing.pem")).publicKey;
  const roll = completeRoll(plan, version, groupKey);
  for (const { group } of roll.groups) {
    const path = join(folder, aggregatorFolder(group), "aggregator.json");
    if (existsSync(path)) continue;
    const config = {
      party: "aggregator",
      group,
      broker,
      rootKey: toHex(root.publicKey),
      keyFile: join("..", "..", DEPLOYMENT_FILES.keyFile),
      roll: join("..", "..", DEPLOYMENT_FILES.roll),
      signingKey: "signing.pem",
      store: "store",
    };
    // the broker's URL may hold a password
    writeWhole(path, `${JSON.stringify(config, undefined, 2)}\n`, true);
  }
  const envelope = signRoll(roll, root);
  // with shared custody it counts once trustees have countersigned it
  const countersignatures = keyFile.sharing === undefined ? undefined : [];
  writeWhole(deploymentFile(folder, "roll"), encodeSignedFile({ envelope, countersignatures }));
  appendTranscript(folder, [
    { step: "signed", file: DEPLOYMENT_FILES.roll, version, envelopeSha256: hashOf(envelope) },
  ]);
}

function lastVersion(folder: string, rootKey: Uint8Array): number {
  return Math.max(...(["roll", "rollBefore"] as const).map((name) => versionIn(folder, name, rootKey)));
}

function versionIn(folder: string, name: "roll" | "rollBefore", rootKey: Uint8Array): number {
  if (!existsSync(deploymentFile(folder, name))) return 0;
  const bytes = readDeploymentFile(folder, name, "choir authority roll");
  // trustees may not have countersigned it yet, and its number is taken all the same
  const envelope = parseEnvelope("roll", decodeSignedFile(bytes, "roll").envelope);
  checkSignature(envelope, rootKey, nodeVerifier(), "roll");
  return decodeRoll(envelope.payload).version;
}

/** The roll of a plan, its lists in ascending order. */
function completeRoll(plan: Plan, version: number, aggregatorKey: (group: string) => Uint8Array): Roll {
  const sorted = <T>(list: readonly T[], id: (one: T) => string): readonly T[] =>
    [...list].sort((a, b) => (id(a) < id(b) ? -1 : 1));
  return {
    version,
    firstInterval: plan.firstInterval,
    groups: sorted(plan.groups, (g) => g.group).map((g) => ({
      ...g,
      aggregatorKey: aggregatorKey(g.group),
      blocks: [...g.blocks].sort(),
    })),
    blocks: sorted(plan.blocks, (b) => b.block),
    feeders: sorted(plan.feeders, (f) => f.feeder),
  };
}
