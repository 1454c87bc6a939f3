/**
 * The aggregator's door: every reading is decoded strictly, checked against roll, key and clock, and on disk before it is acknowledged;
 * a refused one changes nothing but counters and alarms (docs/PROTOCOL.md, Reading).
 */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError, type ErrorCode } from "../../core/errors.ts";
import { intervalEnd } from "../../core/interval.ts";
import { divider, type Residue } from "../../core/paillier/ring.ts";
import { type Envelope, parseEnvelope } from "../../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { decodeReading } from "../../core/wire/reading.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import { integerOf } from "../service/big-endian.ts";
import type { ServiceClock } from "../service/clock.ts";
import type { AsyncVerify } from "../service/crypto.ts";
import { deliveryId } from "../service/delivery.ts";
import { rhoName } from "../service/rho.ts";
import { checkInKey, KEPT_MS, toleranceMs } from "../service/windows.ts";
import type { Arrival } from "./arrival.ts";
import { Gate } from "./gate.ts";
import type { GroupPlan, Member } from "./group-plan.ts";
import type { Ledger } from "./ledger.ts";
import type { ReadingRecord } from "./records.ts";

/** Readings between arrival and disk at a time; more wait outside. */
const MOST_IN_FLIGHT = 1024;

/** What became of a message; in each case it may be acknowledged. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "refused"; readonly error: ChoirError };

/** Whom the intake tells. */
export interface IntakeEvents {
  /** A reading is in the ledger. */
  accepted(interval: number, member: Member): void;
  /** A meter sent again what a part counts already: it has not seen the receipt. */
  countedAgain(interval: number, part: number): void;
  /** A meter of the roll did what no sound meter does. */
  alarm(code: "sealed_twice" | "rho_repeated", interval: number, member: Member): void;
}

/** What the intake works with. */
export interface IntakeParts {
  readonly keyFile: KeyFile;
  readonly group: string;
  readonly ledger: Ledger;
  readonly clock: Pick<ServiceClock, "nowMs">;
  readonly verify: AsyncVerify;
  readonly events: IntakeEvents;
}

/** A message whose claim is in order; its signature is not yet checked. */
interface Claim {
  /** The group by the roll of the interval. */
  readonly plan: GroupPlan;
  readonly member: Member;
  readonly interval: number;
  readonly envelope: Envelope;
  readonly ciphertext: Uint8Array;
}

/** The intake of one group. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #gate = new Gate(MOST_IN_FLIGHT);
  readonly #divide: ReturnType<typeof divider>;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#divide = divider(parts.keyFile.key.n);
  }

  /** Judges one message; resolves when it may be acknowledged. @throws when the ledger cannot be written: then it must not be. */
  accept(topic: string, bytes: Uint8Array): Promise<Verdict> {
    return this.#gate.pass(async () => {
      try {
        return await this.#judge(topic, bytes);
      } catch (error) {
        // a fault of our own store is no refusal
        if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
        return { kind: "refused", error };
      }
    });
  }

  /** From the last question to the ledger to its change there is no await: two messages of one seat cannot both find it empty. */
  async #judge(topic: string, bytes: Uint8Array): Promise<Verdict> {
    const { ledger, events, verify } = this.#parts;
    const claim = this.#claim(topic, bytes);
    const { member, interval, envelope } = claim;
    const before = ledger.reading(interval, member.seat);
    if (before !== undefined && isSame(before, topic, bytes)) return this.#again(interval, member);
    if (!(await verify(member.key, envelope.signed, envelope.signature))) {
      throw refusal("signature_wrong", "reading", "the sender's Ed25519 signature", "another");
    }
    const ciphertext = this.#residue(claim.ciphertext);
    // a roll came meanwhile, and the interval is its
    if (ledger.plan(interval) !== claim.plan) return this.#judge(topic, bytes);
    const known = ledger.reading(interval, member.seat);
    if (known !== undefined && isSame(known, topic, bytes)) return this.#again(interval, member);
    const { part } = ledger.block(interval, member.block);
    if (known !== undefined) {
      events.alarm("sealed_twice", interval, member);
      if (part === undefined) await ledger.mark(interval, member, "sealed_twice");
      throw refusal("sealed_twice", "reading", "one sealing of an interval", "a second one");
    }
    if (part !== undefined) throw refusal("interval_closed", "reading", "a block not counted", `part ${part}`);
    const rho = rhoName(ciphertext.lo);
    const arrival: Arrival = { member, interval, envelope: bytes, ciphertext, rho };
    if (ledger.isUsed(rho)) {
      events.alarm("rho_repeated", interval, member);
      await ledger.refuseRho(arrival);
      throw refusal("rho_repeated", "reading.ciphertext", "a fresh randomiser", "one of the last 30 days");
    }
    const stored = ledger.add(arrival);
    events.accepted(interval, member);
    await stored;
    return { kind: "accepted" };
  }

  /** The same bytes once more: the same answer, and nothing changes. */
  async #again(interval: number, member: Member): Promise<Verdict> {
    const { ledger, events } = this.#parts;
    // it may have come twice within one batch
    await ledger.synced();
    const { marks, part } = ledger.block(interval, member.block);
    const reason = marks.find(({ meter }) => meter === member.meter)?.reason;
    if (reason === "proof") throw refusal("proof_wrong", "reading", "a proof that holds", "the one refused before");
    if (reason === "rho_repeated")
      throw refusal("rho_repeated", "reading", "a fresh randomiser", "the one refused before");
    if (part !== undefined) events.countedAgain(interval, part);
    return { kind: "duplicate" };
  }

  /** Everything that can be said without the ledger's readings. */
  #claim(topic: string, bytes: Uint8Array): Claim {
    const { keyFile } = this.#parts;
    const envelope = parseEnvelope("reading", bytes);
    const reading = decodeReading(envelope.payload, keyFile.key, keyFile.layout);
    const { meter, interval } = reading;
    checkKeyId(reading.keyId, keyFile, "reading.key id");
    this.#checkWindow(interval);
    const plan = this.#plan(interval) ?? this.#noMember(topic);
    const member = plan.byTopic.get(topic) ?? this.#noMember(topic);
    if (meter !== member.meter) throw refusal("field_wrong", "reading.meter", member.meter, meter);
    return { plan, member, interval, envelope, ciphertext: reading.ciphertext };
  }

  /** The group in an interval; null where its roll has no such group any more. */
  #plan(interval: number): GroupPlan | null {
    const { plans } = this.#parts.ledger;
    const plan = plans.at(interval);
    if (plan !== undefined) return plan;
    throw refusal("roll_unknown", "reading.interval", `${plans.firstInterval} or later`, `${interval}`);
  }

  /** Core's checkCiphertext, giving the residue that the product needs; the proof is looked at when its block is closed. */
  #residue(bytes: Uint8Array): Residue {
    const ciphertext = integerOf(bytes);
    const { nSquared } = this.#parts.keyFile.key;
    const { quotient, rest } = this.#divide(ciphertext < nSquared ? ciphertext : 0n);
    if (rest === 0n) {
      throw refusal(
        "ciphertext_out_of_range",
        "reading.ciphertext",
        "0 < c < n^2, not divisible by n",
        "a value outside",
      );
    }
    return { lo: rest, hi: quotient };
  }

  #noMember(topic: string): never {
    const { group } = this.#parts;
    const address = parseTopic(topic);
    if (address.kind !== "reading" || address.group !== group) {
      throw refusal("field_wrong", "topic", `a reading's of group ${group}`, "another");
    }
    throw refusal(
      "member_unknown",
      "topic",
      `a meter that the roll of the interval has in group ${group}`,
      address.meter,
    );
  }

  #checkWindow(interval: number): void {
    const { keyFile, clock } = this.#parts;
    const { intervalMs } = keyFile;
    checkInKey(interval, keyFile, "reading.interval");
    const agoMs = clock.nowMs() - intervalEnd(interval, intervalMs);
    if (agoMs < -toleranceMs(intervalMs)) {
      throw refusal("interval_in_future", "reading.interval", "one that has ended", `${-agoMs} ms before its end`);
    }
    if (agoMs > KEPT_MS) throw refusal("interval_closed", "reading.interval", "at most 7 days ago", `${agoMs} ms ago`);
  }
}

/** Whether a delivery is the one that was recorded. */
function isSame(record: ReadingRecord, topic: string, bytes: Uint8Array): boolean {
  return "id" in record ? equalBytes(record.id, deliveryId(topic, bytes)) : equalBytes(record.envelope, bytes);
}

function refusal(code: ErrorCode, subject: string, expected: string, got: string): ChoirError {
  return new ChoirError(code, subject, expected, got);
}
