/**
 * Messages of any length over a console's short lines: `VERB more BASE64` for every piece but the last, `VERB end BASE64` for that, in both
 * directions. hosts/moddable/runner/message-lines.ts is the other end.
 */

import { concatBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { fromBase64, toBase64 } from "../../firmware/base64.ts";

/** Bytes of one piece: its line is shorter than the longest that a console takes. */
const MOST_PIECE_BYTES = 384;

/** Both directions of one verb. */
export class MessageLines {
  readonly #verb: string;
  readonly #say: (line: string) => void;
  readonly #receive: (message: Uint8Array) => void;
  #pieces: Uint8Array[] = [];

  constructor(verb: string, say: (line: string) => void, receive: (message: Uint8Array) => void) {
    this.#verb = verb;
    this.#say = say;
    this.#receive = receive;
  }

  send(message: Uint8Array): void {
    let at = 0;
    for (; message.length - at > MOST_PIECE_BYTES; at += MOST_PIECE_BYTES) {
      this.#say(`${this.#verb} more ${toBase64(message.subarray(at, at + MOST_PIECE_BYTES))}`);
    }
    this.#say(`${this.#verb} end ${toBase64(message.subarray(at))}`);
  }

  /** Takes the words behind the verb of a line. @throws ChoirError input_invalid. */
  obey([which, text = ""]: readonly string[]): void {
    if (which !== "more" && which !== "end") throw new ChoirError("input_invalid", this.#verb, "more or end", "others");
    this.#pieces.push(fromBase64(text, this.#verb));
    if (which === "more") return;
    const message = concatBytes(...this.#pieces);
    this.#pieces = [];
    this.#receive(message);
  }
}
