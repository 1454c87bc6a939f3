/** What a provider has opened and measured, on disk before a receipt goes out or a result is shown. */

import { toHex } from "../../core/bytes.ts";
import { encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { topics } from "../../core/wire/topics.ts";
import { deliveryId } from "../service/delivery.ts";
import type { Rolls } from "../service/rolls.ts";
import { type Change, readRecord, Store } from "../service/store.ts";
import { adoptTrust, type Trust } from "../service/trust.ts";
import { type GroupBook, groupBook } from "./group-book.ts";
import { emptyBalance } from "./reconcile.ts";
import {
  type Answer,
  type BalanceRecord,
  BOOKS_FORMAT,
  encodeAnswer,
  encodeBalance,
  encodeJudged,
  type JudgedRecord,
  keys,
  readAnswer,
  readBalance,
  readJudged,
} from "./records.ts";
import { encodeWatch, readWatch, type WatchRecord } from "./watch-record.ts";

/** Which aggregate. */
export interface PartName {
  readonly group: string;
  readonly interval: number;
  readonly part: number;
}

/** Hears of each balance that has changed, once it is on the disk. */
export type BalanceListener = (group: string, interval: number, balance: BalanceRecord) => void;

/** An aggregate that waits for shares, and the answers to it by trustee. */
export interface Waiting {
  readonly name: PartName;
  readonly message: Uint8Array;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** An open store of the provider. */
export class Books {
  readonly rolls: Rolls<GroupBook>;
  readonly #store: Store;
  readonly #channels: number;
  #balanceChanged: BalanceListener = () => {};

  private constructor(store: Store, channels: number, rolls: Rolls<GroupBook>) {
    this.rolls = rolls;
    this.#store = store;
    this.#channels = channels;
  }

  /** @throws ChoirError store_version_unknown, store_corrupt, config_invalid, version_not_higher. */
  static async open(folder: string, trust: Trust): Promise<Books> {
    const store = await Store.open(folder, ["choir provider", BOOKS_FORMAT]);
    try {
      const rolls = await adoptTrust(store, trust, groupBook);
      return new Books(store, trust.keyFile.channels.length, rolls);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Tells this listener, and no other, of balances that change from now on. */
  follow(listener: BalanceListener): void {
    this.#balanceChanged = listener;
  }

  judged({ group, interval, part }: PartName): JudgedRecord | undefined {
    return this.#judgedAt(keys.aggregate(group, interval, part));
  }

  /** A second aggregate of a part that came before. */
  conflict({ group, interval }: PartName, id: Uint8Array): JudgedRecord | undefined {
    return this.#judgedAt(keys.conflict(group, interval, toHex(id)));
  }

  /** The part that counts a block. */
  counted(group: string, interval: number, block: string): number | undefined {
    const key = keys.counted(group, interval, block);
    return this.#read(key, (content) =>
      readRecord(key, content, (value) => new Fields([value], key, 1).uint(0, "part")),
    );
  }

  balance(group: string, interval: number): BalanceRecord {
    const key = keys.balance(group, interval);
    return this.#read(key, (content) => readRecord(key, content, readBalance)) ?? emptyBalance(this.#channels);
  }

  /** Balances of a group from an interval on, ascending, as they are on the disk. */
  async *balances(group: string, from: number): AsyncGenerator<readonly [number, BalanceRecord]> {
    const first = keys.balance(group, Math.max(0, from));
    for await (const [key, content] of this.#store.scan(first, keys.balancesEnd(group))) {
      yield [keys.balanceInterval(key), readRecord(key, content, readBalance)];
    }
  }

  /** What is known of the watch over a group's feeder. */
  watch(group: string): WatchRecord | undefined {
    const key = keys.watch(group);
    return this.#read(key, (content) => readRecord(key, content, readWatch));
  }

  /** Enters an aggregate that waits for shares: its message. */
  enterWaiting({ group, interval, part }: PartName, message: Uint8Array): Promise<void> {
    this.rolls.begin(interval);
    return this.#store.write([[keys.waiting(group, interval, part), message]]);
  }

  /** Enters what a trustee says to it. */
  enterAnswer({ group, interval, part }: PartName, trustee: string, answer: Answer): Promise<void> {
    return this.#store.write([[keys.answer(group, interval, part, trustee), encodeAnswer(answer)]]);
  }

  /** Aggregates that wait for shares. */
  async *waiting(): AsyncGenerator<Waiting> {
    const answers = new Map<string, Map<string, Answer>>();
    for await (const [key, content] of this.#store.scan("answer/", "answer0")) {
      const [, group, interval, part, trustee = ""] = key.split("/");
      const name = `${group}/${interval}/${part}`;
      const those = answers.get(name) ?? new Map<string, Answer>();
      answers.set(name, those.set(trustee, readRecord(key, content, readAnswer)));
    }
    for await (const [key, message] of this.#store.scan("waiting/", "waiting0")) {
      const [, group = "", interval, part] = key.split("/");
      const name = { group, interval: Number(interval), part: Number(part) };
      yield { name, message, answers: answers.get(`${group}/${interval}/${part}`) ?? new Map() };
    }
  }

  /** Gives up an aggregate that waited in vain. */
  forgetWaiting(name: PartName, trustees: Iterable<string>): Promise<void> {
    return this.#store.write(this.#over(name, trustees));
  }

  /** Enters an opened part. @param trustees who answered */
  async enterOpened(
    name: PartName,
    record: JudgedRecord,
    blocks: readonly string[],
    balance: BalanceRecord,
    trustees: Iterable<string>,
  ): Promise<void> {
    const { group, interval, part } = name;
    this.rolls.begin(interval);
    await this.#store.write([
      ...this.#over(name, trustees),
      [keys.aggregate(group, interval, part), encodeJudged(record)],
      ...blocks.map((block): [string, Change] => [keys.counted(group, interval, block), encodeCbor(part)]),
      [keys.balance(group, interval), encodeBalance(balance)],
    ]);
    this.#balanceChanged(group, interval, balance);
  }

  /** Enters a part that was refused. @param trustees who answered */
  enterRefused(name: PartName, record: JudgedRecord, trustees: Iterable<string>): Promise<void> {
    const { group, interval, part } = name;
    this.rolls.begin(interval);
    return this.#store.write([
      ...this.#over(name, trustees),
      [keys.aggregate(group, interval, part), encodeJudged(record)],
    ]);
  }

  /** Notes that a result has been handed out; not waited for, since handing it out twice does less harm than never. */
  noteAnnounced({ group, interval, part }: PartName, record: JudgedRecord): void {
    const change = encodeJudged({ ...record, announced: true });
    void this.#store.write([[keys.aggregate(group, interval, part), change]]);
  }

  /** Enters a second aggregate of a part. */
  enterConflict({ group, interval }: PartName, record: JudgedRecord): Promise<void> {
    return this.#store.write([[keys.conflict(group, interval, toHex(record.id)), encodeJudged(record)]]);
  }

  async enterBalance(group: string, interval: number, balance: BalanceRecord): Promise<void> {
    await this.#store.write([[keys.balance(group, interval), encodeBalance(balance)]]);
    this.#balanceChanged(group, interval, balance);
  }

  /** Notes the watch over a group's feeder; not waited for, since it is made again from the balances. */
  noteWatch(group: string, record: WatchRecord): void {
    void this.#store.write([[keys.watch(group), encodeWatch(record)]]);
  }

  /** Ids of all deliveries that left something here. */
  async *deliveries(): AsyncGenerator<Uint8Array> {
    for (const kind of ["aggregate", "conflict"]) {
      for await (const [key, content] of this.#store.scan(`${kind}/`, `${kind}0`)) {
        yield readRecord(key, content, readJudged).id;
      }
    }
    for await (const { name, message, answers } of this.waiting()) {
      yield deliveryId(topics.aggregate(name.group), message);
      for (const { id } of answers.values()) yield id;
    }
    for await (const [key, content] of this.#store.scan("balance/", "balance0")) {
      const { feeder } = readRecord(key, content, readBalance);
      if (feeder !== undefined) yield feeder.id;
    }
  }

  /** Resolves when everything so far is on the disk. */
  synced(): Promise<void> {
    return this.#store.write([]);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** A part waits no more. */
  #over({ group, interval, part }: PartName, trustees: Iterable<string>): (readonly [string, Change])[] {
    const answers = [...trustees].map((trustee) => [keys.answer(group, interval, part, trustee), undefined] as const);
    return [[keys.waiting(group, interval, part), undefined], ...answers];
  }

  #judgedAt(key: string): JudgedRecord | undefined {
    return this.#read(key, (content) => readRecord(key, content, readJudged));
  }

  #read<T>(key: string, read: (content: Uint8Array) => T): T | undefined {
    const content = this.#store.get(key);
    return content === undefined ? undefined : read(content);
  }
}
