/** Pulse inputs without a wire: the console says what has come. A reset of the emulator is a loss of power to them. */

import type { PulseInputs } from "../machine.ts";

export class ScriptedPulses implements PulseInputs {
  readonly #counts: number[] = [];
  readonly #channels: string[] = [];

  begin(): boolean {
    return false;
  }

  open(index: number, { obis }: { readonly obis: string }): void {
    this.#counts[index] = 0;
    this.#channels[index] = obis;
  }

  read(index: number): number {
    return this.#counts[index] ?? 0;
  }

  /** So many more on a channel; nothing where there is no such input. */
  add(obis: string, pulses: number): void {
    const index = this.#channels.indexOf(obis);
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + pulses;
  }
}
