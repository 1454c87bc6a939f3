/**
 * Pulse counters over a soft reset. The hardware's counts go on from where the reset found them; a counter shows what came since the last
 * write of the register, so that the register, which adds what a counter shows from 0 on, loses none of it and adds none twice: before
 * the register writes, the counts that it takes up are noted as pending, and after a reset the store says whether the write was done.
 */

import { asciiBytes } from "../../core/bytes.ts";
import { crc32 } from "../../firmware/crc32.ts";
import type { PulseCounter, Store } from "../../firmware/host.ts";
import type { HeldNote } from "./held-note.ts";

/** Keys of the store under which the register writes its totals (firmware/register.ts). */
const REGISTER_KEYS = "register/";

/** The inputs as the chip counts them. */
export interface PulseHardware {
  /** Begins at what a reset left, at no less than these counts; false, and at 0 everywhere, where nothing was left or nothing is given. */
  begin(...least: readonly number[]): boolean;
  /** The count of an input, which only a loss of power sets back. Inputs are numbered as the channels are. */
  read(index: number): number;
}

/** A pulse input of the meter. */
export interface PulseChannel {
  readonly obis: string;
  /** Which of the board's inputs. */
  readonly input: number;
}

/** The counters of one boot. */
export class HeldPulses {
  readonly #note: HeldNote;
  readonly #hardware: PulseHardware;
  readonly #channels: readonly PulseChannel[];
  /** What each input showed when this boot began. */
  readonly #base: readonly number[];
  /** What each input last showed the register. */
  readonly #shown: number[];
  readonly #onCounted: () => void;
  #written = false;
  readonly counters: ReadonlyMap<string, PulseCounter>;

  /**
   * @param store the one that the register wrote to before the reset
   * @param onCounted called each time the register reads the last of the counters, once it has been restored and written
   */
  constructor(
    note: HeldNote,
    hardware: PulseHardware,
    store: Pick<Store, "get">,
    channels: readonly PulseChannel[],
    onCounted: () => void = () => {},
  ) {
    this.#onCounted = onCounted;
    this.#note = note;
    this.#hardware = hardware;
    this.#channels = channels;
    const inputs = crc32(asciiBytes(channels.map(({ obis, input }) => `${obis} ${input}`).join("\n")));
    const settled = settledCounts(note, store, inputs, channels.length);
    this.#base = hardware.begin(...settled) ? settled : channels.map(() => 0);
    this.#shown = [...this.#base];
    note.change({ inputs, settled: this.#base, pending: undefined });
    this.counters = new Map(channels.map(({ obis }, at) => [obis, { read: () => this.#read(at) }]));
  }

  /** The store for the meter: writes of the register are noted around it. */
  noting(store: Store): Store {
    return new NotingStore(store, (key, value) => this.#setRegister(store, key, value));
  }

  /** Pulses of a channel in this boot, without the register's taking them for seen. */
  peek(obis: string): number | undefined {
    const at = this.#channels.findIndex((channel) => channel.obis === obis);
    return at < 0 ? undefined : this.#count(at);
  }

  #setRegister(store: Store, key: string, value: Uint8Array): void {
    const counts = [...this.#shown];
    this.#note.change({ pending: { key, crc: crc32(value), counts } });
    store.set(key, value);
    this.#note.change({ settled: counts, pending: undefined });
    this.#written = true;
    if (this.#channels.length === 0) this.#onCounted();
  }

  #read(at: number): number {
    const count = this.#count(at);
    this.#shown[at] = (this.#base[at] ?? 0) + count;
    if (this.#written && at === this.#channels.length - 1) this.#onCounted();
    return count;
  }

  #count(at: number): number {
    return this.#hardware.read(at) - (this.#base[at] ?? 0);
  }
}

/** A store with the register's writes apart. */
class NotingStore implements Store {
  readonly #store: Store;
  readonly #setRegister: Store["set"];

  constructor(store: Store, setRegister: Store["set"]) {
    this.#store = store;
    this.#setRegister = setRegister;
  }

  get(key: string): Uint8Array | undefined {
    return this.#store.get(key);
  }

  set(key: string, value: Uint8Array): void {
    if (key.startsWith(REGISTER_KEYS)) this.#setRegister(key, value);
    else this.#store.set(key, value);
  }

  delete(key: string): void {
    this.#store.delete(key);
  }

  keys(prefix: string): readonly string[] {
    return this.#store.keys(prefix);
  }
}

/** What the register in the store has taken up, by input; none where the note is of other inputs. */
function settledCounts(
  { note }: HeldNote,
  store: Pick<Store, "get">,
  inputs: number,
  count: number,
): readonly number[] {
  const { settled, pending } = note;
  if (note.inputs !== inputs || settled.length !== count) return [];
  if (pending === undefined || pending.counts.length !== count) return settled;
  const written = store.get(pending.key);
  return written !== undefined && crc32(written) === pending.crc ? pending.counts : settled;
}
