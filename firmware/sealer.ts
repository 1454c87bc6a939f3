/**
 * The sealer: makes of an interval's energies its one signed message. "Burnt up to i" is persisted before an entry is taken and the message
 * before its first publish, so a power cut in between makes the interval missing, never sealed twice (docs/PROTOCOL.md, Pool).
 */

import { concatBytes, uint64Bytes, uint64Value } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { pack } from "../core/paillier/packing.ts";
import type { EntryShape } from "../core/paillier/pool-entry.ts";
import type { Ring } from "../core/paillier/ring.ts";
import { seal } from "../core/paillier/seal.ts";
import type { Digest, Signer } from "../core/ports.ts";
import { sealEnvelope } from "../core/wire/envelope.ts";
import { encodeFeeder } from "../core/wire/feeder.ts";
import type { KeyFile } from "../core/wire/key-file.ts";
import { encodeReading } from "../core/wire/reading.ts";
import { crc32 } from "./crc32.ts";
import type { Store } from "./host.ts";
import type { Pool } from "./pool.ts";

const BURNT_KEY = "burnt";

/** The mark below which no interval is ever sealed. It outlives its key, so it knows how long its intervals are. */
export class BurntMark {
  readonly #store: Store;
  readonly #intervalMs: number;
  #upTo: number;

  /** @throws ChoirError store_corrupt: better no reading than one sealed twice. */
  constructor(store: Store, intervalMs: number) {
    this.#store = store;
    this.#intervalMs = intervalMs;
    const kept = store.get(BURNT_KEY);
    this.#upTo = kept === undefined ? -1 : readMark(kept, intervalMs);
  }

  /** The highest interval burnt; -1 when there is none. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Persists that `interval` and all before it are burnt. @throws ChoirError burnt_already. */
  raise(interval: number): void {
    if (interval <= this.#upTo) {
      throw new ChoirError("burnt_already", `interval ${interval}`, `above ${this.#upTo}`, "an interval sealed before");
    }
    const value = concatBytes(uint64Bytes(interval), uint64Bytes(this.#intervalMs));
    this.#store.set(BURNT_KEY, concatBytes(value, uint64Bytes(crc32(value))));
    this.#upTo = interval;
  }
}

/** Forgets the mark: for a machine whose identity is forgotten too, so that whatever it sealed was another's. */
export function forgetBurnt(store: Store): void {
  store.delete(BURNT_KEY);
}

/** Makes the message of one interval. */
export interface Sealer {
  /**
   * The signed message; the interval is burnt from then on, whatever happens.
   * @param energies mWh in the order of the key file's channels, each within its range
   * @throws ChoirError burnt_already; entropy_unseeded, and then the interval is not burnt.
   */
  seal(interval: number, energies: readonly number[]): Uint8Array;
}

/** What a sealer asks of the key file. */
type KeyInUse = Pick<KeyFile, "keyId" | "layout">;

/** What a home seals with. */
export interface HomeSealing {
  readonly meter: string;
  readonly keyFile: KeyInUse;
  readonly ring: Ring;
  readonly shape: EntryShape;
  readonly digest: Digest;
  readonly signer: Signer;
  readonly pool: Pool;
  readonly burnt: BurntMark;
  /** Called when the pool was dry. */
  readonly onDry: (interval: number) => void;
}

/** A home's sealer: one entry of the pool a reading, zeroed before the message is made. */
export function homeSealer(parts: HomeSealing): Sealer {
  return new HomeSealer(parts);
}

/** A class, whose methods an engine need not copy. */
class HomeSealer implements Sealer {
  readonly #parts: HomeSealing;

  constructor(parts: HomeSealing) {
    this.#parts = parts;
  }

  seal(interval: number, energies: readonly number[]): Uint8Array {
    const { meter, keyFile, ring, shape, digest, signer, pool, burnt, onDry } = this.#parts;
    const plaintext = pack(keyFile.layout, energies);
    if (interval > burnt.upTo && pool.prepare()) onDry(interval);
    burnt.raise(interval);
    const context = { meter, interval, keyId: keyFile.keyId };
    const proven = seal(ring, shape, digest, pool.take(), plaintext, keyFile.layout.bits, context);
    return sealEnvelope("reading", encodeReading({ ...context, ...proven }), signer);
  }
}

/** A feeder's sealer: its total in the clear, signed; burnt all the same, so that it never contradicts itself. */
export function feederSealer(
  feeder: string,
  keyFile: Pick<KeyInUse, "keyId">,
  signer: Signer,
  burnt: BurntMark,
): Sealer {
  return {
    seal(interval, energies) {
      burnt.raise(interval);
      const reading = { feeder, interval, keyId: keyFile.keyId, energyMilliwattHours: energies };
      return sealEnvelope("feeder", encodeFeeder(reading), signer);
    },
  };
}

/** The mark in intervals of this length: those that begin before the burnt one ends. */
function readMark(kept: Uint8Array, intervalMs: number): number {
  const value = kept.slice(0, 16);
  if (kept.length !== 24 || uint64Value(kept, 16) !== crc32(value)) {
    throw new ChoirError("store_corrupt", "burnt mark", "an interval and its length with a CRC-32", "other bytes");
  }
  const burnt = uint64Value(value);
  const burntMs = uint64Value(value, 8);
  return burntMs === intervalMs ? burnt : Math.ceil(((burnt + 1) * burntMs) / intervalMs) - 1;
}
