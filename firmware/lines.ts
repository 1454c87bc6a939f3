/** Lines out of bytes, for a console on a serial port or a socket: bounded, so that no peer can fill the memory. */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Where lines go. */
export interface LineEnds {
  /** A line without its end; bytes beyond ASCII come as other characters, which no word has. */
  readonly line: (text: string) => void;
  /** A line was longer than allowed; nothing of it is handed on. */
  readonly tooLong: () => void;
}

/** Cuts what arrives at line feeds, with or without a carriage return before them. */
export class LineReader {
  readonly #most: number;
  readonly #ends: LineEnds;
  #text = "";
  #overflowed = false;

  /** @param most characters of a line */
  constructor(most: number, ends: LineEnds) {
    this.#most = most;
    this.#ends = ends;
  }

  /** Takes the next bytes; calls back once for each line that they end. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === LINE_FEED) this.#end();
      else if (byte === CARRIAGE_RETURN || this.#overflowed) continue;
      else if (this.#text.length === this.#most) {
        this.#overflowed = true;
        this.#text = "";
      } else this.#text += String.fromCharCode(byte);
    }
  }

  #end(): void {
    const text = this.#text;
    const overflowed = this.#overflowed;
    this.#text = "";
    this.#overflowed = false;
    if (overflowed) this.#ends.tooLong();
    else this.#ends.line(text);
  }
}
