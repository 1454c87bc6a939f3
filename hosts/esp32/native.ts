/** The C functions of native/ as TypeScript sees them; each cast below states what the function of that name returns. All throw an Error with the chip's words. */

import type { HeldMemory } from "./held-note.ts";
import type { PulseHardware } from "./held-pulses.ts";

/** native/time.c. Milliseconds with a fraction. */
export const time = {
  monotonicMs(): number {
    return native("choir_time_monotonic").call(this) as number;
  },
  utcMs(): number {
    return native("choir_time_utc").call(this) as number;
  },
  step(utcMs: number): void {
    native("choir_time_step").call(this, utcMs);
  },
  slew(byMs: number): void {
    native("choir_time_slew").call(this, byMs);
  },
};

/** native/board.c. */
export const board = {
  /** Why the chip started, one word. */
  resetReason(): string {
    return native("choir_board_reset_reason").call(this) as string;
  },
  restart(): void {
    native("choir_board_restart").call(this);
  },
  /** Bytes of the system's memory that are free, the fewest that ever were, and the largest piece. */
  memory(): { readonly free: number; readonly leastFree: number; readonly largest: number } {
    return {
      free: native("choir_board_free").call(this) as number,
      leastFree: native("choir_board_least_free").call(this) as number,
      largest: native("choir_board_largest").call(this) as number,
    };
  },
  /** From now on the board starts again when `feed` stays away. */
  watch(): void {
    native("choir_board_watch").call(this);
  },
  feed(): void {
    native("choir_board_feed").call(this);
  },
};

/** native/image.c. */
export const image = {
  onTrial(): boolean {
    return native("choir_image_on_trial").call(this) as boolean;
  },
  confirm(): void {
    native("choir_image_confirm").call(this);
  },
  giveUp(): void {
    native("choir_image_give_up").call(this);
  },
};

/** native/note.c. */
export const noteMemory: HeldMemory = {
  read() {
    const bytes = native("choir_note_read").call(this) as ArrayBuffer | undefined;
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  },
  write(note) {
    native("choir_note_write").call(this, note);
  },
};

/** native/pulses.c. */
export const pulseInputs = {
  begin(...least: readonly number[]): boolean {
    return native("choir_pulses_begin").call(this, ...least) as boolean;
  },
  /** Lengths in microseconds. */
  open(index: number, pin: number, leastHighMicros: number, leastLowMicros: number): void {
    native("choir_pulses_open").call(this, index, pin, leastHighMicros, leastLowMicros);
  },
  read(index: number): number {
    return native("choir_pulses_read").call(this, index) as number;
  },
} satisfies PulseHardware & Record<string, unknown>;

/** native/clamps.c. */
export const clampInputs = {
  /** Each clamp so many times a second or more; they are numbered from 0 in the order of their pins. */
  start(samplesPerSecond: number, ...pins: readonly number[]): void {
    native("choir_clamps_start").call(this, samplesPerSecond, ...pins);
  },
  take(index: number, numbers: ArrayBufferLike): boolean {
    return native("choir_clamps_take").call(this, index, numbers) as boolean;
  },
};

/** native/entropy.c. */
export const noise = {
  /** Returns the seed for the next start, 32 bytes. */
  begin(seed: Uint8Array | undefined): Uint8Array {
    return new Uint8Array(native("choir_entropy_begin").call(this, seed) as ArrayBuffer);
  },
  ready(): void {
    native("choir_entropy_ready").call(this);
  },
  reseed(): void {
    native("choir_entropy_reseed").call(this);
  },
  fill(bytes: Uint8Array): void {
    native("choir_entropy_fill").call(this, bytes);
  },
};

/** native/console.c. */
export const consoleWire = {
  /** @param port of a UART; -1 for the chip's own USB */
  open(port: number, transmit: number, receive: number, baud: number): void {
    native("choir_console_open").call(this, port, transmit, receive, baud);
  },
  read(): Uint8Array | undefined {
    const bytes = native("choir_console_read").call(this) as ArrayBuffer | undefined;
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  },
  write(bytes: Uint8Array): void {
    native("choir_console_write").call(this, bytes);
  },
};
