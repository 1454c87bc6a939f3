/** Blocks that come in parts of their own because one was refused, alone or by name, until a later interval's opens (docs/PROTOCOL.md, Blocks). */

import { encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { type Change, readRecord, type Store } from "../service/store.ts";
import { keys } from "./records.ts";

/** Those of one group, in memory and in its store. */
export class Suspects {
  /** By block, the last interval in which it was refused. */
  readonly #refused = new Map<string, number>();

  /** @throws ChoirError store_corrupt. */
  static async load(store: Store): Promise<Suspects> {
    const suspects = new Suspects();
    for await (const [key, content] of store.scan("suspect/", "suspect0")) {
      const interval = readRecord(key, content, (value) => new Fields([value], key, 1).uint(0, "interval"));
      suspects.#refused.set(key.split("/")[1] ?? "", interval);
    }
    return suspects;
  }

  has(block: string): boolean {
    return this.#refused.has(block);
  }

  /** A part was opened: what it changes in the store. */
  opened(interval: number, blocks: readonly string[]): readonly (readonly [string, Change])[] {
    const [block] = blocks;
    // neither a sum with others nor an interval before the refusal says that the block is sound again
    if (block === undefined || blocks.length > 1 || (this.#refused.get(block) ?? interval) >= interval) return [];
    this.#refused.delete(block);
    return [[keys.suspect(block), undefined]];
  }

  /** A block was refused: what it changes in the store. */
  refused(interval: number, block: string): readonly [string, Change] {
    const last = Math.max(interval, this.#refused.get(block) ?? 0);
    this.#refused.set(block, last);
    return [keys.suspect(block), encodeCbor(last)];
  }
}
