/** The meter: builds its stages over the ports of a host and lets them run (ARCHITECTURE.md, The way of a reading). */

import { ChoirError } from "../core/errors.ts";
import type { Rejection } from "../core/meter-words.ts";
import type { Signer } from "../core/ports.ts";
import { type Diagnostics, encodeStatus } from "../core/wire/status.ts";
import { topics } from "../core/wire/topics.ts";
import type { Totals } from "./bookmark.ts";
import { Clamps } from "./clamps.ts";
import type { CurrentClamp } from "./current-clamp.ts";
import { Events } from "./events.ts";
import type { Cancel, Host } from "./host.ts";
import { identityOf } from "./identity.ts";
import { Measuring } from "./measuring.ts";
import type { Rates } from "./rates.ts";
import { Register } from "./register.ts";
import { Reporting } from "./reporting.ts";
import { checkSettings, type MeterSettings, ratesOf } from "./settings.ts";

/** A running meter; everything else is driven by the ports. */
export interface Meter {
  /** Ed25519, 32 bytes: what the roll must list for this meter. */
  readonly publicKey: Uint8Array;
  /** Whether its key file and roll know it, so that it reports; otherwise it only counts. */
  readonly enrolled: boolean;
  diagnostics(): Diagnostics;
  /** Pulses by channel (OBIS code) since the meter was made, with those that the counters show at this moment. */
  totals(): Totals;
  /** The clamp of a channel, for whoever installs or calibrates it. */
  clamp(obis: string): CurrentClamp | undefined;
  /** Writes a last checkpoint, zeroes the pool and says goodbye to the broker. */
  stop(): void;
}

/** What a meter goes on asking of its settings; the two files among them would fill a small machine. */
type About = Pick<MeterSettings, "meter" | "role" | "statusMs">;

/** What every meter has. */
interface Counting {
  readonly register: Register;
  readonly clamps: Clamps;
  readonly rates: Rates;
}

/**
 * Starts a meter. One that its key file and roll do not know raises config_refused and only counts.
 * @throws ChoirError as `checkSettings` for settings out of range, config_invalid for a clamp without a sampler, entropy_unseeded when the
 * identity cannot be made yet, store_corrupt.
 */
export function startMeter(host: Host, settings: MeterSettings): Meter {
  const checked = checkSettings(settings);
  const clamps = new Clamps(host, checked.clamps ?? new Map(), checked.boundaryToleranceMs);
  const counters = clamps.beside(host.counters);
  const rates = ratesOf(checked, counters.keys());
  const register = new Register(host.store, counters, checked.checkpointPulses, rates);
  return new RunningMeter(host, checked, { register, clamps, rates }, identityOf(host));
}

class RunningMeter implements Meter {
  readonly #host: Host;
  readonly #about: About;
  readonly #register: Register;
  readonly #clamps: Clamps;
  readonly #rates: Rates;
  readonly #events: Events;
  readonly #reporting: Reporting | undefined;
  readonly #measuring: Measuring;
  #statusTimer: Cancel | undefined;
  #up = false;
  #rejected = 0;
  readonly publicKey: Uint8Array;

  constructor(host: Host, settings: MeterSettings, { register, clamps, rates }: Counting, signer: Signer) {
    this.#host = host;
    const { meter, role, statusMs, checkpointMs, boundaryToleranceMs } = settings;
    this.#about = { meter, role, statusMs };
    this.#rates = rates;
    this.#register = register;
    this.#clamps = clamps;
    this.publicKey = signer.publicKey;
    this.#events = new Events(meter, host.uplink, host.log);
    this.#events.raise("booted");
    if (register.restoredFromOlderSlot) this.#events.raise("register_restored_from_older_slot");
    if (register.lost) host.log.warn("register: both slots are corrupt, the totals begin again at zero");
    this.#reporting = this.#reportOrCount(settings, signer);
    this.#measuring = new Measuring(
      register,
      host.clock,
      host.scheduler,
      { checkpointMs, boundaryToleranceMs, intervalMs: this.#reporting?.intervalMs },
      {
        closed: (interval) => this.#reporting?.deliver(interval, this.#rates) ?? true,
        rejected: (interval, code) => this.#reject(interval, code),
        stepped: () => this.#events.raise("clock_stepped"),
        sensed: () => this.#inspectClamps(),
        looked: (utcMs) => this.#reporting?.looked(utcMs),
      },
    );
    clamps.start();
    this.#measuring.start();
    this.#connect();
  }

  get enrolled(): boolean {
    return this.#reporting !== undefined;
  }

  diagnostics(): Diagnostics {
    const { clock } = this.#host;
    return {
      uptimeSeconds: Math.floor(clock.monotonicMs() / 1000),
      boots: this.#register.boots,
      clockQuality: clock.quality(),
      poolLevel: this.#reporting?.pool?.level ?? 0,
      poolMisses: this.#reporting?.pool?.misses ?? 0,
      outboxDepth: this.#reporting?.outbox.depth ?? 0,
      outboxDropped: this.#reporting?.outbox.overflowed ?? 0,
      rejectedReadings: this.#rejected,
    };
  }

  totals(): Totals {
    this.#measuring.glance();
    return this.#register.totals();
  }

  clamp(obis: string): CurrentClamp | undefined {
    return this.#clamps.clamp(obis);
  }

  stop(): void {
    this.#measuring.stop();
    this.#clamps.stop();
    this.#statusTimer?.();
    this.#reporting?.stop();
    this.#host.uplink.stop();
  }

  #reportOrCount(settings: MeterSettings, signer: Signer): Reporting | undefined {
    try {
      return new Reporting(this.#host, settings, signer, {
        event: (code, interval) => this.#events.raise(code, interval),
        rejected: (interval, code) => this.#reject(interval, code),
      });
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#host.log.warn(`this meter only counts: ${error.message}`);
      this.#events.raise("config_refused");
      return undefined;
    }
  }

  #reject(interval: number, code: Rejection): void {
    this.#rejected++;
    this.#events.raise(code, interval);
  }

  #inspectClamps(): Rejection | undefined {
    const interval = this.#register.bookmark.open?.interval;
    const { events, fault } = this.#clamps.inspect(interval);
    for (const code of events) this.#events.raise(code, interval);
    return fault;
  }

  #connect(): void {
    const { uplink } = this.#host;
    const { meter } = this.#about;
    uplink.setWill(topics.status(meter), encodeStatus({ meter, state: "lost" }));
    uplink.onState((up) => {
      this.#up = up;
      this.#measuring.glance();
      this.#reporting?.linkChanged(up);
      this.#events.linkChanged(up);
      this.#reportStatus();
    });
    uplink.start();
  }

  /** Publishes the status, and again each `statusMs` for as long as the link is up. */
  #reportStatus(): void {
    this.#statusTimer?.();
    this.#statusTimer = undefined;
    if (!this.#up) return;
    this.#measuring.glance();
    const { meter, statusMs } = this.#about;
    const status = encodeStatus({ meter, state: "online", diagnostics: this.diagnostics() });
    this.#host.uplink.publish(topics.status(meter), status, { retain: true }).catch(() => {
      // the next link brings the next status
    });
    this.#statusTimer = this.#host.scheduler.after(statusMs, () => this.#reportStatus());
  }
}
