/**
 * Reporting: from a closed interval to the outbox, under the key file and the roll in force. An interval is sealed only while a beacon confirms the
 * clock, and files that were delivered come into force at their first interval (docs/PROTOCOL.md, Files, Beacon and Interval).
 */

import { equalBytes } from "../core/bytes.ts";
import { ChoirError, hasCode } from "../core/errors.ts";
import { graceMs, intervalAt } from "../core/interval.ts";
import type { MeterEventCode, Rejection } from "../core/meter-words.ts";
import { entryShape } from "../core/paillier/pool-entry.ts";
import type { Signer } from "../core/ports.ts";
import { topics } from "../core/wire/topics.ts";
import { Beacons } from "./beacons.ts";
import type { ClosedInterval } from "./bookmark.ts";
import { withDelivered } from "./delivered.ts";
import { energyBetween } from "./energy.ts";
import { type Enrolment, enrol, inForce, type KeyTerms, tableOf } from "./enrolment.ts";
import { FilesDoor } from "./files-door.ts";
import type { Host } from "./host.ts";
import { Outbox } from "./outbox.ts";
import { Pool } from "./pool.ts";
import type { Rates } from "./rates.ts";
import { Receipts } from "./receipts.ts";
import { BurntMark, feederSealer, homeSealer, type Sealer } from "./sealer.ts";
import type { MeterSettings } from "./settings.ts";

/** After this long an interval is closed for good, and what is still in the outbox is dropped. */
const OUTBOX_MS = 7 * 86_400_000;

/** Where reporting reports to. */
export interface ReportingEnds {
  readonly event: (code: MeterEventCode, interval?: number) => void;
  readonly rejected: (interval: number, code: Rejection) => void;
}

/** What a meter that reports has beyond counting. */
export class Reporting {
  readonly #host: Host;
  readonly #settings: Pick<MeterSettings, "meter" | "role" | "poolTarget">;
  readonly #signer: Signer;
  readonly #ends: ReportingEnds;
  readonly #burnt: BurntMark;
  readonly #outbox: Outbox;
  readonly #receipts: Receipts;
  readonly #beacons: Beacons;
  readonly #files: FilesDoor;
  #enrolment: Enrolment;
  #pool: Pool | undefined;
  #sealer: Sealer | undefined;
  /** The interval for whose sealing there was no entropy. */
  #unsealed: number | undefined;
  /** The interval that waits for a beacon. */
  #unconfirmed: number | undefined;

  /** @throws ChoirError as `enrol`; table_wrong for a home without the comb table of its key. */
  constructor(host: Host, settings: MeterSettings, signer: Signer, ends: ReportingEnds) {
    const { meter, role, rootKey, leastKeyBits, outboxCapacity, poolTarget } = settings;
    const membership = withDelivered(host.store, settings);
    this.#host = host;
    this.#settings = { meter, role, poolTarget };
    this.#signer = signer;
    this.#ends = ends;
    this.#enrolment = enrol(host, membership, signer.publicKey, membership.roll !== settings.roll);
    const { keyFile, seat } = this.#enrolment;
    if (role === "home" && tableOf(host, keyFile) === undefined) {
      throw new ChoirError("table_wrong", "comb table", "the table that the key file names", "another or none");
    }
    const { uplink, clock, verify, log } = host;
    this.#burnt = new BurntMark(host.store, keyFile.intervalMs);
    this.#outbox = new Outbox(host, {
      groups: seat?.groups ?? [],
      topic: role === "home" ? (group) => topics.reading(group, meter) : topics.feeder,
      capacity: outboxCapacity,
      spreadMs: graceMs(keyFile.intervalMs) / 2,
      settledBy: role === "home" ? "receipt" : "puback",
      onDropped: (interval) => ends.event("outbox_dropped", interval),
    });
    this.#receipts = new Receipts({ uplink, verify, log, outbox: this.#outbox });
    this.#beacons = new Beacons({ uplink, clock, verify, log, burntUpTo: () => this.#burnt.upTo });
    this.#useKey(keyFile);
    this.#useSeat();
    this.#files = new FilesDoor(host, { meter, role, rootKey, leastKeyBits }, signer.publicKey, ends.event);
    this.#files.open(() => this.#enrolment);
  }

  get intervalMs(): number {
    return this.#enrolment.keyFile.intervalMs;
  }

  get outbox(): Pick<Outbox, "depth" | "overflowed"> {
    return this.#outbox;
  }

  get pool(): Pick<Pool, "level" | "misses"> | undefined {
    return this.#pool;
  }

  linkChanged(up: boolean): void {
    this.#outbox.linkChanged(up);
  }

  stop(): void {
    this.#outbox.stop();
    this.#pool?.stop();
  }

  /** After each look at a clock that is in touch with its time source. What hangs on the time is done only when a beacon confirms it. */
  looked(utcMs: number): void {
    this.#awaitSeat(intervalAt(utcMs, this.intervalMs));
    if (this.#beacons.standing() !== "agrees") return;
    this.#outbox.expire(intervalAt(utcMs - OUTBOX_MS, this.intervalMs));
    this.#comeToPass(intervalAt(utcMs, this.intervalMs));
  }

  /** Seals a closed interval into the outbox; false when it must be tried again. */
  deliver({ interval, start, end }: ClosedInterval, rates: Rates): boolean {
    this.#awaitSeat(interval);
    if (this.#enrolment.seat === undefined) return this.#reject(interval, "no_seat");
    const waited = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (waited !== undefined && waited !== interval) this.#reject(waited, "beacon_missing");
    const standing = this.#beacons.standing();
    if (standing === "missing") {
      this.#unconfirmed = interval;
      return false;
    }
    if (standing === "disagrees") return this.#reject(interval, "beacon_disagrees");
    // one that waited was closed by a clock that nobody had confirmed: it must be the one that has just ended
    if (interval !== intervalAt(this.#host.clock.utcMs(), this.intervalMs) - 1) {
      return this.#reject(interval, "clock_unsure");
    }
    return this.#seal(interval, start, end, rates);
  }

  #seal(interval: number, start: ClosedInterval["start"], end: ClosedInterval["end"], rates: Rates): boolean {
    this.#comeToPass(interval);
    const { keyFile, seat } = this.#enrolment;
    const energies = energyBetween(
      start,
      end,
      keyFile.channels.map(({ obis }) => obis),
      rates,
    );
    // a feeder carries at most what all homes of its group may
    const homes = this.#settings.role === "feeder" ? keyFile.largestGroup : 1;
    const over = keyFile.channels.some((channel, i) => (energies[i] ?? 0) > homes * channel.maximumMilliwattHours);
    if (over) return this.#reject(interval, "reading_over_range");
    if (!inForce(this.#enrolment, interval)) return this.#reject(interval, "key_not_in_force");
    if (seat === undefined) return this.#reject(interval, "no_seat");
    if (this.#sealer === undefined) return this.#reject(interval, "table_missing");
    try {
      this.#outbox.put(interval, this.#sealer.seal(interval, energies));
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#host.log.warn(`interval ${interval} is not sealed: ${error.message}`);
      if (!hasCode(error, "entropy_unseeded")) return true;
      if (this.#unsealed !== interval) this.#ends.event("pool_ran_dry", interval);
      this.#unsealed = interval;
      return false;
    }
    return true;
  }

  /** Without a seat there is no aggregator to ask for the time, and nothing to seal: a roll may come too early there. */
  #awaitSeat(interval: number): void {
    if (this.#enrolment.seat === undefined) this.#comeToPass(interval);
  }

  #reject(interval: number, code: Rejection): true {
    this.#ends.rejected(interval, code);
    return true;
  }

  /** Files whose first interval has come are in force from now on. */
  #comeToPass(interval: number): void {
    const next = this.#files.due(interval, this.#enrolment);
    if (next === undefined) return;
    const { keyId } = this.#enrolment.keyFile;
    this.#enrolment = next;
    if (!equalBytes(next.keyFile.keyId, keyId)) this.#useKey(next.keyFile);
    this.#useSeat();
  }

  /** A pool entry belongs to one key, so the pool begins anew with it. */
  #useKey(keyFile: KeyTerms): void {
    const { meter, role, poolTarget } = this.#settings;
    this.#pool?.stop();
    this.#pool = undefined;
    if (role === "feeder") {
      this.#sealer = feederSealer(meter, keyFile, this.#signer, this.#burnt);
      return;
    }
    this.#sealer = undefined;
    const table = tableOf(this.#host, keyFile);
    if (table === undefined) return;
    const { digest, entropy, scheduler, log } = this.#host;
    const ring = this.#host.ring(keyFile.n);
    const shape = entryShape(keyFile.bits, keyFile.layout.bits);
    const pool = new Pool({ ring, table, shape, entropy, scheduler, log }, poolTarget);
    const onDry = (interval: number): void => this.#ends.event("pool_ran_dry", interval);
    const parts = { meter, keyFile, ring, shape, digest, signer: this.#signer, pool, burnt: this.#burnt, onDry };
    this.#sealer = homeSealer(parts);
    this.#pool = pool;
  }

  #useSeat(): void {
    const { keyFile, seat } = this.#enrolment;
    this.#outbox.serve(seat?.groups ?? []);
    this.#beacons.follow({ keyFile, aggregators: seat?.aggregators ?? new Map() });
    if (seat?.block !== undefined) this.#receipts.follow({ keyFile, groups: seat.groups, block: seat.block });
  }
}
