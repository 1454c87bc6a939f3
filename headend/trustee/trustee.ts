/**
 * A trustee without its process: testimonies in, signed shares and refusals out, everything that a share rests on written before it leaves. The same
 * testimony again gets the same bytes (docs/PROTOCOL.md, Trustees, Share).
 */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError, type ErrorCode } from "../../core/errors.ts";
import { proofWidths } from "../../core/paillier/proof.ts";
import type { Signer } from "../../core/ports.ts";
import type { KeyShare } from "../../core/secret/key-share.ts";
import { partialDecryption } from "../../core/secret/partial-decryption.ts";
import { encodePartial, type Prover } from "../../core/secret/share-proof.ts";
import { type Aggregate, decodeAggregate } from "../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../core/wire/envelope.ts";
import { evidenceHash } from "../../core/wire/evidence.ts";
import { checkKeyId } from "../../core/wire/key-file.ts";
import { contributorsHash, encodeShare, type ShareMessage, shareAad, shareInfo } from "../../core/wire/share.ts";
import { decodeTestimony } from "../../core/wire/testimony.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import { deliveryId } from "../service/delivery.ts";
import { sealTo } from "../service/hpke.ts";
import { type ExaminationParts, type Examined, examine, refuseSubject } from "./examination.ts";
import type { Refusal } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { GroupEntry, RollBook } from "./roll-book.ts";

/** Least room in a testimony for an envelope's head, ids and signature, and for each id of the aggregate. */
const ENVELOPE_ROOM = 256;
const ID_ROOM = 40;
const AGGREGATE_ROOM = 1024;

/** What a trustee works with. */
export interface TrusteeParts extends ExaminationParts {
  readonly ledger: Ledger;
  readonly prover: Prover;
  readonly share: KeyShare;
  /** X25519, 32 bytes: the provider's, which shares are sealed to. */
  readonly providerSealingKey: Uint8Array;
  readonly signer: Signer;
  /** Sends an answer on its way. */
  readonly reply: (group: string, message: Uint8Array) => void;
}

/** What became of a testimony: a share now or the one given before, a refusal, or no word at all. */
export type Outcome =
  | { readonly kind: "share"; readonly contributors: number }
  | { readonly kind: "again" }
  | ({ readonly kind: "refused" } & Refusal)
  | { readonly kind: "ignored"; readonly code: ErrorCode };

/** A testimony that is the word of its group's aggregator. */
interface Word {
  /** The roll of its interval; the latest where there is none. */
  readonly book: RollBook;
  readonly aggregate: Aggregate;
  /** SHA-256 of the aggregate's envelope. */
  readonly aggregateHash: Uint8Array;
  readonly envelopes: readonly Uint8Array[];
}

/** One trustee, for all groups. */
export class Trustee {
  readonly #parts: TrusteeParts;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: TrusteeParts) {
    this.#parts = parts;
  }

  /**
   * Judges one message after those before it: no two can both find a block unopened. Resolves when what it changes is on the disk.
   * @throws ChoirError store_corrupt, and what the store throws: then the message must not be acknowledged.
   */
  receive(topic: string, bytes: Uint8Array): Promise<Outcome> {
    const turn = this.#work.then(() => this.#judge(topic, bytes));
    this.#work = turn.catch(() => {});
    return turn;
  }

  async #judge(topic: string, bytes: Uint8Array): Promise<Outcome> {
    let word: Word;
    try {
      word = this.#authentic(topic, bytes);
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      return { kind: "ignored", code: error.code };
    }
    const { ledger, clock, reply } = this.#parts;
    const { aggregate } = word;
    const id = deliveryId(topic, bytes);
    const answer = ledger.answer(aggregate);
    if (answer !== undefined && equalBytes(answer.id, id)) {
      reply(aggregate.group, answer.message);
      return { kind: "again" };
    }
    // intervals and parts are the aggregator's to choose: only those that there can be leave a note
    const refusal = refuseSubject(this.#parts, aggregate);
    if (refusal !== undefined) return this.#refuse(aggregate, refusal);
    // a part is one aggregate for ever
    const judged = answer === undefined ? examine(this.#parts, word.book, aggregate, word.envelopes) : SEALED_TWICE;
    if (!("reason" in judged)) return this.#coOpen(word, id, judged);
    await ledger.noteRefusal(aggregate, { ...judged, aggregateHash: word.aggregateHash, atUtcMs: clock.nowMs() });
    return this.#refuse(aggregate, judged);
  }

  /** Anything else is nobody's word: it is not answered, so that no stranger makes a trustee speak. */
  #authentic(topic: string, bytes: Uint8Array): Word {
    const { keyFile, ledger, verify, digest } = this.#parts;
    const address = parseTopic(topic);
    const entries = ledger.rolls.views.flatMap(({ groups }) =>
      address.kind === "evidence" ? (groups.get(address.group) ?? []) : [],
    );
    if (address.kind !== "evidence" || entries.length === 0) throw noGroup();
    const most = Math.max(...entries.map((one) => this.#mostBytes(one)));
    if (bytes.length > most) {
      throw new ChoirError("length_wrong", "testimony", `at most ${most} bytes`, `${bytes.length}`);
    }
    const testimony = decodeTestimony(bytes);
    const envelope = parseEnvelope("aggregate", testimony.aggregate);
    // nothing of this is sure before its signature is checked; it says which roll names the signer
    const aggregate = decodeAggregate(envelope.payload, keyFile.key);
    const book = ledger.rolls.at(aggregate.interval) ?? ledger.rolls.views[0];
    const entry = book?.groups.get(address.group);
    if (book === undefined || entry === undefined) throw noGroup();
    checkSignature(envelope, entry.aggregatorKey, verify, `aggregate of ${address.group}`);
    if (aggregate.group !== address.group) {
      throw new ChoirError("field_wrong", "aggregate.group", address.group, aggregate.group);
    }
    checkKeyId(aggregate.keyId, keyFile, "aggregate.key id");
    if (!equalBytes(evidenceHash(testimony.envelopes, digest), aggregate.evidenceHash)) {
      throw new ChoirError("field_wrong", "testimony", "the envelopes that its aggregate names", "others");
    }
    return { book, aggregate, aggregateHash: digest.sha256(testimony.aggregate), envelopes: testimony.envelopes };
  }

  /** What a testimony of a whole group takes, with the longest ids. */
  #mostBytes({ members, blocks }: GroupEntry): number {
    const { key, layout } = this.#parts.keyFile;
    const { z1, z2 } = proofWidths(key.bits, layout.bits);
    const aggregate = AGGREGATE_ROOM + 2 * key.bytes + ID_ROOM * (2 * blocks.size + members);
    return aggregate + members * (ENVELOPE_ROOM + 4 * key.bytes + z1 + z2);
  }

  async #coOpen({ aggregate, aggregateHash }: Word, id: Uint8Array, examined: Examined): Promise<Outcome> {
    const { ledger, digest, clock, reply } = this.#parts;
    const { group, rollVersion, blocks } = aggregate;
    const hash = contributorsHash(examined.contributors, digest);
    const sealed = await this.#share(aggregate, hash, examined.c);
    const message = this.#message(aggregate, { status: "share", sealed });
    const audit = {
      rollVersion,
      blocks,
      contributors: examined.contributors.length,
      contributorsHash: hash,
      aggregateHash,
      evidenceHash: aggregate.evidenceHash,
      atUtcMs: clock.nowMs(),
    };
    await ledger.enterShare(aggregate, { id, message }, audit, examined.blocks);
    reply(group, message);
    return { kind: "share", contributors: audit.contributors };
  }

  /** The share of an opening with its proof, sealed to the provider. */
  async #share(aggregate: Aggregate, hash: Uint8Array, c: bigint): Promise<Uint8Array> {
    const { prover, share, keyFile, providerSealingKey } = this.#parts;
    const partial = partialDecryption(this.#parts, prover, share, { ...aggregate, contributorsHash: hash }, c);
    const plain = encodePartial(partial, keyFile.key, prover.sharing.holders.length);
    const aad = shareAad({ ...aggregate, trustee: prover.holder.holder });
    return sealTo(providerSealingKey, shareInfo(), aad, plain);
  }

  #refuse(aggregate: Aggregate, { reason, leaveOut }: Refusal): Outcome {
    this.#parts.reply(aggregate.group, this.#message(aggregate, { status: "refused", reason, leaveOut }));
    return { kind: "refused", reason, leaveOut };
  }

  #message({ group, interval, keyId, rollVersion, part }: Aggregate, answer: ShareMessage["answer"]): Uint8Array {
    const { prover, signer } = this.#parts;
    const { holder: trustee } = prover.holder;
    return sealEnvelope("share", encodeShare({ group, interval, keyId, rollVersion, part, trustee, answer }), signer);
  }
}

/** The answer to a second aggregate for a part that was co-opened. */
const SEALED_TWICE: Refusal = { reason: "sealed_twice", leaveOut: [] };

function noGroup(): ChoirError {
  return new ChoirError("field_wrong", "topic", "the evidence of a group of the roll", "another");
}
