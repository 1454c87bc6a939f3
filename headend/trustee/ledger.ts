/**
 * What a trustee has co-opened, on disk before a share leaves: shares by part, the envelopes of each block by their hash, randomisers, the roll of
 * each interval, and what an audit wants to see (docs/PROTOCOL.md, Trustees).
 */

import { toHex } from "../../core/bytes.ts";
import { encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { encodeRhoRecord, readRhoRecord } from "../service/rho.ts";
import type { Rolls } from "../service/rolls.ts";
import { type Change, keyNumber, readRecord, Store } from "../service/store.ts";
import { adoptTrust, type Trust } from "../service/trust.ts";
import {
  type AnswerRecord,
  type AuditRecord,
  encodeAnswer,
  encodeAudit,
  encodeRefusal,
  keys,
  LEDGER_FORMAT,
  type PartName,
  partOf,
  type RefusalRecord,
  readAnswer,
  readAudit,
  readRefusal,
} from "./records.ts";
import { type RollBook, rollBook } from "./roll-book.ts";

/** A block as it is co-opened. */
export interface OpenedBlock {
  readonly block: string;
  /** SHA-256 of its evidence alone. */
  readonly hash: Uint8Array;
  /** Names of its readings' randomisers. */
  readonly rhos: readonly bigint[];
}

/** A line of the audit. */
export type AuditEntry = PartName &
  (
    | { readonly type: "share"; readonly record: AuditRecord }
    | { readonly type: "refused"; readonly record: RefusalRecord }
  );

/** What the store of a ledger says of itself. */
export function ledgerFormat(trustee: string, keyId: Uint8Array): readonly (string | number)[] {
  return ["choir trustee", LEDGER_FORMAT, trustee, toHex(keyId)];
}

/** An open ledger of one trustee and one key. */
export class Ledger {
  readonly rolls: Rolls<RollBook>;
  readonly #store: Store;

  private constructor(store: Store, rolls: Rolls<RollBook>) {
    this.rolls = rolls;
    this.#store = store;
  }

  /**
   * Opens the ledger in a folder.
   * @throws ChoirError store_version_unknown (also for another trustee's or key's), store_corrupt, config_invalid, version_not_higher.
   */
  static async open(folder: string, trust: Trust, trustee: string): Promise<Ledger> {
    const store = await Store.open(folder, ledgerFormat(trustee, trust.keyFile.keyId));
    try {
      return new Ledger(store, await adoptTrust(store, trust, rollBook));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** The share that was given for a part. */
  answer(part: PartName): AnswerRecord | undefined {
    return this.#read(keys.answer(part), readAnswer);
  }

  /** The version of the roll under which an interval was first co-opened. */
  rollOf(interval: number): number | undefined {
    const read = (value: Parameters<typeof readAnswer>[0]): number => new Fields([value], "roll", 1).uint(0, "version");
    return this.#read(keys.roll(interval), read);
  }

  /** The hash of a block's envelopes as it was first co-opened in an interval, in whatever group. */
  blockHash(interval: number, block: string): Uint8Array | undefined {
    return this.#store.get(keys.block(interval, block));
  }

  /** Whether a reading that was co-opened in the last 30 days has this randomiser. */
  isUsed(rho: bigint): boolean {
    return this.#store.get(keys.rho(rho)) !== undefined;
  }

  /** Enters a share; it may leave once this has resolved. */
  enterShare(part: PartName, answer: AnswerRecord, audit: AuditRecord, blocks: readonly OpenedBlock[]): Promise<void> {
    const { interval } = part;
    this.rolls.begin(interval);
    const changes: (readonly [string, Change])[] = [
      [keys.answer(part), encodeAnswer(answer)],
      [keys.audit(part), encodeAudit(audit)],
      [keys.roll(interval), encodeCbor(audit.rollVersion)],
    ];
    for (const { block, hash, rhos } of blocks) {
      changes.push([keys.block(interval, block), hash], [keys.rhos(interval, block), encodeRhoRecord(rhos)]);
      for (const rho of rhos) changes.push([keys.rho(rho), new Uint8Array(0)]);
    }
    return this.#store.write(changes);
  }

  /** Notes a refusal for the audit; no rule reads it. */
  noteRefusal(part: PartName, record: RefusalRecord): Promise<void> {
    return this.#store.write([[keys.refusal(part), encodeRefusal(record)]]);
  }

  /** When the share of the key was erased, in ms of UTC. */
  erasedAt(): number | undefined {
    return this.#read(keys.erased, (value) => new Fields([value], "erased", 1).uint(0, "at"));
  }

  noteErased(atUtcMs: number): Promise<void> {
    return this.#store.write([[keys.erased, encodeCbor(atUtcMs)]]);
  }

  /** What was co-opened and what was refused, in order of intervals, shares first. */
  async *audit(): AsyncGenerator<AuditEntry> {
    for await (const [key, content] of this.#store.scan("audit/", "audit0")) {
      yield { type: "share", ...partOf(key), record: readRecord(key, content, readAudit) };
    }
    for await (const [key, content] of this.#store.scan("refusal/", "refusal0")) {
      yield { type: "refused", ...partOf(key), record: readRecord(key, content, readRefusal) };
    }
  }

  /** Ids of the testimonies that were answered with a share. */
  async *deliveries(): AsyncGenerator<Uint8Array> {
    for await (const [key, content] of this.#store.scan("answer/", "answer0")) {
      yield readRecord(key, content, readAnswer).id;
    }
  }

  /** Forgets what came of envelopes of intervals before `firstKept`, and randomisers of those before `firstRhoKept`. */
  async prune(firstKept: number, firstRhoKept: number): Promise<void> {
    this.rolls.prune(firstKept);
    for (const kind of ["answer", "roll", "block", "refusal"]) {
      await this.#store.removeRange(`${kind}/`, `${kind}/${keyNumber(firstKept)}`);
    }
    const end = `rhos/${keyNumber(firstRhoKept)}`;
    for await (const [key, content] of this.#store.scan("rhos/", end)) {
      const names = readRhoRecord(key, content).map((rho) => [keys.rho(rho), undefined] as const);
      await this.#store.write([...names, [key, undefined]]);
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #read<T>(key: string, read: Parameters<typeof readRecord<T>>[2]): T | undefined {
    const content = this.#store.get(key);
    return content === undefined ? undefined : readRecord(key, content, read);
  }
}
