/** Randomisers of the last 30 days by name, all in memory, so that a repeated one is found at once (docs/PROTOCOL.md, Retention). */

import { readRhoRecord } from "../service/rho.ts";
import { keyNumber, type Store } from "../service/store.ts";

/** Those of one group. A month of 200 meters takes some 45 MB. */
export class UsedRhos {
  readonly #store: Store;
  readonly #names = new Set<bigint>();

  private constructor(store: Store) {
    this.#store = store;
  }

  /** @throws ChoirError store_corrupt. */
  static async load(store: Store): Promise<UsedRhos> {
    const used = new UsedRhos(store);
    for await (const [key, content] of store.scan("rho/", "rho0")) {
      for (const name of readRhoRecord(key, content)) used.#names.add(name);
    }
    return used;
  }

  has(name: bigint): boolean {
    return this.#names.has(name);
  }

  add(name: bigint): void {
    this.#names.add(name);
  }

  /** Forgets those of intervals before `firstKept`. */
  async prune(firstKept: number): Promise<void> {
    const end = `rho/${keyNumber(firstKept)}`;
    for await (const [key, content] of this.#store.scan("rho/", end)) {
      for (const name of readRhoRecord(key, content)) this.#names.delete(name);
    }
    await this.#store.removeRange("rho/", end);
  }
}
