/**
 * Opening aggregates: each is checked against roll and books, opened once, stored, shown, and answered by a signed receipt; the same bytes
 * again get the same receipt (docs/PROTOCOL.md, Opening and Receipt).
 */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError, type ErrorCode } from "../../core/errors.ts";
import { bytesToInteger } from "../../core/integers.ts";
import { checkProduct } from "../../core/paillier/ciphertext.ts";
import { unpack } from "../../core/paillier/packing.ts";
import type { Signer, Verify } from "../../core/ports.ts";
import type { Opener } from "../../core/secret/opener.ts";
import { type Aggregate, decodeAggregate } from "../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { encodeReceipt, type Receipt } from "../../core/wire/receipt.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import type { ServiceClock } from "../service/clock.ts";
import { deliveryId } from "../service/delivery.ts";
import { checkEnded } from "../service/windows.ts";
import type { Books } from "./books.ts";
import type { GroupEntry } from "./group-book.ts";
import { addPart } from "./reconcile.ts";
import type { BalanceRecord, JudgedRecord } from "./records.ts";
import { byObis, type OpenedResult, type Result, refusedResult } from "./results.ts";

/** What the opening works with. */
export interface OpeningParts {
  readonly keyFile: KeyFile;
  readonly rollVersion: number;
  readonly groups: ReadonlyMap<string, GroupEntry>;
  readonly books: Books;
  readonly opener: Pick<Opener, "open">;
  readonly signer: Signer;
  readonly verify: Verify;
  readonly clock: Pick<ServiceClock, "nowMs">;
  /** Hands a result out, as one line of JSON. */
  readonly show: (line: string) => void;
  /** Sends a receipt on its way. */
  readonly reply: (group: string, receipt: Uint8Array) => void;
}

/** What became of an aggregate: a part opened or refused now, or one that was judged before. */
export type Outcome =
  | { readonly kind: "opened"; readonly contributors: number }
  | { readonly kind: "refused"; readonly code: ErrorCode }
  | { readonly kind: "duplicate" };

interface Opened {
  readonly result: OpenedResult;
  readonly balance: BalanceRecord;
}

/** The provider's side of all groups. */
export class Opening {
  readonly #parts: OpeningParts;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  /**
   * Judges one message; resolves when what it changes is on the disk.
   * @throws ChoirError for a message that no aggregator of ours signed for the key and roll in force: nothing changes, nothing is answered.
   */
  async receive(topic: string, bytes: Uint8Array): Promise<Outcome> {
    const { books } = this.#parts;
    const { aggregate, entry } = this.#authentic(topic, bytes);
    const id = deliveryId(topic, bytes);
    const known = books.judged(aggregate);
    if (known === undefined) return this.#judge(aggregate, entry, id);
    if (equalBytes(known.id, id)) return this.#repeat(aggregate, known);
    return this.#conflict(aggregate, id);
  }

  /** A message that is an aggregator's word on a group of ours. What a later key file, roll or clock could cure is not judged here. */
  #authentic(topic: string, bytes: Uint8Array): { readonly aggregate: Aggregate; readonly entry: GroupEntry } {
    const { keyFile, rollVersion, groups, verify, clock } = this.#parts;
    const address = parseTopic(topic);
    const entry = address.kind === "aggregate" ? groups.get(address.group) : undefined;
    if (entry === undefined)
      throw new ChoirError("field_wrong", "topic", "aggregates of a group of the roll", "another");
    const envelope = parseEnvelope("aggregate", bytes);
    checkSignature(envelope, entry.aggregatorKey, verify, `aggregate of ${entry.group}`);
    const aggregate = decodeAggregate(envelope.payload, keyFile.key);
    if (aggregate.group !== entry.group) {
      throw new ChoirError("field_wrong", "aggregate.group", entry.group, aggregate.group);
    }
    checkKeyId(aggregate.keyId, keyFile, "aggregate.key id");
    if (aggregate.rollVersion !== rollVersion) {
      throw new ChoirError("roll_unknown", "aggregate.roll version", `${rollVersion}`, `${aggregate.rollVersion}`);
    }
    checkEnded(aggregate.interval, keyFile, clock.nowMs(), "aggregate.interval");
    return { aggregate, entry };
  }

  /** From the books' questions to their change there is no await: no block can be counted by two parts at a time. */
  async #judge(aggregate: Aggregate, entry: GroupEntry, id: Uint8Array): Promise<Outcome> {
    const { books } = this.#parts;
    try {
      const { result, balance } = this.#open(aggregate, entry);
      const record = this.#record(id, this.#receipt(aggregate, "opened"), result);
      await books.enterOpened(aggregate, record, aggregate.blocks, balance);
      this.#answer(aggregate, record);
      return { kind: "opened", contributors: result.contributors };
    } catch (error) {
      if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      const record = this.#record(id, this.#receipt(aggregate, "refused"), refusedResult(aggregate, error.code));
      await books.enterRefused(aggregate, record);
      this.#answer(aggregate, record);
      return { kind: "refused", code: error.code };
    }
  }

  async #repeat(aggregate: Aggregate, record: JudgedRecord): Promise<Outcome> {
    await this.#parts.books.synced();
    this.#answer(aggregate, record);
    return { kind: "duplicate" };
  }

  /** Another aggregate for a part that was judged: refused, and the first one's receipt stands. */
  async #conflict(aggregate: Aggregate, id: Uint8Array): Promise<Outcome> {
    const { books } = this.#parts;
    if (books.conflict(aggregate, id) !== undefined) {
      await books.synced();
      return { kind: "duplicate" };
    }
    const code = "sealed_twice";
    const record = this.#record(id, undefined, refusedResult(aggregate, code));
    await books.enterConflict(aggregate, record);
    this.#parts.show(record.line);
    return { kind: "refused", code };
  }

  /** Shows a result unless it was shown, and sends its receipt. A crash in between shows it twice rather than never. */
  #answer(aggregate: Aggregate, record: JudgedRecord): void {
    const { books, show, reply } = this.#parts;
    if (!record.announced) {
      show(record.line);
      books.noteAnnounced(aggregate, record);
    }
    if (record.receipt !== undefined) reply(aggregate.group, record.receipt);
  }

  #open(aggregate: Aggregate, entry: GroupEntry): Opened {
    const { keyFile, books, opener } = this.#parts;
    const { group, interval, part, blocks, leftOut, product } = aggregate;
    const contributors = this.#checkBlocks(aggregate, entry);
    let sums: readonly number[] = keyFile.channels.map(() => 0);
    if (product !== undefined) {
      const c = checkProduct(bytesToInteger(product), keyFile.key, "aggregate.product");
      const totals = unpack(keyFile.layout, opener.open(c), contributors);
      sums = totals.sums.map((sum, i) => exactNumber(sum, keyFile.channels[i]?.obis ?? ""));
    }
    const balance = addPart(books.balance(group, interval), contributors, sums);
    const { channels } = keyFile;
    const result: OpenedResult = {
      type: "opened",
      group,
      interval,
      part,
      blocks,
      leftOut,
      contributors,
      members: entry.members,
      sumsMilliwattHours: byObis(channels, sums),
      feederMilliwattHours: balance.feeder === undefined ? null : byObis(channels, balance.feeder.energies),
    };
    return { result, balance };
  }

  /** The number of homes in a part whose blocks are the group's own, in no part before, and enough to hide in. */
  #checkBlocks({ group, interval, part, blocks, leftOut }: Aggregate, entry: GroupEntry): number {
    const { keyFile, books } = this.#parts;
    const named = [...blocks, ...leftOut.map(({ block }) => block)];
    const stray = named.find((block) => !entry.blocks.has(block));
    if (stray !== undefined) throw new ChoirError("block_unknown", "aggregate", `blocks of group ${group}`, stray);
    // the decoder lets no block be named twice
    if (part === 0 && named.length !== entry.blocks.size) {
      throw new ChoirError("field_wrong", "aggregate", "each block counted or left out", "a block that is neither");
    }
    const twice = blocks.find((block) => books.counted(group, interval, block) !== undefined);
    if (twice !== undefined) {
      throw new ChoirError("block_counted_twice", "aggregate.blocks", "blocks of no earlier part", twice);
    }
    // every block was just found to be the group's
    const contributors = blocks.reduce((sum, block) => sum + (entry.blocks.get(block) as number), 0);
    if (blocks.length > 0 && contributors < keyFile.kMin) {
      throw new ChoirError("group_too_small", "aggregate", `at least ${keyFile.kMin} contributors`, `${contributors}`);
    }
    return contributors;
  }

  #receipt({ group, interval, keyId, part, blocks }: Aggregate, status: Receipt["status"]): Uint8Array {
    const counted = status === "opened" ? blocks : [];
    return sealEnvelope(
      "receipt",
      encodeReceipt({ group, interval, keyId, part, status, blocks: counted }),
      this.#parts.signer,
    );
  }

  #record(id: Uint8Array, receipt: Uint8Array | undefined, result: Result): JudgedRecord {
    return { id, receipt, line: JSON.stringify(result), announced: false };
  }
}

function exactNumber(value: bigint, obis: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ChoirError("value_out_of_range", `sum ${obis}`, "at most 2^53 - 1 mWh", "more");
  }
  return Number(value);
}
