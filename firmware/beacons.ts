/**
 * Beacons: what the aggregators say the time is, against which the meter holds its own clock before it seals (docs/PROTOCOL.md, Beacon). Whoever
 * moves the clock, by its time source, gets no reading and burns no interval.
 */

import { equalBytes } from "../core/bytes.ts";
import { graceMs } from "../core/interval.ts";
import type { Verify } from "../core/ports.ts";
import { decodeBeacon } from "../core/wire/beacon.ts";
import { checkSignature, parseEnvelope } from "../core/wire/envelope.ts";
import type { KeyFile } from "../core/wire/key-file.ts";
import { topics } from "../core/wire/topics.ts";
import type { Clock, Log, Uplink } from "./host.ts";

/** A beacon older than this is replaced by the next: each costs a signature's check. */
const FRESH_MS = 3_600_000;
/** So long a beacon serves, carried on by the monotonic clock: as long as an aggregator takes readings of an interval. */
const SERVES_MS = 7 * 86_400_000;

/** What the beacons say of the clock. */
export type Standing = "agrees" | "disagrees" | "missing";

/** What beacons are checked against. */
export interface BeaconTerms {
  readonly keyFile: Pick<KeyFile, "keyId" | "intervalMs">;
  /** The groups that the meter serves, with their aggregators' keys. */
  readonly aggregators: ReadonlyMap<string, Uint8Array>;
}

/** What beacons are heard with. */
export interface BeaconParts {
  readonly uplink: Pick<Uplink, "subscribe">;
  readonly clock: Clock;
  readonly verify: Verify;
  readonly log: Log;
  /** The highest interval sealed: no beacon from before its end is news. */
  readonly burntUpTo: () => number;
}

/** The last beacon of one aggregator. */
interface Heard {
  readonly key: Uint8Array;
  readonly utcMs: number;
  readonly monotonicMs: number;
}

/** Listens to the aggregators of all groups that the meter serves. */
export class Beacons {
  readonly #parts: BeaconParts;
  readonly #heard = new Map<string, Heard>();
  readonly #followed = new Set<string>();
  #terms: BeaconTerms | undefined;

  constructor(parts: BeaconParts) {
    this.#parts = parts;
  }

  /** Goes on with these groups; what another key said of a group's time is forgotten. */
  follow(terms: BeaconTerms): void {
    this.#terms = terms;
    for (const [group, { key }] of this.#heard) {
      const now = terms.aggregators.get(group);
      if (now === undefined || !equalBytes(now, key)) this.#heard.delete(group);
    }
    for (const group of terms.aggregators.keys()) {
      if (this.#followed.has(group)) continue;
      this.#followed.add(group);
      this.#parts.uplink.subscribe(topics.beacon(group), (_topic, payload) => this.#hear(group, payload));
    }
  }

  /** Whether the clock is within a quarter interval of what one aggregator says at least. */
  standing(): Standing {
    let standing: Standing = "missing";
    for (const group of this.#heard.keys()) {
      const differenceMs = this.#differenceMs(group);
      if (differenceMs === undefined) continue;
      if (this.#isNear(differenceMs)) return "agrees";
      standing = "disagrees";
    }
    return standing;
  }

  #hear(group: string, payload: Uint8Array): void {
    try {
      this.#take(group, payload);
    } catch (error) {
      this.#parts.log.warn(`beacon of ${group} ignored: ${error instanceof Error ? error.message : "unreadable"}`);
    }
  }

  /** @throws ChoirError as the decoders, signature_wrong. */
  #take(group: string, payload: Uint8Array): void {
    const { clock, verify, burntUpTo } = this.#parts;
    const terms = this.#terms;
    const key = terms?.aggregators.get(group);
    if (terms === undefined || key === undefined || !this.#isWanted(group)) return;
    const { keyId, intervalMs } = terms.keyFile;
    const envelope = parseEnvelope("beacon", payload);
    const beacon = decodeBeacon(envelope.payload, intervalMs);
    const isOurs = beacon.group === group && equalBytes(beacon.keyId, keyId);
    // what was sealed was sealed at its end by a confirmed clock: an older beacon is a replay
    const sealedMs = (burntUpTo() + 1) * intervalMs - graceMs(intervalMs);
    if (!isOurs || beacon.utcMs <= Math.max(this.#heard.get(group)?.utcMs ?? 0, sealedMs)) return;
    checkSignature(envelope, key, verify, `beacon of ${group}`);
    this.#heard.set(group, { key, utcMs: beacon.utcMs, monotonicMs: clock.monotonicMs() });
  }

  /** Whether the next beacon tells anything: one that is fresh and confirms the clock is enough. */
  #isWanted(group: string): boolean {
    const differenceMs = this.#differenceMs(group);
    return differenceMs === undefined || !this.#isNear(differenceMs) || this.#ageMs(group) > FRESH_MS;
  }

  /** The clock less the group's time; undefined where nothing was heard of it for too long. */
  #differenceMs(group: string): number | undefined {
    const heard = this.#heard.get(group);
    const ageMs = this.#ageMs(group);
    return heard === undefined || ageMs > SERVES_MS ? undefined : this.#parts.clock.utcMs() - (heard.utcMs + ageMs);
  }

  #ageMs(group: string): number {
    const heard = this.#heard.get(group);
    return heard === undefined ? Number.POSITIVE_INFINITY : this.#parts.clock.monotonicMs() - heard.monotonicMs;
  }

  #isNear(differenceMs: number): boolean {
    const terms = this.#terms;
    return terms !== undefined && Math.abs(differenceMs) <= graceMs(terms.keyFile.intervalMs);
  }
}
