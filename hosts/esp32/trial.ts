/** An image on trial after an update: it stays once it has counted, connected and published, and goes when its time is up. */

import type { Cancel, Scheduler } from "../../firmware/host.ts";

/** What an image must show. */
export const PROOFS = ["counted", "connected", "published"] as const;
export type Proof = (typeof PROOFS)[number];

/** So long it has. */
export const TRIAL_MS = 900_000;

/** What becomes of the image. */
export interface Verdict {
  confirm(): void;
  /** Back to the image before it, by a restart. */
  giveUp(): void;
}

/** One trial. */
export class Trial {
  readonly #missing: Set<Proof>;
  readonly #verdict: Verdict;
  #deadline: Cancel | undefined;

  /** @param onTrial false for an image that has been confirmed, which nothing touches */
  constructor(onTrial: boolean, verdict: Verdict, scheduler: Pick<Scheduler, "after">) {
    this.#missing = new Set(onTrial ? PROOFS : []);
    this.#verdict = verdict;
    if (onTrial) this.#deadline = scheduler.after(TRIAL_MS, () => verdict.giveUp());
  }

  /** What is still to be shown. */
  get missing(): readonly Proof[] {
    return [...this.#missing];
  }

  show(proof: Proof): void {
    if (!this.#missing.delete(proof) || this.#missing.size > 0) return;
    this.#deadline?.();
    this.#verdict.confirm();
  }
}
