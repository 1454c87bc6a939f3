/** Beacons: the aggregator's clock, signed, at each interval's start and middle, for meters to hold their own against (docs/PROTOCOL.md, Beacon). */

import { intervalAt } from "../../core/interval.ts";
import type { Signer } from "../../core/ports.ts";
import { encodeBeacon } from "../../core/wire/beacon.ts";
import { sealEnvelope } from "../../core/wire/envelope.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import type { Cancel, ServiceClock } from "../service/clock.ts";

/** What beacons are made of. */
export interface BeaconParts {
  readonly keyFile: Pick<KeyFile, "keyId" | "intervalMs" | "firstInterval" | "lastInterval">;
  readonly group: string;
  readonly clock: ServiceClock;
  readonly signer: Signer;
  /** Whether there is a link: a beacon that waits for one would tell an old time. */
  readonly linked: () => boolean;
  /** Whether there is the group in an interval: a roll may have given it up. */
  readonly isThere: (interval: number) => boolean;
  readonly publish: (message: Uint8Array) => Promise<void>;
}

/** The beacons of one group. */
export class Beacons {
  readonly #parts: BeaconParts;
  #next: Cancel = () => {};

  constructor(parts: BeaconParts) {
    this.#parts = parts;
  }

  /** Sends the first, and the others at their times; call once the time is known. */
  start(): void {
    const { clock, keyFile } = this.#parts;
    const halfMs = keyFile.intervalMs / 2;
    this.#send();
    this.#next = clock.at((Math.floor(clock.nowMs() / halfMs) + 1) * halfMs, () => this.start());
  }

  stop(): void {
    this.#next();
  }

  #send(): void {
    const { keyFile, group, clock, signer, linked, isThere, publish } = this.#parts;
    const { keyId, intervalMs, firstInterval, lastInterval } = keyFile;
    const utcMs = clock.nowMs();
    const interval = intervalAt(utcMs, intervalMs);
    // the meters' last interval under this key is sealed in the one after
    if (!linked() || !isThere(interval) || interval < firstInterval - 1 || interval > lastInterval + 1) return;
    const message = sealEnvelope("beacon", encodeBeacon({ group, interval, keyId, utcMs }), signer);
    // fails only when the link is closed
    publish(message).catch(() => {});
  }
}
