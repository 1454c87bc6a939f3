/** The way to the internet, whatever it is made of: a radio on a board, a wire in the emulator. */

/** A network interface that keeps itself up. */
export interface Network {
  readonly isUp: boolean;
  /** Called with true each time it has an address, and with false each time it has none any more; at once if it has one already. */
  onState(change: (up: boolean) => void): void;
  /** Begins, and from then on tries again by itself. */
  start(): void;
}

/** Who is to be told, and what they were told last. */
export class NetworkState {
  readonly #listeners: ((up: boolean) => void)[] = [];
  #up = false;

  get isUp(): boolean {
    return this.#up;
  }

  onState(change: (up: boolean) => void): void {
    this.#listeners.push(change);
    if (this.#up) change(true);
  }

  become(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    for (const change of this.#listeners) change(up);
  }
}
