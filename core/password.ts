/** A password that a machine was told: it is handed to whoever logs in with it, and prints as nothing. */

/** Text that no log, message or file shows by accident. */
export class Password {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text, for the one who logs in with it or signs it into a configuration. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "Password(hidden)";
  }

  toJSON(): string {
    return this.toString();
  }
}
