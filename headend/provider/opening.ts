/**
 * Opening aggregates: each is checked against roll and books, opened once, with the whole key or as soon as enough shares have come, stored, shown,
 * and answered by a signed receipt; the same bytes again get the same receipt (docs/PROTOCOL.md, Opening, Opening with shares and Receipt).
 */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError, type ErrorCode } from "../../core/errors.ts";
import { intervalEnd } from "../../core/interval.ts";
import type { Signer } from "../../core/ports.ts";
import type { Opener } from "../../core/secret/opener.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { sealEnvelope } from "../../core/wire/envelope.ts";
import { encodeReceipt, type Receipt } from "../../core/wire/receipt.ts";
import { topics } from "../../core/wire/topics.ts";
import type { ServiceClock } from "../service/clock.ts";
import { deliveryId } from "../service/delivery.ts";
import { checkEnded, KEPT_MS, oldestKept } from "../service/windows.ts";
import type { Books, PartName } from "./books.ts";
import type { GroupEntry } from "./group-book.ts";
import { authenticAggregate, type JudgingParts, soundPart, sumsOf } from "./judging.ts";
import { addPart } from "./reconcile.ts";
import type { Answer, BalanceRecord, JudgedRecord } from "./records.ts";
import { byObis, type OpenedResult, ownRefusal, type Refusal, type Result, refusedResult } from "./results.ts";
import { type Combined, checkedAnswer, combined, type ShareParts, trusteeWord } from "./shares.ts";
import { type SoundPart, WaitingPart } from "./waiting-part.ts";

/** What the opening works with. */
export interface OpeningParts extends JudgingParts {
  readonly books: Books;
  /** How a product is opened: with the whole key, or with shares. */
  readonly custody: { readonly opener: Pick<Opener, "open"> } | { readonly shares: ShareParts };
  readonly signer: Signer;
  readonly clock: Pick<ServiceClock, "nowMs">;
  /** Hands a result out, as one line of JSON. */
  readonly show: (line: string) => void;
  /** Sends a receipt on its way. */
  readonly reply: (group: string, receipt: Uint8Array) => void;
}

/** What became of an aggregate: opened or refused now, one that waits for shares, or one that came before. */
export type Outcome =
  | { readonly kind: "opened"; readonly contributors: number }
  | { readonly kind: "refused"; readonly code: ErrorCode }
  | { readonly kind: "waiting" }
  | { readonly kind: "duplicate" };

/** What became of a trustee's answer, and of the part that it decided, if it did. */
export interface AnswerOutcome {
  /** A good share, a refusal, one that time heals, one that came before, or one for a part that is judged. */
  readonly kind: "share" | "refusal" | "passing" | "duplicate" | "late";
  readonly decided?: Outcome;
}

/** The provider's side of all groups. */
export class Opening {
  readonly #parts: OpeningParts;
  readonly #waiting = new Map<string, WaitingPart>();

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  /** How many parts wait for shares. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes up the parts that waited when the process ended; what another key file or roll judges stays where it is. */
  async load(): Promise<void> {
    const { books, custody } = this.#parts;
    if ("opener" in custody) return;
    for await (const { name, message, answers } of books.waiting()) {
      const topic = topics.aggregate(name.group);
      try {
        const { aggregate, entry } = authenticAggregate(this.#parts, topic, message);
        const sound = soundPart(this.#parts, aggregate, entry, deliveryId(topic, message));
        this.#wait(sound, custody.shares, answers);
      } catch (error) {
        if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      }
    }
  }

  /** Opens what had its shares when the process ended; call once receipts can be sent. */
  async resume(): Promise<void> {
    for (const waiting of [...this.#waiting.values()]) await this.#decide(waiting);
  }

  /**
   * Judges one aggregate; resolves when what it changes is on the disk.
   * @throws ChoirError for a message that no aggregator of ours signed for the key and roll in force: nothing changes, nothing is answered.
   */
  async receive(topic: string, bytes: Uint8Array): Promise<Outcome> {
    const { books, keyFile, clock } = this.#parts;
    await this.#prune();
    const { aggregate, entry } = authenticAggregate(this.#parts, topic, bytes);
    checkEnded(aggregate.interval, keyFile, clock.nowMs(), "aggregate.interval");
    const id = deliveryId(topic, bytes);
    const known = books.judged(aggregate);
    const first = known?.id ?? this.#waiting.get(nameOf(aggregate))?.sound.id;
    if (first === undefined) return this.#judge(aggregate, entry, id, bytes);
    return equalBytes(first, id) ? this.#repeat(aggregate, known) : this.#conflict(aggregate, id);
  }

  /**
   * Judges one trustee's answer; resolves when what it changes is on the disk.
   * @throws ChoirError for one that no trustee signed, for no part of ours (nothing_to_open), or whose share is not good: nothing changes then, and
   *   the part goes on waiting for this trustee's good share and for others'.
   */
  async receiveShare(topic: string, bytes: Uint8Array): Promise<AnswerOutcome> {
    const { books, custody } = this.#parts;
    if ("opener" in custody) throw new ChoirError("field_wrong", "topic", "no shares with custody: provider", "one");
    const word = trusteeWord(custody.shares, topic, bytes);
    const { message } = word;
    const waiting = this.#waiting.get(nameOf(message));
    if (waiting === undefined) return this.#late(message);
    const id = deliveryId(topic, bytes);
    const before = waiting.answers.get(message.trustee);
    if (before?.status === "share" || (before !== undefined && equalBytes(before.id, id))) {
      await books.synced();
      return { kind: "duplicate" };
    }
    const answer = await checkedAnswer(custody.shares, waiting, word, id);
    if (answer === undefined) return { kind: "passing" };
    if (this.#waiting.get(nameOf(message)) !== waiting) return this.#late(message);
    waiting.answers.set(message.trustee, answer);
    await books.enterAnswer(message, message.trustee, answer);
    const decided = await this.#decide(waiting);
    return { kind: answer.status === "share" ? "share" : "refusal", ...(decided && { decided }) };
  }

  /** From the books' questions to their change there is no await: no block can be counted by two parts at a time. */
  async #judge(aggregate: Aggregate, entry: GroupEntry, id: Uint8Array, message: Uint8Array): Promise<Outcome> {
    const { books, custody } = this.#parts;
    let sound: SoundPart;
    try {
      sound = soundPart(this.#parts, aggregate, entry, id);
    } catch (error) {
      return this.#refuse({ aggregate, id }, refusalFor(aggregate, error));
    }
    const { product } = sound;
    if (product === undefined) return this.#open(sound, () => ({ plaintext: 0n, trustees: [] }));
    if ("opener" in custody) {
      return this.#open(sound, () => ({ plaintext: custody.opener.open(product), trustees: [] }));
    }
    this.#wait(sound, custody.shares);
    await books.enterWaiting(aggregate, message);
    return { kind: "waiting" };
  }

  #wait(sound: SoundPart, { sharing }: ShareParts, answers?: ReadonlyMap<string, Answer>): void {
    if (sound.product === undefined) return;
    this.#waiting.set(nameOf(sound.aggregate), new WaitingPart(sound, sound.product, sharing, answers));
  }

  /** Opens or refuses a part that has its shares, or will never have them. */
  async #decide(waiting: WaitingPart): Promise<Outcome | undefined> {
    const { custody } = this.#parts;
    const { sound, answers } = waiting;
    const refusal = waiting.refusal();
    const hasQuorum = waiting.quorum() !== undefined;
    if ("opener" in custody || (!hasQuorum && refusal === undefined)) return undefined;
    if (!this.#waiting.delete(nameOf(sound.aggregate))) return undefined;
    if (refusal !== undefined) return this.#refuse(sound, refusal, answers.keys());
    const open = (): Combined => {
      // another part may have counted a block of it meanwhile
      soundPart(this.#parts, sound.aggregate, sound.entry, sound.id);
      return combined(custody.shares, waiting);
    };
    return this.#open(sound, open, answers.keys());
  }

  /** @param answered trustees whose answers are in the books */
  async #open(sound: SoundPart, open: () => Combined, answered: Iterable<string> = []): Promise<Outcome> {
    const { books } = this.#parts;
    const { aggregate, id } = sound;
    let opened: { readonly result: OpenedResult; readonly balance: BalanceRecord };
    try {
      opened = this.#result(sound, open());
    } catch (error) {
      return this.#refuse(sound, refusalFor(aggregate, error), answered);
    }
    const { result, balance } = opened;
    const receipt = this.#receipt(aggregate, "opened", aggregate.blocks);
    const record = recordOf(id, receipt, result);
    await books.enterOpened(aggregate, record, aggregate.blocks, balance, answered);
    this.#answer(aggregate, record);
    return { kind: "opened", contributors: result.contributors };
  }

  async #refuse(
    { aggregate, id }: Pick<SoundPart, "aggregate" | "id">,
    refusal: Refusal,
    answered: Iterable<string> = [],
  ): Promise<Outcome> {
    const receipt = this.#receipt(aggregate, "refused", refusal.leaveOut);
    const record = recordOf(id, receipt, refusedResult(aggregate, refusal));
    await this.#parts.books.enterRefused(aggregate, record, answered);
    this.#answer(aggregate, record);
    return { kind: "refused", code: refusal.reason };
  }

  async #repeat(aggregate: Aggregate, record: JudgedRecord | undefined): Promise<Outcome> {
    await this.#parts.books.synced();
    if (record !== undefined) this.#answer(aggregate, record);
    return { kind: "duplicate" };
  }

  /** Another aggregate for a part that came before: refused, and the first one's receipt stands. */
  async #conflict(aggregate: Aggregate, id: Uint8Array): Promise<Outcome> {
    const { books } = this.#parts;
    if (books.conflict(aggregate, id) !== undefined) {
      await books.synced();
      return { kind: "duplicate" };
    }
    const code = "sealed_twice";
    const record = recordOf(id, undefined, refusedResult(aggregate, { reason: code, by: ["provider"], leaveOut: [] }));
    await books.enterConflict(aggregate, record);
    this.#parts.show(record.line);
    return { kind: "refused", code };
  }

  /** A share of a part that does not wait: more than enough had come, or it was given up. @throws ChoirError nothing_to_open for a part that never came. */
  async #late(name: PartName): Promise<AnswerOutcome> {
    const { books } = this.#parts;
    if (books.judged(name) === undefined) {
      throw new ChoirError("nothing_to_open", "share", "a part that waits for shares", `${nameOf(name)}`);
    }
    await books.synced();
    return { kind: "late" };
  }

  /** Gives up parts that have waited for 7 days after their interval. */
  async #prune(): Promise<void> {
    const { books, clock, keyFile } = this.#parts;
    books.rolls.prune(oldestKept(clock.nowMs(), keyFile.intervalMs, KEPT_MS));
    for (const [name, { sound, answers }] of this.#waiting) {
      if (clock.nowMs() - intervalEnd(sound.aggregate.interval, keyFile.intervalMs) <= KEPT_MS) continue;
      this.#waiting.delete(name);
      await books.forgetWaiting(sound.aggregate, answers.keys());
    }
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

  #result(
    { aggregate, entry, contributors, product }: SoundPart,
    { plaintext, trustees }: Combined,
  ): { readonly result: OpenedResult; readonly balance: BalanceRecord } {
    const { keyFile, books } = this.#parts;
    const { channels } = keyFile;
    const { group, interval, part, blocks, leftOut } = aggregate;
    const sums = product === undefined ? channels.map(() => 0) : sumsOf(keyFile, plaintext, contributors.length);
    const balance = addPart(books.balance(group, interval), contributors.length, sums);
    const result: OpenedResult = {
      type: "opened",
      group,
      interval,
      part,
      blocks,
      leftOut,
      contributors: contributors.length,
      members: entry.members,
      sumsMilliwattHours: byObis(channels, sums),
      feederMilliwattHours: balance.feeder === undefined ? null : byObis(channels, balance.feeder.energies),
      trustees,
    };
    return { result, balance };
  }

  #receipt(aggregate: Aggregate, status: Receipt["status"], blocks: readonly string[]): Uint8Array {
    const { group, interval, keyId, part } = aggregate;
    const payload = encodeReceipt({ group, interval, keyId, part, status, blocks });
    return sealEnvelope("receipt", payload, this.#parts.signer);
  }
}

function nameOf({ group, interval, part }: PartName): string {
  return `${group}/${interval}/${part}`;
}

function recordOf(id: Uint8Array, receipt: Uint8Array | undefined, result: Result): JudgedRecord {
  return { id, receipt, line: JSON.stringify(result), announced: false };
}

/** The refusal that an error of our own checks is. @throws the error where it is none, but a fault of ours. */
function refusalFor(aggregate: Aggregate, error: unknown): Refusal {
  if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
  return ownRefusal(aggregate, error.code);
}
