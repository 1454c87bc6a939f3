/** The deployment whose key another one follows: its root and key file, and what goes on under the next key (docs/PROTOCOL.md, Succession). */

import { cpSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { intervalAt } from "../../core/interval.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { DEPLOYMENT_FILES, deploymentFile } from "./deployment.ts";
import { type Identity, readIdentity } from "./identity.ts";
import { deploymentKeyFile } from "./new-roll.ts";

/** What goes on: aggregators with their keys, the versions of meters' configurations, passwords, the broker's authorities. */
const KEPT = ["aggregators", "meters", "operator", DEPLOYMENT_FILES.brokerAuthorities] as const;

/** A deployment that is followed by another. */
export class Predecessor {
  readonly keyFile: KeyFile;
  readonly root: Identity;
  readonly #folder: string;

  /** @param folder with its root key @throws ChoirError as `deploymentKeyFile` and `readIdentity`. */
  constructor(folder: string, leastBits?: number) {
    this.#folder = folder;
    this.keyFile = deploymentKeyFile(folder, leastBits);
    const path = deploymentFile(folder, "rootSigningKey");
    this.root = { signer: readIdentity(path), pem: readFileSync(path, "utf8") };
  }

  /** The first instant after its key, in ms of UTC. */
  get endUtcMs(): number {
    return (this.keyFile.lastInterval + 1) * this.keyFile.intervalMs;
  }

  /** @throws ChoirError field_wrong for another custody or interval length, value_out_of_range for a first interval that is not after the first of the key before. */
  check(
    { intervalMs, firstUtcMs }: { readonly intervalMs: number; readonly firstUtcMs: number },
    custody: KeyFile["custody"],
  ): void {
    const before = this.keyFile;
    if (custody !== before.custody) throw new ChoirError("field_wrong", "custody", before.custody, custody);
    if (intervalMs !== before.intervalMs) {
      throw new ChoirError("field_wrong", "interval", `${before.intervalMs} ms, as before`, `${intervalMs} ms`);
    }
    const first = intervalAt(firstUtcMs, intervalMs);
    if (first <= before.firstInterval) {
      throw new ChoirError("value_out_of_range", "first interval", `above ${before.firstInterval}`, `${first}`);
    }
  }

  /** Copies what goes on into the next deployment's folder; processes' stores stay where they are. */
  handOver(folder: string): void {
    for (const name of KEPT) {
      const path = join(this.#folder, name);
      if (!existsSync(path)) continue;
      cpSync(path, join(folder, name), { recursive: true, filter: (source) => basename(source) !== "store" });
    }
    const roll = (["roll", "rollBefore"] as const)
      .map((name) => deploymentFile(this.#folder, name))
      .find((path) => existsSync(path));
    if (roll !== undefined) cpSync(roll, deploymentFile(folder, "rollBefore"));
  }
}
