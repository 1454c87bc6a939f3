/**
 * The words by which a machine on the bench is driven, beside those of its console: a pulse train, a cable, a clock, timings (docs/HARDWARE.md,
 * On the bench). What they do is done by the ports that they are handed, one set for a board, the emulator and the stand-in.
 */

import { ChoirError } from "../../core/errors.ts";
import type { Verbs } from "../../firmware/console.ts";

/** Pulses in one train. */
const MOST_PULSES = 100_000;
/** Of one pulse and its pause: below it no meter's output goes, above it a train would never end. */
const PERIOD_MICROS = { least: 2_000, most: 10_000_000 } as const;

/** The machine's own source of pulses, joined to its pulse input by one wire. */
export interface PulseTrain {
  /**
   * Begins a train: the line is high for half of each period and low for the other, and low when it ends.
   * @param ended is called, in a turn of its own, when the last pause is over
   * @throws ChoirError input_invalid for a channel that no source is joined to, and while a train runs.
   */
  start(obis: string, pulses: number, periodMicros: number, ended: () => void): void;
}

/** What one reading costs this machine, in milliseconds, and the memory that it has. */
export interface Timings {
  /** All of one entry, made at a stretch. */
  readonly poolEntryMs: number;
  readonly sealMs: number;
  /** The envelope's signature. */
  readonly signMs: number;
  /** Of the system's memory; null where the machine is not short of it. */
  readonly freeHeapBytes: number | null;
  readonly largestBlockBytes: number | null;
}

/** The machine, as a bench drives it. */
export interface BenchMachine {
  readonly train: PulseTrain;
  /** Pulses of a channel since this start; undefined for one that has no pulse input. */
  pulses(obis: string): number | undefined;
  /** Pulses by channel since the meter was made; undefined while none runs. */
  totals(): ReadonlyMap<string, number> | undefined;
  /** The cable: pulled, every attempt at the broker fails. */
  setCable(plugged: boolean): void;
  /** UTC in ms, as a time server's word that was on its way for no time; a machine with a clock of its own may pass over it. */
  setTime(utcMs: number): void;
  /** @throws ChoirError config_invalid while the machine has no configuration, entropy_unseeded. */
  timings(): Timings;
}

/** The words, for `Console.teach`. */
export function benchVerbs(machine: BenchMachine, say: (line: string) => void): Verbs {
  return {
    train: ([obis = "", count = "", period = ""]) => {
      const pulses = asNumber(count, "pulses", 1, MOST_PULSES);
      const periodMicros = asNumber(period, "period in us", PERIOD_MICROS.least, PERIOD_MICROS.most);
      machine.train.start(obis, pulses, periodMicros, () => say(`trained ${obis} ${pulses}`));
      say(`train ${obis} ${pulses}`);
    },
    pulses: ([obis = ""]) => say(`pulses ${obis} ${machine.pulses(obis) ?? "none"}`),
    register: () => say(`register ${JSON.stringify(Object.fromEntries(machine.totals() ?? []))}`),
    network: ([state = ""]) => {
      if (state !== "on" && state !== "off") throw wrong("network", "on or off", state);
      machine.setCable(state === "on");
      say(`network ${state}`);
    },
    time: ([utcMs = ""]) => {
      machine.setTime(asNumber(utcMs, "UTC in ms", 0, Number.MAX_SAFE_INTEGER));
      say("time");
    },
    timings: () => say(`timings ${JSON.stringify(machine.timings())}`),
  };
}

function asNumber(word: string, name: string, least: number, most: number): number {
  const value = Number(word);
  if (!Number.isSafeInteger(value) || `${value}` !== word) throw wrong(name, "a whole number", word);
  if (value < least || value > most) throw new ChoirError("value_out_of_range", name, `${least} to ${most}`, word);
  return value;
}

function wrong(subject: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", subject, expected, got.slice(0, 40));
}
