/** Blocks of intervals as they stand: what each reading changes is read from the ledger's store once, and encoded once a batch. */

import { encodeRhoRecord, readRhoRecord } from "../service/rho.ts";
import { type Change, readRecord, type Store } from "../service/store.ts";
import { type BlockRecord, EMPTY_BLOCK, encodeBlockRecord, keys, readBlockRecord } from "./records.ts";

/** A block in an interval. */
export interface Standing {
  record: BlockRecord;
  /** Randomisers of its readings, by name. */
  readonly rhos: bigint[];
  /** The two as changes to the store; they are encoded when their batch is made, as they stand then. */
  readonly recordChange: readonly [string, Change];
  readonly rhosChange: readonly [string, Change];
  /** Seats with a reading, of a block that had no record when it was first asked for: saves asking the disk for what cannot be there. */
  readonly seats: Set<string> | undefined;
}

/** Those in use. */
export class Standings {
  readonly #store: Store;
  readonly #width: number;
  readonly #known = new Map<number, Map<string, Standing>>();

  /** @param width bytes of a number mod n */
  constructor(store: Store, width: number) {
    this.#store = store;
    this.#width = width;
  }

  /** How a block stands. @throws ChoirError store_corrupt. */
  at(interval: number, block: string): Standing {
    const known = this.#known.get(interval)?.get(block);
    if (known !== undefined) return known;
    const standing = this.#load(interval, block);
    const blocks = this.#known.get(interval);
    if (blocks === undefined) this.#known.set(interval, new Map([[block, standing]]));
    else blocks.set(block, standing);
    return standing;
  }

  /** Lets all go; those that are asked for again are read again. */
  clear(): void {
    this.#known.clear();
  }

  #load(interval: number, block: string): Standing {
    const recordKey = keys.block(interval, block);
    const content = this.#store.get(recordKey);
    const record = content && readRecord(recordKey, content, (value) => readBlockRecord(value, this.#width));
    const rhosKey = keys.rhos(interval, block);
    const names = this.#store.get(rhosKey);
    const standing: Standing = {
      record: record ?? EMPTY_BLOCK,
      rhos: names === undefined ? [] : readRhoRecord(rhosKey, names),
      recordChange: [recordKey, () => encodeBlockRecord(standing.record, this.#width)],
      rhosChange: [rhosKey, () => encodeRhoRecord(standing.rhos)],
      seats: record === undefined ? new Set() : undefined,
    };
    return standing;
  }
}
