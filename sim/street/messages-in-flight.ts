/** Which messages have been sent and not yet handled by all who must: time stands still until there are none. */

/** Where one message must be handled before time goes on. */
export type Recipient = string;

/** The messages under way in a street. A message is known by the key of its topic and payload, so that two same ones are one. */
export class MessagesInFlight {
  readonly #waiting = new Map<Recipient, Set<string>>();
  /** Handled before the sender's word came that it was sent. */
  readonly #early = new Map<Recipient, Set<string>>();

  sent(key: string, recipients: Iterable<Recipient>): void {
    for (const recipient of recipients) {
      if (this.#early.get(recipient)?.delete(key)) continue;
      entry(this.#waiting, recipient).add(key);
    }
  }

  handled(key: string, recipient: Recipient): void {
    if (!this.#waiting.get(recipient)?.delete(key)) entry(this.#early, recipient).add(key);
  }

  /** Gives up on what is under way to one recipient: it is not there, or the broker has forgotten. Returns how many. */
  drop(recipient: Recipient): number {
    const dropped = this.#waiting.get(recipient)?.size ?? 0;
    this.#waiting.delete(recipient);
    this.#early.delete(recipient);
    return dropped;
  }

  /** Those that have yet to handle something, leaving aside who is `away`. */
  waitedFor(away: ReadonlySet<Recipient>): readonly Recipient[] {
    return [...this.#waiting].filter(([who, keys]) => keys.size > 0 && !away.has(who)).map(([who]) => who);
  }
}

function entry(map: Map<Recipient, Set<string>>, recipient: Recipient): Set<string> {
  const found = map.get(recipient) ?? new Set<string>();
  map.set(recipient, found);
  return found;
}
