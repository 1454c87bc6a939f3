/** The world around a machine under test: what the rig outside does and sees for the suite, and how the suite asks for it. */

import type { ClockQuality } from "../../../core/meter-words.ts";
import type { PulseEdge } from "../../../firmware/pulse-filter.ts";
import type { Result } from "./case.ts";

/** A message that the broker got, or published itself as a will. */
export interface Heard {
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/** The rig. Everything is done when its promise resolves; what the machine makes of it may take longer. */
export interface World {
  isFirstBoot(): Promise<boolean>;
  /** Puts these levels on the wire of the channel `OBIS_IMPORT`, whose pulses and pauses last `WIRE_LEAST_MICROS` or more. */
  wire(edges: readonly PulseEdge[]): Promise<void>;
  /**
   * Hands the converter of the channel `OBIS_IMPORT` these counts, 0 to 4095, evenly spread over `lengthMicros`; between them and those of
   * before `lostMicros` went by without a sample.
   */
  convert(counts: Uint16Array, lostMicros: number, lengthMicros: number): Promise<void>;
  /** Makes the machine's UTC differ from true time by `stepMs`. */
  setClock(quality: ClockQuality, stepMs: number): Promise<void>;
  /** Takes the seed of the entropy away, or gives it back. */
  setSeeded(seeded: boolean): Promise<void>;
  /** Breaks the cable to the broker, so that nobody says goodbye, or mends it. */
  setLink(up: boolean): Promise<void>;
  /** Holds back all that the broker says to the machine, acknowledgements among it. */
  holdBroker(held: boolean): Promise<void>;
  /** Puts a broker without memory in the place of this one; links to this one break. */
  replaceBroker(): Promise<void>;
  /** All that was published on a topic since the rig was built. */
  heard(topic: string): Promise<readonly Heard[]>;
  /** Links that the machine has to the broker. */
  links(): Promise<number>;
  /** Publishes to whoever is subscribed. */
  say(topic: string, payload: Uint8Array): Promise<void>;
  /** Lines that came out of the machine's log, in this boot or before. */
  logged(): Promise<readonly string[]>;
  /** The comb table that the machine was given: the bytes of a residue mod n, and SHA-256 of all of it. */
  table(): Promise<{ readonly residueBytes: number; readonly digest: Uint8Array }>;
  /** SHA-256 of so many of its entries, from one on. */
  tablePart(index: number, count: number): Promise<Uint8Array>;
  /** Takes down how a case went. */
  report(result: Result): Promise<void>;
  /** The last case of this boot has run. */
  finish(): Promise<void>;
}

/** Least length of a pulse and of a pause on the wire, in microseconds. */
export const WIRE_LEAST_MICROS = 10_000;
