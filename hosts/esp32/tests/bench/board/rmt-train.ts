/** The board's own pulses (native/train.c), on the pin that the jumper leads to its first pulse input. */

import { ChoirError } from "../../../../../core/errors.ts";
import { OBIS_IMPORT } from "../../../../../core/names.ts";
import type { Scheduler } from "../../../../../firmware/host.ts";
import type { PulseEdge } from "../../../../../firmware/pulse-filter.ts";
import type { PulseTrain } from "../../../../moddable/bench.ts";
import { type HeldLevel, symbolParts } from "./level-symbols.ts";

declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

const LOOK_MS = 5;
/** Pulses that are worked out at a time. */
const PULSES_AT_ONCE = 100;
/** The line is low for so long before a stretch of wire and after it. */
const QUIET_MICROS = 30_000;

/** The C functions; the cast states what the function of that name returns. */
const wire = {
  open(pin: number): void {
    native("choir_train_open").call(this, pin);
  },
  busy(): boolean {
    return native("choir_train_busy").call(this) as boolean;
  },
  send(symbols: Uint32Array): void {
    native("choir_train_send").call(this, symbols);
  },
};

/** One train or stretch at a time. */
export class RmtTrain implements PulseTrain {
  readonly #scheduler: Pick<Scheduler, "after">;
  #running = false;

  constructor(pin: number, scheduler: Pick<Scheduler, "after">) {
    this.#scheduler = scheduler;
    wire.open(pin);
  }

  start(obis: string, pulses: number, periodMicros: number, ended: () => void): void {
    if (obis !== OBIS_IMPORT) throw new ChoirError("input_invalid", "train", OBIS_IMPORT, obis);
    const high = Math.floor(periodMicros / 2);
    let left = pulses;
    this.#send(() => {
      const some = Math.min(left, PULSES_AT_ONCE);
      left -= some;
      return Array.from({ length: some }, () => [
        { level: 1, micros: high } as const,
        { level: 0, micros: periodMicros - high } as const,
      ]).flat();
    }, ended);
  }

  /** Puts these levels on the wire; resolves when the last is over. */
  play(edges: readonly PulseEdge[]): Promise<void> {
    const levels = edges.map(({ level, atMicros }, i): HeldLevel => {
      const next = edges[i + 1];
      return { level, micros: next === undefined ? QUIET_MICROS : next.atMicros - atMicros };
    });
    let once: readonly HeldLevel[] = [
      { level: 0, micros: QUIET_MICROS },
      ...levels,
      { level: 0, micros: QUIET_MICROS },
    ];
    return new Promise((resolve) => {
      this.#send(() => {
        const now = once;
        once = [];
        return now;
      }, resolve);
    });
  }

  /** Sends what comes until nothing comes any more. */
  #send(more: () => readonly HeldLevel[], ended: () => void): void {
    if (this.#running) throw new ChoirError("input_invalid", "train", "one at a time", "a second");
    this.#running = true;
    let parts: Uint32Array[] = [];
    const look = (): void => {
      if (!wire.busy()) {
        if (parts.length === 0) parts = [...symbolParts(more())];
        const part = parts.shift();
        if (part === undefined) {
          this.#running = false;
          ended();
          return;
        }
        wire.send(part);
      }
      this.#scheduler.after(LOOK_MS, look);
    };
    this.#scheduler.after(LOOK_MS, look);
  }
}
