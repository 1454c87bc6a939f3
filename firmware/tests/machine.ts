/** A machine of doubles that a meter can be started on, cut from its power, and started on again. */

import type { ClockQuality } from "../../core/meter-words.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { bigIntRing, type Ring } from "../../core/paillier/ring.ts";
import type { Verify } from "../../core/ports.ts";
import { decodeSignedFile } from "../../core/wire/countersigned.ts";
import { parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeEvent, type MeterEvent } from "../../core/wire/status.ts";
import { topics } from "../../core/wire/topics.ts";
import type { Host, Sampler } from "../host.ts";
import { identityOf } from "../identity.ts";
import { type Meter, startMeter } from "../meter.ts";
import type { MeterSettings } from "../settings.ts";
import { DAY_MS, type Deployment, LENGTH_MS } from "./deployment.ts";
import {
  counterOf,
  HashEntropy,
  KeptLog,
  MapStore,
  MemoryUplink,
  nodeDigest,
  nodeSigner,
  nodeVerify,
} from "./doubles.ts";
import { VirtualTime } from "./virtual-time.ts";

const BEACON_MS = LENGTH_MS / 2;

export interface MachineParts {
  readonly deployment: Deployment;
  readonly store?: MapStore;
  readonly role?: "home" | "feeder";
  readonly startMs?: number;
  readonly entropyName?: string;
  /** Pulses that came over a channel's wire up to a true time. */
  readonly pulses?: (obis: string, trueMs: number) => number;
  readonly samplers?: ReadonlyMap<string, Sampler>;
  readonly settings?: Partial<MeterSettings>;
  readonly verify?: Verify;
  /** Groups whose aggregators send beacons; both unless told otherwise. */
  readonly beacons?: readonly ("g1" | "g2")[];
  readonly ring?: (n: bigint) => Ring;
}

export class Machine {
  readonly time: VirtualTime;
  readonly store: MapStore;
  readonly uplink: MemoryUplink;
  readonly entropy: HashEntropy;
  readonly log = new KeptLog();
  readonly settings: MeterSettings;
  readonly host: Host;
  readonly #keyId: Uint8Array;
  /** UTC as the meter knows it, less true time. */
  offsetMs = 0;
  quality: ClockQuality = "synced";
  /** Pulses beyond those of the wire, by channel. */
  readonly extra = new Map<string, number>();

  constructor(parts: MachineParts) {
    const { deployment, role = "home", startMs = DAY_MS } = parts;
    this.time = new VirtualTime(startMs);
    this.store = parts.store ?? new MapStore();
    this.uplink = new MemoryUplink(() => this.time.nowMs);
    this.entropy = new HashEntropy(parts.entropyName ?? "entropy");
    const wire = parts.pulses ?? (() => 0);
    this.host = {
      counters: new Map(
        [OBIS_IMPORT, OBIS_EXPORT].map((obis) => [
          obis,
          counterOf(() => wire(obis, this.time.nowMs) + (this.extra.get(obis) ?? 0)),
        ]),
      ),
      samplers: parts.samplers ?? new Map(),
      clock: {
        utcMs: () => this.time.nowMs + this.offsetMs,
        quality: () => this.quality,
        monotonicMs: () => this.time.nowMs - startMs,
      },
      entropy: this.entropy,
      store: this.store,
      uplink: this.uplink,
      scheduler: this.time,
      digest: nodeDigest,
      verify: parts.verify ?? nodeVerify,
      signer: nodeSigner,
      ring: parts.ring ?? bigIntRing,
      table: role === "home" ? deployment.table : undefined,
      log: this.log,
    };
    const { publicKey } = identityOf(this.host);
    this.settings = {
      meter: role === "home" ? "h1" : "f1",
      role,
      rootKey: deployment.rootKey,
      keyFile: deployment.keyFile(),
      roll: deployment.roll({ [role]: publicKey }),
      leastKeyBits: 512,
      pulsesPerKilowattHour: 1000,
      checkpointMs: 60_000,
      checkpointPulses: 1_000_000,
      poolTarget: 2,
      outboxCapacity: 200,
      boundaryToleranceMs: 5000,
      statusMs: 3_600_000,
      ...parts.settings,
    };
    this.#keyId = keyIdOf(this.settings.keyFile);
    this.#sendBeacons(deployment, parts.beacons ?? ["g1", "g2"]);
  }

  /** At each interval's start and middle. */
  #sendBeacons(deployment: Deployment, groups: readonly ("g1" | "g2")[]): void {
    const { nowMs } = this.time;
    const nextMs = (Math.floor(nowMs / BEACON_MS) + 1) * BEACON_MS;
    this.time.after(nextMs - nowMs, () => {
      for (const group of groups) {
        if (this.uplink.up)
          this.uplink.deliver(topics.beacon(group), deployment.beacon(group, nextMs, { keyId: this.#keyId }));
      }
      this.#sendBeacons(deployment, groups);
    });
  }

  /** Starts the meter, with the link up unless told otherwise. */
  start(link = true): Meter {
    const meter = startMeter(this.host, this.settings);
    this.uplink.link(link);
    return meter;
  }

  /** The same flash, after a power cut and `downMs` without power. */
  after(downMs: number, parts: MachineParts): Machine {
    this.time.forget();
    return new Machine({
      ...parts,
      store: new MapStore(this.store.map),
      startMs: this.time.nowMs + downMs,
      entropyName: `entropy after ${this.time.nowMs}`,
    });
  }

  events(): readonly MeterEvent[] {
    return this.uplink.on(topics.event(this.settings.meter)).map(({ payload }) => decodeEvent(payload));
  }

  /** Codes of the events about intervals. */
  rejections(): readonly string[] {
    return this.events().flatMap(({ code, interval }) => (interval === undefined ? [] : [`${code} ${interval}`]));
  }

  readings(group = "g1"): readonly Uint8Array[] {
    return this.uplink.on(topics.reading(group, this.settings.meter)).map(({ payload }) => payload);
  }
}

/** The id of the key in a key file; of one that cannot be read, any. */
function keyIdOf(keyFile: Uint8Array): Uint8Array {
  try {
    return nodeDigest.sha256(parseEnvelope("key", decodeSignedFile(keyFile, "key").envelope).payload).slice(0, 16);
  } catch {
    return new Uint8Array(16);
  }
}
