/** What a trustee forgets, and when: records of envelopes, randomisers, and in the end its share of the key (docs/PROTOCOL.md, Retention). */

import type { KeyShare } from "../../core/secret/key-share.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import type { Cancel, ServiceClock } from "../service/clock.ts";
import type { Logger } from "../service/log.ts";
import { KEPT_MS, oldestKept, RHO_KEPT_MS } from "../service/windows.ts";
import type { Ledger } from "./ledger.ts";
import { erasedFrom, eraseShare } from "./own-share.ts";

/** Between two rounds: what is to be forgotten is forgotten this much later at most. */
const ROUND_MS = 3_600_000;

/** What it takes care of. */
export interface CaretakerParts {
  readonly keyFile: Pick<KeyFile, "intervalMs" | "lastInterval">;
  readonly ledger: Ledger;
  readonly clock: ServiceClock;
  readonly share: KeyShare;
  /** The file that holds the share. */
  readonly sharePath: string;
  readonly log: Logger;
}

/** The rounds of one trustee. */
export class Caretaker {
  readonly #parts: CaretakerParts;
  #next: Cancel = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(parts: CaretakerParts) {
    this.#parts = parts;
  }

  /** Makes the first round, and sets the timer of the next; call once the time is known. */
  async start(): Promise<void> {
    this.#round = this.#goRound();
    await this.#round;
  }

  /** Stops the timer and waits for the round under way. */
  async stop(): Promise<void> {
    this.#next();
    await this.#round.catch(() => {});
    this.#next();
  }

  async #goRound(): Promise<void> {
    const { keyFile, ledger, clock, share, sharePath, log } = this.#parts;
    const { intervalMs } = keyFile;
    const nowMs = clock.nowMs();
    await ledger.prune(oldestKept(nowMs, intervalMs, KEPT_MS), oldestKept(nowMs, intervalMs, RHO_KEPT_MS));
    const overMs = erasedFrom(keyFile);
    if (nowMs >= overMs && ledger.erasedAt() === undefined) {
      await eraseShare(ledger, share, sharePath, nowMs);
      log.warn({ file: sharePath }, "the key's time is over: its share is erased, here and in its file");
    }
    // the share goes at its instant, the rest when a round comes by
    const next = nowMs < overMs ? Math.min(nowMs + ROUND_MS, overMs) : nowMs + ROUND_MS;
    this.#next = clock.at(next, () => this.start());
  }
}
