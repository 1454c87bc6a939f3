/**
 * The rolls that a process goes by, each from its first interval until the next one's: kept in the process's store, the past ones for as long as
 * readings may come late (docs/PROTOCOL.md, Roll).
 */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { type CborValue, encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { decodeRoll, encodeRoll, type Roll } from "../../core/wire/roll.ts";
import { type Change, keyNumber, readRecord, type Store } from "./store.ts";

/** A roll, and from which interval on this process goes by it: its own first, or the first that was not begun yet when it came late. */
interface Term<View> {
  readonly roll: Roll;
  readonly from: number;
  readonly view: View;
}

const BEGUN_KEY = "begun";
const FIRST_KEY = "adopted roll/";
const END_KEY = "adopted roll0";

function keyOf({ version }: Pick<Roll, "version">): string {
  return `${FIRST_KEY}${keyNumber(version)}`;
}

/** All rolls that count for some interval, as the party needs to see them. */
export class Rolls<View> {
  readonly #store: Pick<Store, "write">;
  readonly #view: (roll: Roll) => View;
  /** The latest first. */
  #terms: readonly Term<View>[] = [];
  #begun = -1;

  private constructor(store: Pick<Store, "write">, view: (roll: Roll) => View) {
    this.#store = store;
    this.#view = view;
  }

  /** Rolls that no store keeps. @param rolls ascending by version */
  static of<View>(view: (roll: Roll) => View, ...rolls: readonly Roll[]): Rolls<View> {
    const all = new Rolls({ write: async () => {} }, view);
    for (const roll of rolls) all.#add(roll, roll.firstInterval);
    return all;
  }

  /** Those that a store keeps. @param view what the party makes of a roll; made once of each. @throws ChoirError store_corrupt. */
  static async open<View>(store: Store, view: (roll: Roll) => View): Promise<Rolls<View>> {
    const all = new Rolls(store, view);
    for await (const [key, content] of store.scan(FIRST_KEY, END_KEY)) {
      const { roll, from } = readRecord(key, content, readTerm);
      all.#add(roll, from);
    }
    const begun = store.get(BEGUN_KEY);
    if (begun !== undefined) {
      all.#begun = readRecord(BEGUN_KEY, begun, (value) => new Fields([value], "begun", 1).uint(0, "interval"));
    }
    return all;
  }

  /** The roll of an interval; none before the first roll's. */
  at(interval: number): View | undefined {
    return this.#terms.find(({ from }) => from <= interval)?.view;
  }

  /** The roll of the highest version; its first interval may be still to come. */
  get latest(): Roll | undefined {
    return this.#terms[0]?.roll;
  }

  /** The first interval that there is a roll for. */
  get firstInterval(): number {
    return Math.min(...this.#terms.map(({ from }) => from));
  }

  /** All of them, the latest first. */
  get views(): readonly View[] {
    return this.#terms.map(({ view }) => view);
  }

  /** Notes that something of this interval is decided: no roll that comes now changes it, or any before it. */
  begin(interval: number): void {
    if (interval <= this.#begun) return;
    this.#begun = interval;
    void this.#store.write([[BEGUN_KEY, encodeCbor(interval)]]);
  }

  /**
   * Takes a roll that was opened and checked; resolves when it is on the disk, to whether it is new.
   * @throws ChoirError version_not_higher for an older one, and for another of the latest's version; nothing changes then.
   */
  async adopt(roll: Roll): Promise<boolean> {
    const payload = encodeRoll(roll);
    const { latest } = this;
    if (latest !== undefined && roll.version <= latest.version) {
      if (equalBytes(payload, encodeRoll(latest))) return false;
      const got = roll.version === latest.version ? "another of that version" : `${roll.version}`;
      throw new ChoirError("version_not_higher", "roll.version", `above ${latest.version}`, got);
    }
    const from = latest === undefined ? roll.firstInterval : Math.max(roll.firstInterval, this.#begun + 1);
    this.#add(roll, from);
    await this.#store.write([[keyOf(roll), encodeCbor([from, payload])]]);
    return true;
  }

  /** Forgets rolls that no interval from `firstKept` on goes by. */
  prune(firstKept: number): void {
    const isOver = (_: Term<View>, i: number): boolean => this.#terms.slice(0, i).some(({ from }) => from <= firstKept);
    this.#forget(this.#terms.filter(isOver));
  }

  /** Forgets all: they were for another key. */
  clear(): void {
    this.#forget(this.#terms);
  }

  #add(roll: Roll, from: number): void {
    this.#terms = [{ roll, from, view: this.#view(roll) }, ...this.#terms];
  }

  #forget(terms: readonly Term<View>[]): void {
    if (terms.length === 0) return;
    this.#terms = this.#terms.filter((term) => !terms.includes(term));
    void this.#store.write(terms.map(({ roll }): [string, Change] => [keyOf(roll), undefined]));
  }
}

function readTerm(value: CborValue): Omit<Term<never>, "view"> {
  const fields = new Fields(value, "adopted roll", 2);
  return { from: fields.uint(0, "from"), roll: decodeRoll(fields.bytes(1, "roll")) };
}
