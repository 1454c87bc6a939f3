/**
 * The register: pulses per channel since the meter was made, which never fall, persisted before use. A power cut loses the pulses since
 * the last checkpoint, at most those of one `checkpointMs`; fewer where a reading of the counters in between found `checkpointPulses`.
 */

import { ChoirError } from "../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import {
  type Bookmark,
  bookmarkFromCbor,
  bookmarkToCbor,
  NO_BOOKMARK,
  type Totals,
  totalsFromCbor,
  totalsToCbor,
} from "./bookmark.ts";
import type { PulseCounter, Store } from "./host.ts";
import { atNewRates, type Rates, ratesToCbor, readRates } from "./rates.ts";
import { forgetSlots, SlotPair } from "./slot-pair.ts";

const SLOT_NAME = "register";

/** Owner of the totals and of the bookmark that lies beside them in one record. */
export class Register {
  readonly #slots: SlotPair;
  readonly #counters: ReadonlyMap<string, PulseCounter>;
  readonly #checkpointPulses: number;
  readonly #totals: Map<string, number>;
  /** The rates that the totals' pulses have. */
  readonly #rates: Rates;
  /** What each counter last showed; 0 when power returns, as a counter does. */
  readonly #shown = new Map<string, number>();
  #bookmark: Bookmark;
  /** Pulses that only RAM knows. */
  #unsaved = 0;
  /** A bookmark that only RAM knows, since the store refused it. */
  #unmarked = false;
  #fell = false;
  /** Starts since the register was made. */
  readonly boots: number;
  /** A slot was torn, so the newest record may be lost. */
  readonly restoredFromOlderSlot: boolean;
  /** Both slots were torn: the register began again at zero. */
  readonly lost: boolean;

  /**
   * Restores the totals and writes the first checkpoint of this boot. Where a channel has another rate than before, its total keeps its
   * energy, and no interval that was under way is told of: half of its pulses are worth something else.
   */
  constructor(
    store: Store,
    counters: ReadonlyMap<string, PulseCounter>,
    checkpointPulses: number,
    rates: Rates = new Map(),
  ) {
    this.#slots = new SlotPair(store, SLOT_NAME);
    this.#counters = counters;
    this.#checkpointPulses = checkpointPulses;
    const { record, torn } = this.#slots.restore();
    const restored = record === undefined ? undefined : decodeRecord(record);
    this.restoredFromOlderSlot = torn > 0 && restored !== undefined;
    this.lost = torn > 0 && restored === undefined;
    const exchanged = restored === undefined ? undefined : atNewRates(restored.totals, restored.rates, rates);
    this.#rates = new Map([...(restored?.rates ?? []), ...rates]);
    this.#totals = new Map(exchanged ?? restored?.totals);
    for (const channel of counters.keys()) if (!this.#totals.has(channel)) this.#totals.set(channel, 0);
    this.#bookmark = exchanged === undefined && restored !== undefined ? restored.bookmark : NO_BOOKMARK;
    this.boots = (restored?.boots ?? 0) + 1;
    this.#save();
  }

  /** The totals of now, as a copy that stays. */
  totals(): Totals {
    return new Map(this.#totals);
  }

  get bookmark(): Bookmark {
    return this.#bookmark;
  }

  /**
   * Reads the counters; writes a checkpoint when `checkpointPulses` have come since the last one. A counter that shows less than
   * before moves its baseline: the total stands, and `takeFall` tells.
   */
  observe(): void {
    for (const [channel, counter] of this.#counters) {
      const count = counter.read();
      const before = this.#shown.get(channel) ?? 0;
      if (!Number.isSafeInteger(count) || count < 0) {
        this.#fell = true;
        continue;
      }
      if (count < before) this.#fell = true;
      const pulses = Math.max(0, count - before);
      this.#shown.set(channel, count);
      this.#totals.set(channel, (this.#totals.get(channel) ?? 0) + pulses);
      this.#unsaved += pulses;
    }
    if (this.#unsaved >= this.#checkpointPulses) this.#save();
  }

  /** Whether a counter fell, or showed no count at all, since this was last asked. */
  takeFall(): boolean {
    const fell = this.#fell;
    this.#fell = false;
    return fell;
  }

  /** Persists what is not yet persisted. */
  checkpoint(): void {
    if (this.#unsaved > 0 || this.#unmarked) this.#save();
  }

  /** Persists the totals with this bookmark in one write. */
  mark(bookmark: Bookmark): void {
    this.#bookmark = bookmark;
    this.#unmarked = true;
    this.#save();
  }

  /** Forgets the closed interval; the next write says so too, and until then the sealer's burnt mark keeps it from being sealed again. */
  forgetClosed(): void {
    this.#bookmark = { open: this.#bookmark.open, closed: undefined };
  }

  #save(): void {
    const record = [this.boots, totalsToCbor(this.#totals), bookmarkToCbor(this.#bookmark), ratesToCbor(this.#rates)];
    this.#slots.write(encodeCbor(record));
    this.#unsaved = 0;
    this.#unmarked = false;
  }
}

/** Forgets all that was ever counted. */
export function forgetRegister(store: Store): void {
  forgetSlots(store, SLOT_NAME);
}

interface RegisterRecord {
  readonly boots: number;
  readonly totals: Totals;
  readonly bookmark: Bookmark;
  readonly rates: Rates;
}

/** @throws ChoirError register_corrupt: the CRC was good, so other firmware wrote it. */
function decodeRecord(bytes: Uint8Array): RegisterRecord {
  const value = decodeCbor(bytes, "register");
  if (!Array.isArray(value) || value.length !== 4 || typeof value[0] !== "number") {
    throw new ChoirError("register_corrupt", "register", "boots, totals, bookmark and rates", "another record");
  }
  const [boots, totals, bookmark] = value;
  const rates = readRates(new Fields(value, "register", 4), 3);
  return { boots, totals: totalsFromCbor(totals, "register"), bookmark: bookmarkFromCbor(bookmark), rates };
}
