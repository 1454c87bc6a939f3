/** Which messages have been sent and not yet handled by all who must: time stands still until there are none. */

/** Where one message must be handled before time goes on. */
export type Recipient = string;

/**
 * The messages under way in a street, by the key of topic and payload. Sendings less handlings are counted for each, since the word of
 * one may come before the word of the other, and the same bytes may be sent again; a surplus of handlings is no one's concern.
 */
export class MessagesInFlight {
  readonly #balance = new Map<Recipient, Map<string, number>>();

  sent(key: string, recipients: Iterable<Recipient>): void {
    for (const recipient of recipients) this.#add(recipient, key, 1);
  }

  handled(key: string, recipient: Recipient): void {
    this.#add(recipient, key, -1);
  }

  /** Gives up on what is under way to one recipient: it is not there, or the broker has forgotten. */
  drop(recipient: Recipient): void {
    this.#balance.delete(recipient);
  }

  /** Those that have yet to handle something, leaving aside who is `away`. */
  waitedFor(away: ReadonlySet<Recipient>): readonly Recipient[] {
    const waits = (keys: ReadonlyMap<string, number>): boolean => [...keys.values()].some((balance) => balance > 0);
    return [...this.#balance].filter(([who, keys]) => !away.has(who) && waits(keys)).map(([who]) => who);
  }

  #add(recipient: Recipient, key: string, change: number): void {
    const keys = this.#balance.get(recipient) ?? new Map<string, number>();
    this.#balance.set(recipient, keys);
    const balance = (keys.get(key) ?? 0) + change;
    if (balance === 0) keys.delete(key);
    else keys.set(key, balance);
  }
}
