/**
 * What an aggregator knows, on disk before anything is acknowledged: readings, blocks with their running products, randomisers seen,
 * sealed parts (docs/PROTOCOL.md, Interval and Aggregate). Every change is one atomic, synced batch; questions see changes at once.
 */

import { ChoirError } from "../../core/errors.ts";
import type { PublicKey } from "../../core/paillier/public-key.ts";
import { bigIntRing, fromResidue, type Residue, type Ring } from "../../core/paillier/ring.ts";
import { encodeCbor, Fields } from "../../core/wire/cbor.ts";
import type { Receipt } from "../../core/wire/receipt.ts";
import { type Change, keyNumber, readRecord, Store } from "../service/store.ts";
import { adoptTrust, type Trust } from "../service/trust.ts";
import type { Arrival } from "./arrival.ts";
import { type GroupPlan, type GroupPlans, groupPlan, type Member } from "./group-plan.ts";
import { deliveriesIn, intervalsIn, partsIn, readingId, type SealedRecord } from "./ledger-scans.ts";
import {
  type BlockRecord,
  EMPTY_BLOCK,
  encodePartRecord,
  encodeReadingRecord,
  keys,
  LEDGER_FORMAT,
  type Mark,
  type PartRecord,
  type ReadingRecord,
  readPartRecord,
  readReadingRecord,
  type Verdict,
} from "./records.ts";
import { Standings } from "./standing.ts";
import { Suspects } from "./suspects.ts";
import { UsedRhos } from "./used-rhos.ts";

/** What is read from the store when it is opened. */
interface Kept {
  readonly plans: GroupPlans;
  readonly rhos: UsedRhos;
  readonly suspects: Suspects;
}

/** An open ledger of one group. */
export class Ledger {
  /** The group by the roll of each interval. */
  readonly plans: GroupPlans;
  readonly #store: Store;
  readonly #key: PublicKey;
  readonly #ring: Ring<Residue>;
  readonly #group: string;
  readonly #standings: Standings;
  readonly #rhos: UsedRhos;
  readonly #suspects: Suspects;

  private constructor(store: Store, key: PublicKey, group: string, kept: Kept) {
    this.plans = kept.plans;
    this.#store = store;
    this.#key = key;
    this.#ring = bigIntRing(key.n);
    this.#standings = new Standings(store, key.bytes);
    this.#group = group;
    this.#rhos = kept.rhos;
    this.#suspects = kept.suspects;
  }

  /**
   * Opens the ledger in a folder.
   * @throws ChoirError store_version_unknown (also for another group's), store_corrupt, config_invalid, version_not_higher for a key file or roll older than one used before.
   */
  static async open(folder: string, trust: Trust, group: string): Promise<Ledger> {
    const store = await Store.open(folder, ["choir aggregator", LEDGER_FORMAT, group]);
    try {
      const plans = await adoptTrust(store, trust, (roll) => groupPlan(roll, group));
      const kept = { plans, rhos: await UsedRhos.load(store), suspects: await Suspects.load(store) };
      return new Ledger(store, trust.keyFile.key, group, kept);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** The group by the roll of an interval; none where that does not have it, or there is no roll. */
  plan(interval: number): GroupPlan | undefined {
    return this.plans.at(interval) ?? undefined;
  }

  /** How a block stands in an interval. */
  block(interval: number, block: string): BlockRecord {
    return this.#standings.at(interval, block).record;
  }

  /** The product mod n^2 of the readings of some blocks. */
  product(interval: number, blocks: readonly string[]): bigint {
    const factors = blocks.map((block) => this.block(interval, block).product);
    return fromResidue(
      factors.reduce((product, factor) => this.#ring.multiply(product, factor), EMPTY_BLOCK.product),
      this.#key.n,
    );
  }

  /** Whether a part may count the block: every member has a reading, none is marked, no part counts it yet, and none with it was refused for good. */
  isWhole(interval: number, block: string): boolean {
    const { count, marks, part, verdict } = this.block(interval, block);
    const isComplete = count === this.plan(interval)?.blocks.get(block)?.length && marks.length === 0;
    return isComplete && part === undefined && verdict !== "out";
  }

  /** Whether the block has to come in a part of its own: one with it was refused, in this interval or before. */
  comesAlone(interval: number, block: string): boolean {
    return this.#suspects.has(block) || this.block(interval, block).verdict !== "none";
  }

  /** The seat's reading of an interval. */
  reading(interval: number, seat: string): ReadingRecord | undefined {
    const block = this.plan(interval)?.bySeat.get(seat)?.block;
    if (block !== undefined && this.#standings.at(interval, block).seats?.has(seat) === false) return undefined;
    const key = keys.reading(interval, seat);
    const content = this.#store.get(key);
    return content === undefined ? undefined : readReadingRecord(key, content);
  }

  /** A reading's envelope: a whole block has one of each member until it is opened. @throws ChoirError store_corrupt where there is none. */
  envelope(interval: number, { seat }: Pick<Member, "seat">): Uint8Array {
    const record = this.reading(interval, seat);
    if (record === undefined || !("envelope" in record)) {
      throw new ChoirError("store_corrupt", `reading ${interval}/${seat}`, "its envelope", "none");
    }
    return record.envelope;
  }

  /** Whether a randomiser was used in the last 30 days. */
  isUsed(rho: bigint): boolean {
    return this.#rhos.has(rho);
  }

  part(interval: number, part: number): PartRecord | undefined {
    return this.#read(keys.part(interval, part), readPartRecord);
  }

  /** The number that the next part of an interval gets: 0 while its first aggregate is not made. */
  nextPart(interval: number): number {
    let part = 0;
    while (this.part(interval, part) !== undefined) part++;
    return part;
  }

  /** The last interval whose first aggregate was due and made; none before the first. */
  closedThrough(): number | undefined {
    return this.#read(keys.closedThrough, (value) => new Fields([value], "closed through", 1).uint(0, "interval"));
  }

  /** Takes a reading in: envelope, randomiser, and its block's count and product. */
  add({ member, interval, envelope, ciphertext, rho }: Arrival): Promise<void> {
    const { block } = member;
    const { record, rhos, rhosChange } = this.#standings.at(interval, block);
    this.#rhos.add(rho);
    rhos.push(rho);
    const product = this.#ring.multiply(record.product, ciphertext);
    return this.#store.write([
      this.#readingChange(interval, member, { envelope }),
      rhosChange,
      this.#blockChange(interval, block, { ...record, count: record.count + 1, product }),
    ]);
  }

  /** Keeps a block out of an interval for good, because of one meter; the first reason stays. */
  mark(interval: number, member: Member, reason: Mark["reason"]): Promise<void> {
    return this.#store.write(this.#marked(interval, [member], reason));
  }

  /** Remembers that a reading was refused for its randomiser, and keeps its block out. */
  refuseRho({ member, interval, envelope }: Arrival): Promise<void> {
    const id = readingId(this.#group, member.meter, envelope);
    return this.#store.write([
      this.#readingChange(interval, member, { id }),
      ...this.#marked(interval, [member], "rho_repeated"),
    ]);
  }

  /** Throws away readings whose proofs do not hold, and keeps their blocks out. */
  discard(interval: number, members: readonly Member[]): Promise<void> {
    const marked = members.flatMap((member) => this.#marked(interval, [member], "proof"));
    return this.#store.write([...this.#erased(interval, members), ...marked]);
  }

  /** Seals a part: its message, and its blocks counted. */
  seal(interval: number, part: number, blocks: readonly string[], message: Uint8Array): Promise<void> {
    this.plans.begin(interval);
    return this.#store.write([
      [keys.part(interval, part), encodePartRecord({ message, blocks, receipt: undefined })],
      ...blocks.map((block) => this.#blockChange(interval, block, { ...this.block(interval, block), part })),
    ]);
  }

  /** Notes that every first aggregate up to `interval` is made. */
  setClosedThrough(interval: number): Promise<void> {
    this.plans.begin(interval);
    return this.#store.write([[keys.closedThrough, encodeCbor(interval)]]);
  }

  /** Notes the provider's word on a part: envelopes of opened blocks are erased, refused ones are free again, as far as its word lets them. */
  receive(receipt: Receipt, part: PartRecord, id: Uint8Array): Promise<void> {
    const { interval, status } = receipt;
    return this.#store.write([
      [keys.part(interval, receipt.part), encodePartRecord({ ...part, receipt: { status, id } })],
      ...(status === "opened" ? this.#opened(interval, part.blocks) : this.#refused(receipt, part.blocks)),
    ]);
  }

  /** Parts of the intervals kept, in order. */
  parts(): AsyncGenerator<SealedRecord> {
    return partsIn(this.#store);
  }

  /** Intervals kept that hold readings. */
  intervals(): AsyncGenerator<number> {
    return intervalsIn(this.#store);
  }

  /** Ids of all deliveries that left something in the ledger. */
  deliveries(): AsyncGenerator<Uint8Array> {
    return deliveriesIn(this.#store, this.#group, (interval, seat) => this.plan(interval)?.bySeat.get(seat));
  }

  /** Forgets readings, blocks and parts of intervals before `firstKept`. */
  async prune(firstKept: number): Promise<void> {
    for (const kind of ["reading", "block", "part"]) {
      await this.#store.removeRange(`${kind}/`, `${kind}/${keyNumber(firstKept)}`);
    }
    this.plans.prune(firstKept);
    // blocks of intervals that are still reported on are read again when they are needed
    this.#standings.clear();
  }

  /** Forgets randomisers of intervals before `firstKept`. */
  pruneRhos(firstKept: number): Promise<void> {
    return this.#rhos.prune(firstKept);
  }

  /** Resolves when everything so far is on the disk. */
  synced(): Promise<void> {
    return this.#store.write([]);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #read<T>(key: string, read: Parameters<typeof readRecord<T>>[2]): T | undefined {
    const content = this.#store.get(key);
    return content === undefined ? undefined : readRecord(key, content, read);
  }

  #blockChange(interval: number, block: string, record: BlockRecord): readonly [string, Change] {
    this.plans.begin(interval);
    const standing = this.#standings.at(interval, block);
    standing.record = record;
    return standing.recordChange;
  }

  #readingChange(interval: number, { seat, block }: Member, record: ReadingRecord): readonly [string, Change] {
    this.#standings.at(interval, block).seats?.add(seat);
    return [keys.reading(interval, seat), encodeReadingRecord(record)];
  }

  #opened(interval: number, blocks: readonly string[]): (readonly [string, Change])[] {
    const members = blocks.flatMap((block) => this.plan(interval)?.blocks.get(block) ?? []);
    return [...this.#erased(interval, members), ...this.#suspects.opened(interval, blocks)];
  }

  #refused({ interval, blocks: named }: Receipt, blocks: readonly string[]): (readonly [string, Change])[] {
    const out = blocks.length === 1 ? blocks : named;
    const rest: Verdict = named.length === 0 ? "alone" : "none";
    return blocks.flatMap((block) => {
      const verdict = out.includes(block) ? "out" : rest;
      const freed = this.#blockChange(interval, block, { ...this.block(interval, block), part: undefined, verdict });
      return verdict === "out" ? [freed, this.#suspects.refused(interval, block)] : [freed];
    });
  }

  #marked(interval: number, members: readonly Member[], reason: Mark["reason"]): (readonly [string, Change])[] {
    return members.flatMap(({ block, meter }) => {
      const record = this.block(interval, block);
      if (record.marks.some((mark) => mark.meter === meter)) return [];
      return [this.#blockChange(interval, block, { ...record, marks: [...record.marks, { meter, reason }] })];
    });
  }

  #erased(interval: number, members: readonly Member[]): (readonly [string, Change])[] {
    return members.flatMap(({ seat, meter }) => {
      const record = this.reading(interval, seat);
      if (record === undefined || "id" in record) return [];
      const id = readingId(this.#group, meter, record.envelope);
      return [[keys.reading(interval, seat), encodeReadingRecord({ id })] as const];
    });
  }
}
