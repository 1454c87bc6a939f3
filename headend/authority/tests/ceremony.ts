/** A ceremony at 512 bits for tests: three trustees with keys of their own, and primes that the test may look for. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { generateSafePrimes, type SafePrimes } from "../../../core/secret/safe-primes.ts";
import { countersignDeployment } from "../countersign.ts";
import type { NewDeployment } from "../new-deployment.ts";
import { type Ceremony, newSharedDeployment } from "../shared-deployment.ts";
import { confirmedTrustee, fingerprint, newTrustee, type TrusteeIdentity } from "../trustee.ts";

export const START = Date.parse("2026-01-01T00:00:00Z");
export const OPTIONS: NewDeployment = {
  keyBits: 512,
  intervalMs: 900_000,
  channels: ["1-0:1.8.0"],
  largestGroup: 10,
  kMin: 3,
  firstUtcMs: START,
  lastUtcMs: START + 86_400_000 - 1,
  broker: "mqtt://user:word@127.0.0.1:1883",
  demonstration: true,
};
export const NAMES = ["court", "union", "works-council"] as const;

/** A folder with `deployment/` and each trustee's own folder. */
export class CeremonyFolder {
  readonly path: string;
  readonly deployment: string;
  primes: SafePrimes | undefined;

  constructor(path: string) {
    this.path = path;
    this.deployment = join(path, "deployment");
  }

  /** A trustee's own folder, made on first use; its identity as the dealer gets it. */
  trustee(name: string): TrusteeIdentity {
    const own = this.ownFolder(name);
    const made = readdirSync(this.path).includes(name) ? undefined : newTrustee(own, name);
    const file = join(own, "identity.json");
    return confirmedTrustee(file, made === undefined ? fingerprintIn(file) : fingerprint(made));
  }

  ownFolder(name: string): string {
    return join(this.path, name);
  }

  async hold(ceremony: Partial<Ceremony> = {}, options: Partial<NewDeployment> = {}): Promise<void> {
    const all = {
      trustees: NAMES.map((name) => this.trustee(name)),
      threshold: 3,
      providerHolds: true,
      providerWithOneTrustee: false,
      atUtcMs: START,
      ...ceremony,
    };
    await newSharedDeployment(this.deployment, { ...OPTIONS, ...options }, all, async (bits) => {
      this.primes = await generateSafePrimes(bits);
      return this.primes;
    });
  }

  get rootKey(): Uint8Array {
    return fromHex(readFileSync(join(this.deployment, "root.pub"), "utf8").trim());
  }

  countersign(name: string, change: Partial<Parameters<typeof countersignDeployment>[0]> = {}) {
    const places = { identity: this.ownFolder(name), deployment: this.deployment, rootKey: this.rootKey };
    return countersignDeployment({ ...places, leastKeyBits: MODULUS_BITS.tests, ...change });
  }

  /** Every file of the deployment by its path. */
  contents(): ReadonlyMap<string, Buffer> {
    const names = readdirSync(this.deployment, { recursive: true, encoding: "utf8" }).sort();
    const files = names.filter((name) => statSync(join(this.deployment, name)).isFile());
    return new Map(files.map((name) => [name, readFileSync(join(this.deployment, name))]));
  }
}

function fingerprintIn(file: string): string {
  const { trustee, signingKey, sealingKey } = JSON.parse(readFileSync(file, "utf8"));
  return fingerprint({ trustee, signingKey: fromHex(signingKey), sealingKey: fromHex(sealingKey) });
}
