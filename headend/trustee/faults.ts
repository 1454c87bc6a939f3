/** What is wrong with a testimony: the first fault's reason, and every block that one of its readings shuts out (docs/PROTOCOL.md, Share). */

import { ChoirError } from "../../core/errors.ts";
import { SHARE_REFUSALS, type ShareRefusal } from "../../core/wire/share.ts";

/** Why there is no share, and the blocks without which there would be one. */
export interface Refusal {
  readonly reason: ShareRefusal;
  /** Ascending. */
  readonly leaveOut: readonly string[];
}

/** Collects them in the order of the checks. */
export class Faults {
  readonly #blocks = new Set<string>();
  #reason: ShareRefusal | undefined;

  /** Notes a fault, with the block that it keeps from being opened where it lies in one. */
  note(reason: ShareRefusal, block?: string): void {
    this.#reason ??= reason;
    if (block !== undefined) this.#blocks.add(block);
  }

  /** Whether no fault lies in the block so far: a block that is out is not looked at further. */
  spares(block: string): boolean {
    return !this.#blocks.has(block);
  }

  /** The refusal that they amount to; none where nothing was noted. */
  get refusal(): Refusal | undefined {
    return this.#reason && { reason: this.#reason, leaveOut: [...this.#blocks].sort() };
  }
}

/** The reason that a decoder's or checker's error stands for: its own code, or `field_wrong` for the ways in which bytes are no message. */
export function reasonOf(error: unknown): ShareRefusal {
  if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
  return SHARE_REFUSALS.find((reason) => reason === error.code) ?? "field_wrong";
}
