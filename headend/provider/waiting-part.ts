/** One aggregate that waits for shares: who has answered what, and whether that is enough to open it or to give it up (docs/PROTOCOL.md, Opening with shares). */

import type { Aggregate } from "../../core/wire/aggregate.ts";
import { type Sharing, trusteesNeeded, trusteesOf } from "../../core/wire/sharing.ts";
import type { GroupEntry } from "./group-book.ts";
import type { Answer } from "./records.ts";
import type { Refusal } from "./results.ts";

/** An aggregate whose blocks and product are in order. */
export interface SoundPart {
  readonly aggregate: Aggregate;
  readonly entry: GroupEntry;
  /** The id of the delivery that brought it. */
  readonly id: Uint8Array;
  /** The meters of its blocks. */
  readonly contributors: readonly string[];
  /** The product, a unit mod n^2; none where no block is counted. */
  readonly product: bigint | undefined;
}

/** A sound part whose product is there, with the trustees' answers so far. */
export class WaitingPart {
  readonly sound: SoundPart;
  readonly product: bigint;
  readonly answers: Map<string, Answer>;
  readonly #sharing: Sharing;

  constructor(sound: SoundPart, product: bigint, sharing: Sharing, answers: ReadonlyMap<string, Answer> = new Map()) {
    this.sound = sound;
    this.product = product;
    this.answers = new Map(answers);
    this.#sharing = sharing;
  }

  /** The shares that open it beside the provider's own, by trustee in ascending order; none while there are too few. */
  quorum(): readonly (readonly [trustee: string, value: bigint])[] | undefined {
    const shares = [...this.answers].flatMap(([trustee, answer]) =>
      answer.status === "share" ? [[trustee, answer.value] as const] : [],
    );
    const needed = trusteesNeeded(this.#sharing);
    if (shares.length < needed) return undefined;
    return shares.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, needed);
  }

  /**
   * The refusal of the part once so many trustees refuse that the others are too few; none before. It names the fewest blocks with which enough
   * trustees say that they would give their shares for the rest.
   */
  refusal(): Refusal | undefined {
    const refusals = [...this.answers].flatMap(([trustee, answer]) =>
      answer.status === "refused" ? [{ trustee, ...answer }] : [],
    );
    const missing = trusteesNeeded(this.#sharing) - (trusteesOf(this.#sharing).length - refusals.length);
    const [first] = refusals;
    if (missing <= 0 || first === undefined) return undefined;
    const won = refusals
      .filter(({ leaveOut }) => leaveOut.length > 0)
      .sort((a, b) => a.leaveOut.length - b.leaveOut.length)
      .slice(0, missing);
    const leaveOut = won.length < missing ? [] : [...new Set(won.flatMap((one) => one.leaveOut))].sort();
    const by = refusals.map(({ trustee }) => trustee).sort();
    return { reason: (won[0] ?? first).reason, by, leaveOut };
  }
}
