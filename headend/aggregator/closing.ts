/**
 * Closing intervals: at end + grace the first aggregate, of the blocks that are whole and whose proofs hold; later, parts for blocks that
 * became whole since, for 7 days (docs/PROTOCOL.md, Interval, Blocks and Aggregate).
 */

import { ChoirError, hasCode } from "../../core/errors.ts";
import { integerToBytes } from "../../core/integers.ts";
import { graceMs } from "../../core/interval.ts";
import { failures } from "../../core/paillier/batch.ts";
import { type Statement, statement } from "../../core/paillier/proof.ts";
import type { Digest, Entropy, Power, Signer } from "../../core/ports.ts";
import { encodeAggregate, type LeftOut, type LeftOutReason } from "../../core/wire/aggregate.ts";
import { parseEnvelope, sealEnvelope } from "../../core/wire/envelope.ts";
import { evidenceHash } from "../../core/wire/evidence.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { decodeReading } from "../../core/wire/reading.ts";
import type { Cancel, ServiceClock } from "../service/clock.ts";
import { closesAt, DAY_MS, KEPT_MS, lastDue, oldestKept, RHO_KEPT_MS } from "../service/windows.ts";
import type { SealedPart } from "./courier.ts";
import type { GroupPlan, Member } from "./group-plan.ts";
import type { Ledger } from "./ledger.ts";

/** Which reason names a block that meters keep out for several: the gravest. */
const GRAVEST_FIRST: readonly LeftOutReason[] = ["sealed_twice", "rho_repeated", "proof"];

/** Whom the closing tells. */
export interface ClosingEvents {
  /** A part is on the disk. */
  sealed(sealed: SealedPart, contributors: number): void;
  /** A reading's proof does not hold. */
  badProof(interval: number, member: Member): void;
  /** Intervals before this one are forgotten. */
  pruned(firstKept: number): void;
}

/** What the closing works with. */
export interface ClosingParts {
  readonly keyFile: KeyFile;
  readonly group: string;
  readonly ledger: Ledger;
  readonly clock: ServiceClock;
  readonly signer: Signer;
  readonly digest: Digest;
  readonly entropy: Entropy;
  /** Powers mod n^2. */
  readonly powerMod: Power;
  readonly events: ClosingEvents;
}

/** The closing of one group's intervals. One interval is worked on at a time. */
export class Closing {
  readonly #parts: ClosingParts;
  readonly #late = new Map<number, Cancel>();
  #next: Cancel = () => {};
  #nextRhoPruneMs = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  /** Makes what is overdue, and sets the timers from then on; call once the time is known. */
  async start(): Promise<void> {
    const { ledger, clock, keyFile } = this.#parts;
    const { intervalMs } = keyFile;
    const due = lastDue(clock.nowMs(), intervalMs);
    if (ledger.closedThrough() === undefined) {
      // nothing before the first start is owed; where readings of it come they are summed as late ones
      await ledger.setClosedThrough(Math.max(0, ledger.plans.firstInterval - 1, keyFile.firstInterval - 1, due));
    }
    await this.#closeDue();
    for await (const interval of ledger.intervals()) {
      const open = ledger.nextPart(interval) === 0 && interval <= due;
      if (open || this.#wholeBlocks(interval).length > 0) this.#later(interval, clock.nowMs());
    }
  }

  /** A reading was taken in. */
  accepted(interval: number, block: string): void {
    const { ledger, clock, keyFile } = this.#parts;
    const { intervalMs } = keyFile;
    if (interval > (ledger.closedThrough() ?? Number.POSITIVE_INFINITY)) return;
    if (ledger.isWhole(interval, block) || ledger.nextPart(interval) === 0) {
      this.#later(interval, clock.nowMs() + graceMs(intervalMs) / 2);
    }
  }

  /** A part was refused: what it lets come in further parts comes at once. */
  refused(interval: number): void {
    if (this.#wholeBlocks(interval).length > 0) this.#later(interval, this.#parts.clock.nowMs());
  }

  /** Stops the timers and waits for the work under way. */
  async stop(): Promise<void> {
    this.#next();
    for (const cancel of this.#late.values()) cancel();
    await this.#work;
  }

  /** Makes the first aggregates that are due, and waits for the next. */
  async #closeDue(): Promise<void> {
    const { ledger, clock, keyFile, events } = this.#parts;
    const { intervalMs, lastInterval } = keyFile;
    const firstKept = oldestKept(clock.nowMs(), intervalMs, KEPT_MS);
    const due = Math.min(lastDue(clock.nowMs(), intervalMs), lastInterval);
    const closed = ledger.closedThrough() ?? due;
    for (let interval = Math.max(closed + 1, firstKept); interval <= due; interval++) {
      // a roll without the group leaves nothing to close
      if (ledger.plan(interval) !== undefined && ledger.nextPart(interval) === 0)
        await this.#inTurn(() => this.#makeParts(interval));
      const noted = ledger.setClosedThrough(interval);
      // a block that became whole while the part was made did not count as late
      if (this.#wholeBlocks(interval).length > 0) this.#later(interval, clock.nowMs() + graceMs(intervalMs) / 2);
      await noted;
    }
    await ledger.prune(firstKept);
    events.pruned(firstKept);
    if (clock.nowMs() >= this.#nextRhoPruneMs) {
      await ledger.pruneRhos(oldestKept(clock.nowMs(), intervalMs, RHO_KEPT_MS));
      this.#nextRhoPruneMs = clock.nowMs() + DAY_MS;
    }
    const next = Math.max(due, closed) + 1;
    if (next > lastInterval) return;
    this.#next = clock.at(closesAt(next, intervalMs), () => this.#closeDue());
  }

  /** Makes a part for late blocks at `utcMs`, one for all that are whole by then. */
  #later(interval: number, utcMs: number): void {
    if (this.#late.has(interval)) return;
    const cancel = this.#parts.clock.at(utcMs, () => {
      this.#late.delete(interval);
      return this.#inTurn(() => this.#makeParts(interval));
    });
    this.#late.set(interval, cancel);
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#work.then(task);
    this.#work = turn.catch(() => {});
    return turn;
  }

  /** The group's blocks in an interval, with their members. */
  #blocks(interval: number): GroupPlan["blocks"] {
    return this.#parts.ledger.plan(interval)?.blocks ?? new Map();
  }

  #wholeBlocks(interval: number): readonly string[] {
    const { ledger } = this.#parts;
    return [...this.#blocks(interval).keys()].filter((block) => ledger.isWhole(interval, block));
  }

  /** Makes what is due of an interval: a part of all whole blocks that may come together, and one for each that comes alone. */
  async #makeParts(interval: number): Promise<void> {
    const { ledger } = this.#parts;
    const blocks = this.#wholeBlocks(interval);
    const evidence = await this.#provenEnvelopes(interval, blocks);
    const together = blocks.filter((block) => !ledger.comesAlone(interval, block));
    await this.#makePart(interval, together, evidence);
    for (const block of blocks) if (!together.includes(block)) await this.#makePart(interval, [block], evidence);
  }

  async #makePart(
    interval: number,
    candidates: readonly string[],
    evidence: ReadonlyMap<string, readonly Uint8Array[]>,
  ): Promise<void> {
    const { group, ledger, keyFile, signer, digest, events } = this.#parts;
    // what was refused or marked while the proofs were checked is out; from here to the ledger's change there is no await
    const blocks = candidates.filter((block) => ledger.isWhole(interval, block));
    const part = ledger.nextPart(interval);
    const plan = ledger.plan(interval);
    if (plan === undefined || (part > 0 && blocks.length === 0)) return;
    const envelopes = blocks.flatMap((block) => evidence.get(block) ?? []);
    if (blocks.length > 0 && envelopes.length < keyFile.kMin) {
      throw new ChoirError("group_too_small", `part ${part}`, `${keyFile.kMin} contributors`, `${envelopes.length}`);
    }
    const message = sealEnvelope(
      "aggregate",
      encodeAggregate({
        group,
        interval,
        keyId: keyFile.keyId,
        rollVersion: plan.rollVersion,
        part,
        blocks,
        leftOut: this.#leftOut(interval, new Set(blocks)),
        product:
          blocks.length === 0 ? undefined : integerToBytes(ledger.product(interval, blocks), 2 * keyFile.key.bytes),
        evidenceHash: evidenceHash(envelopes, digest),
      }),
      signer,
    );
    await ledger.seal(interval, part, blocks, message);
    events.sealed({ interval, part, blocks, message }, envelopes.length);
  }

  /** Envelopes by block, of the blocks whose proofs all hold; readings with bad proofs are discarded. */
  async #provenEnvelopes(
    interval: number,
    blocks: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Uint8Array[]>> {
    const { ledger, keyFile, powerMod, entropy, events } = this.#parts;
    const members = blocks.flatMap((block) => this.#blocks(interval).get(block) ?? []);
    const envelopes = members.map((member) => ledger.envelope(interval, member));
    const statements = envelopes.map((envelope) => this.#statement(envelope));
    const sound = [...statements.keys()].filter((i) => statements[i] !== undefined);
    const bad = new Set(statements.keys());
    for (const i of sound) bad.delete(i);
    // `sound` holds the indices of the statements that there are
    const failed = failures(
      keyFile.key,
      powerMod,
      entropy,
      sound.map((i) => statements[i] as Statement),
    );
    for (const i of failed) bad.add(sound[i] as number);
    const liars = members.filter((_, i) => bad.has(i));
    if (liars.length > 0) {
      await ledger.discard(interval, liars);
      for (const member of liars) events.badProof(interval, member);
    }
    const byBlock = new Map<string, Uint8Array[]>(blocks.map((block) => [block, []]));
    members.forEach(({ block }, i) => {
      // every member is of one of the blocks, and has its envelope at the same index
      byBlock.get(block)?.push(envelopes[i] as Uint8Array);
    });
    return byBlock;
  }

  /** The proof's numbers; none where they are out of range, which the intake does not look at. */
  #statement(envelope: Uint8Array): Statement | undefined {
    const { key, layout } = this.#parts.keyFile;
    const reading = decodeReading(parseEnvelope("reading", envelope).payload, key, layout);
    try {
      return statement(key, layout.bits, this.#parts.digest, reading, reading);
    } catch (error) {
      if (hasCode(error, "ciphertext_out_of_range")) return undefined;
      throw error;
    }
  }

  /** Blocks in no part so far but refused ones, and why. */
  #leftOut(interval: number, counted: ReadonlySet<string>): readonly LeftOut[] {
    const { ledger } = this.#parts;
    const left = [...this.#blocks(interval)].filter(
      ([block]) => !counted.has(block) && ledger.block(interval, block).part === undefined,
    );
    return left.map(([block, members]) => ({ block, ...this.#whyLeftOut(interval, block, members) }));
  }

  #whyLeftOut(interval: number, block: string, members: readonly Member[]): Omit<LeftOut, "block"> {
    const { ledger } = this.#parts;
    const { marks } = ledger.block(interval, block);
    const reason = GRAVEST_FIRST.find((one) => marks.some((mark) => mark.reason === one));
    if (reason !== undefined) {
      const marked = marks.filter((mark) => mark.reason === reason).map(({ meter }) => meter);
      return { reason, meters: marked.sort() };
    }
    const absent = members.filter(({ seat }) => ledger.reading(interval, seat) === undefined);
    const isRefused = absent.length === 0 && ledger.comesAlone(interval, block);
    return { reason: isRefused ? "refused" : "missing", meters: absent.map(({ meter }) => meter).sort() };
  }
}
