/** The other end of hosts/moddable/message-lines.ts: messages of bytes as lines `VERB more BASE64` ... `VERB end BASE64`. */

import { ChoirError } from "../../../core/errors.ts";

const MOST_PIECE_BYTES = 384;

/** Both directions of one verb. */
export class MessageLines {
  readonly #verb: string;
  readonly #say: (line: string) => void;
  readonly #receive: (message: Uint8Array) => void;
  #pieces: Buffer[] = [];

  constructor(verb: string, say: (line: string) => void, receive: (message: Uint8Array) => void) {
    this.#verb = verb;
    this.#say = say;
    this.#receive = receive;
  }

  send(message: Uint8Array): void {
    const bytes = Buffer.from(message);
    let at = 0;
    for (; bytes.length - at > MOST_PIECE_BYTES; at += MOST_PIECE_BYTES) {
      this.#say(`${this.#verb} more ${bytes.toString("base64", at, at + MOST_PIECE_BYTES)}`);
    }
    this.#say(`${this.#verb} end ${bytes.toString("base64", at)}`);
  }

  /** Takes a line; false where it is none of this verb's. @throws ChoirError input_invalid. */
  hear(line: string): boolean {
    const [verb, which, text = ""] = line.split(" ");
    if (verb !== this.#verb) return false;
    if (which !== "more" && which !== "end") throw new ChoirError("input_invalid", line, "more or end", "others");
    this.#pieces.push(Buffer.from(text, "base64"));
    if (which === "end") {
      const message = new Uint8Array(Buffer.concat(this.#pieces));
      this.#pieces = [];
      this.#receive(message);
    }
    return true;
  }

  /** Forgets the pieces of a message whose sender has lost its power. */
  reset(): void {
    this.#pieces = [];
  }
}
