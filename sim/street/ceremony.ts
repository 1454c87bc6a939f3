/** A street's key ceremony and roll: the files that `choir authority` and `choir trustee` make, with the demonstration's primes where the key is shared. */

import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../core/bytes.ts";
import { countersignDeployment } from "../../headend/authority/countersign.ts";
import { DEPLOYMENT_FILES, deploymentFile, trusteeFolder } from "../../headend/authority/deployment.ts";
import { MOST_WATTS, type NewDeployment, newDeployment } from "../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll, type Plan } from "../../headend/authority/new-roll.ts";
import { newSharedDeployment } from "../../headend/authority/shared-deployment.ts";
import { newTrustee } from "../../headend/authority/trustee.ts";
import { demonstrationPrimes } from "../demonstration-keys.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetGroup } from "./truth.ts";

/** Trustees of a shared key; the provider holds a fourth share. */
const TRUSTEES = ["trustee-1", "trustee-2", "trustee-3"] as const;
/** Shares that an opening needs: any one trustee may be away. */
export const THRESHOLD = 3;

/** Ids of the street's trustees: none where the provider holds the whole key. */
export function trusteesOf({ custody }: Pick<StreetOptions, "custody">): readonly string[] {
  return custody === "shared" ? TRUSTEES : [];
}

/** Makes root key, key file, table, and the provider's and trustees' files. */
export async function makeDeployment(
  options: StreetOptions,
  groups: readonly StreetGroup[],
  brokerUrl: string,
): Promise<void> {
  const { load, keyBits, channels, kMin, folder } = options;
  const deployment: NewDeployment = {
    keyBits,
    intervalMs: load.intervalMs,
    channels,
    largestGroup: Math.max(...groups.map(({ meters }) => meters.length)),
    kMin,
    firstUtcMs: load.startUtcMs,
    lastUtcMs: load.startUtcMs + load.intervals * load.intervalMs - 1,
    broker: brokerUrl,
    demonstration: true,
    mostWatts: MOST_WATTS * (options.hurry ?? 1),
  };
  const trustees = trusteesOf(options).map((id) => newTrustee(join(folder, trusteeFolder(id)), id));
  if (trustees.length === 0) {
    newDeployment(folder, deployment);
    return;
  }
  const sharing = { threshold: THRESHOLD, providerHolds: true, providerWithOneTrustee: false };
  const ceremony = { trustees, ...sharing, atUtcMs: load.startUtcMs };
  await newSharedDeployment(folder, deployment, ceremony, demonstrationPrimes);
  await countersignAll(options);
}

/** Signs the roll of a plan, and hands key file and roll to the trustees. */
export async function makeRoll(options: StreetOptions, plan: Plan, brokerUrl: string): Promise<void> {
  const { folder } = options;
  newRoll(folder, plan, brokerUrl, undefined, true);
  await countersignAll(options);
  for (const id of trusteesOf(options)) {
    for (const file of [DEPLOYMENT_FILES.keyFile, DEPLOYMENT_FILES.roll]) {
      copyFileSync(join(folder, file), join(folder, trusteeFolder(id), file));
    }
  }
}

/** As many trustees as the files need put their names to them. */
async function countersignAll(options: StreetOptions): Promise<void> {
  const { folder } = options;
  const rootKey = fromHex(readFileSync(deploymentFile(folder, "rootKey"), "utf8").trim(), DEPLOYMENT_FILES.rootKey);
  for (const id of trusteesOf(options).slice(0, THRESHOLD - 1)) {
    const identity = join(folder, trusteeFolder(id));
    await countersignDeployment({ identity, deployment: folder, rootKey, publishedKeys: true });
  }
}

/** The comb table that the deployment's meters are flashed with. */
export function tableOf(folder: string): { readonly table: Uint8Array; readonly residueBytes: number } {
  const { key } = deploymentKeyFile(folder, undefined, true);
  return { table: new Uint8Array(readFileSync(deploymentFile(folder, "table"))), residueBytes: key.bytes };
}
