/** `choir provision`: signs the configuration of one meter, with a version one higher than its last; and what is in one that was made before. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { type Configuration, openConfiguration, signConfiguration } from "../../core/wire/configuration.ts";
import { openKeyFile } from "../../core/wire/key-file.ts";
import { placeOf } from "../../core/wire/place.ts";
import { checkRoll, openRoll } from "../../core/wire/roll.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { deploymentFile, readDeploymentFile, writeWhole } from "./deployment.ts";
import { readIdentity } from "./identity.ts";

/** What is chosen for one meter; the rest stands in the deployment's files. */
export type MeterPlan = Omit<Configuration, "version" | "rootKey" | "keyFile" | "roll">;

/** A configuration, and the key of the one machine that takes it. */
export interface SignedConfiguration {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly meter: string;
  readonly role: MeterPlan["role"];
  /** The meter's public key by the roll within. */
  readonly meterKey: Uint8Array;
}

/**
 * Signs the next configuration of a meter of the deployment. The folder remembers its version, and no more: the passwords are in what is returned alone.
 * @throws ChoirError member_unknown for a meter that the roll does not list in that role, input_invalid without a deployment or a roll, and as `signConfiguration`.
 */
export function newConfiguration(
  folder: string,
  plan: MeterPlan,
  leastBits: number = MODULUS_BITS.least,
): SignedConfiguration {
  const root = readIdentity(deploymentFile(folder, "rootSigningKey"));
  const keyFile = readDeploymentFile(folder, "keyFile", "choir authority new");
  const roll = readDeploymentFile(folder, "roll", "choir authority roll");
  const versionPath = join(folder, "meters", `${checkId(plan.meter, "meter")}.version`);
  const version = lastVersion(versionPath) + 1;
  const bytes = signConfiguration({ ...plan, version, rootKey: root.publicKey, keyFile, roll }, root);
  const signed = readConfiguration(bytes, leastBits);
  // before it leaves this routine: a version is never given twice
  writeWhole(versionPath, `${version}\n`);
  return signed;
}

/**
 * Reads a configuration as its meter will: signature, both files within, and the meter's place in the roll.
 * @throws ChoirError as `openConfiguration`, `openKeyFile`, `openRoll`, `checkRoll`, and member_unknown.
 */
export function readConfiguration(bytes: Uint8Array, leastBits: number = MODULUS_BITS.least): SignedConfiguration {
  const verify = nodeVerifier();
  const { version, meter, role, rootKey, keyFile, roll } = openConfiguration(bytes, undefined, verify);
  const key = openKeyFile(keyFile, rootKey, verify, nodeDigest, leastBits);
  const opened = openRoll(roll, rootKey, verify, key);
  checkRoll(opened, key);
  return { bytes, version, meter, role, meterKey: placeOf(opened, role, meter).key };
}

function lastVersion(path: string): number {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, "utf8").trim();
  const version = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(version >= 1)) throw new ChoirError("input_invalid", path, "the last configuration's version", "other text");
  return version;
}
