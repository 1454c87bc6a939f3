/** The meter: builds its stages over the ports of a host and lets them run (ARCHITECTURE.md, The way of a reading). */

import { ChoirError, hasCode } from "../core/errors.ts";
import { graceMs, intervalAt } from "../core/interval.ts";
import type { Rejection } from "../core/meter-words.ts";
import { entryShape } from "../core/paillier/pool-entry.ts";
import type { Signer } from "../core/ports.ts";
import { type Diagnostics, encodeStatus } from "../core/wire/status.ts";
import { topics } from "../core/wire/topics.ts";
import type { ClosedInterval, Totals } from "./bookmark.ts";
import { Clamps } from "./clamps.ts";
import type { CurrentClamp } from "./current-clamp.ts";
import { energyBetween } from "./energy.ts";
import { type Enrolment, enrol, inForce } from "./enrolment.ts";
import { Events } from "./events.ts";
import type { Cancel, Host } from "./host.ts";
import { identityOf } from "./identity.ts";
import { Measuring } from "./measuring.ts";
import { Outbox } from "./outbox.ts";
import { Pool } from "./pool.ts";
import type { Rates } from "./rates.ts";
import { followReceipts } from "./receipts.ts";
import { Register } from "./register.ts";
import { BurntMark, feederSealer, homeSealer, type Sealer } from "./sealer.ts";
import { checkSettings, type MeterSettings, ratesOf } from "./settings.ts";

/** After this long an interval is closed for good, and what is still in the outbox is dropped. */
const OUTBOX_MS = 7 * 86_400_000;

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

/** What an enrolled meter has beyond counting. */
interface Reporting {
  readonly enrolment: Enrolment;
  readonly sealer: Sealer;
  readonly outbox: Outbox;
  readonly pool: Pool | undefined;
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
  /** The interval for whose sealing there was no entropy. */
  #unsealed: number | undefined;
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
    this.#reporting = this.#enrolOrCount(settings, signer);
    this.#measuring = new Measuring(
      register,
      host.clock,
      host.scheduler,
      { checkpointMs, boundaryToleranceMs, intervalMs: this.#reporting?.enrolment.keyFile.intervalMs },
      {
        closed: (interval) => this.#deliver(interval),
        rejected: (interval, code) => {
          this.#rejected++;
          this.#events.raise(code, interval);
        },
        stepped: () => this.#events.raise("clock_stepped"),
        sensed: () => this.#inspectClamps(),
        looked: (utcMs) => this.#expire(utcMs),
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
    this.#reporting?.outbox.stop();
    this.#reporting?.pool?.stop();
    this.#host.uplink.stop();
  }

  #enrolOrCount(settings: MeterSettings, signer: Signer): Reporting | undefined {
    try {
      return this.#enrol(settings, signer);
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#host.log.warn(`this meter only counts: ${error.message}`);
      this.#events.raise("config_refused");
      return undefined;
    }
  }

  #enrol(settings: MeterSettings, signer: Signer): Reporting {
    const { meter, role, outboxCapacity, poolTarget } = settings;
    const host = this.#host;
    const enrolment = enrol(host, settings, signer.publicKey);
    const { keyFile, groups, block } = enrolment;
    const burnt = new BurntMark(host.store, keyFile.intervalMs);
    const outbox = new Outbox(host, {
      groups,
      topic: role === "home" ? (group) => topics.reading(group, meter) : topics.feeder,
      capacity: outboxCapacity,
      spreadMs: graceMs(keyFile.intervalMs) / 2,
      settledBy: role === "home" ? "receipt" : "puback",
      onDropped: (interval) => this.#events.raise("outbox_dropped", interval),
    });
    // enrolment gave a home its block and checked its table; a feeder has neither
    const { uplink, verify, log, entropy, scheduler, table } = host;
    if (block === undefined || table === undefined) {
      return { enrolment, outbox, sealer: feederSealer(meter, keyFile, signer, burnt), pool: undefined };
    }
    const ring = host.ring(keyFile.n);
    const shape = entryShape(keyFile.bits, keyFile.layout.bits);
    const pool = new Pool({ ring, table, shape, entropy, scheduler, log }, poolTarget);
    const onDry = (interval: number): void => this.#events.raise("pool_ran_dry", interval);
    const sealer = homeSealer({ meter, keyFile, ring, shape, digest: host.digest, signer, pool, burnt, onDry });
    followReceipts({ uplink, verify, log, keyFile, groups, block, outbox });
    return { enrolment, outbox, sealer, pool };
  }

  /** Seals a closed interval into the outbox; false when it must be tried again. */
  #deliver({ interval, start, end }: ClosedInterval): boolean {
    const reporting = this.#reporting;
    if (reporting === undefined) return true;
    const { keyFile } = reporting.enrolment;
    const channels = keyFile.channels.map(({ obis }) => obis);
    const energies = energyBetween(start, end, channels, this.#rates);
    // a feeder carries at most what all homes of its group may
    const homes = this.#about.role === "feeder" ? keyFile.largestGroup : 1;
    const over = keyFile.channels.some((channel, i) => (energies[i] ?? 0) > homes * channel.maximumMilliwattHours);
    if (over || !inForce(reporting.enrolment, interval)) {
      this.#rejected++;
      this.#events.raise(over ? "reading_over_range" : "key_not_in_force", interval);
      return true;
    }
    try {
      reporting.outbox.put(interval, reporting.sealer.seal(interval, energies));
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#host.log.warn(`interval ${interval} is not sealed: ${error.message}`);
      if (!hasCode(error, "entropy_unseeded")) return true;
      if (this.#unsealed !== interval) this.#events.raise("pool_ran_dry", interval);
      this.#unsealed = interval;
      return false;
    }
    return true;
  }

  #inspectClamps(): Rejection | undefined {
    const interval = this.#register.bookmark.open?.interval;
    const { events, fault } = this.#clamps.inspect(interval);
    for (const code of events) this.#events.raise(code, interval);
    return fault;
  }

  #expire(utcMs: number): void {
    const reporting = this.#reporting;
    if (reporting === undefined) return;
    reporting.outbox.expire(intervalAt(utcMs - OUTBOX_MS, reporting.enrolment.keyFile.intervalMs));
  }

  #connect(): void {
    const { uplink } = this.#host;
    const { meter } = this.#about;
    uplink.setWill(topics.status(meter), encodeStatus({ meter, state: "lost" }));
    uplink.onState((up) => {
      this.#up = up;
      this.#measuring.glance();
      this.#reporting?.outbox.linkChanged(up);
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
