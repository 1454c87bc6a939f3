/** Lines out of bytes, for a console on a serial port or a socket: bounded, so that no peer can fill the memory. */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Arguments of one call: a line of them would fill a small engine's stack. */
const PIECE = 32;

/** Where lines go. */
export interface LineEnds {
  /** A line without its end; bytes beyond ASCII come as other characters, which no word has. */
  readonly line: (text: string) => void;
  /** A line was longer than allowed; nothing of it is handed on. */
  readonly tooLong: () => void;
}

/** Cuts what arrives at line feeds; carriage returns are passed over. */
export class LineReader {
  readonly #line: Uint8Array;
  readonly #ends: LineEnds;
  #length = 0;

  /** @param most characters of a line */
  constructor(most: number, ends: LineEnds) {
    this.#line = new Uint8Array(most);
    this.#ends = ends;
  }

  /** Takes the next bytes; calls back once for each line that they end. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === LINE_FEED) this.#end();
      else if (byte !== CARRIAGE_RETURN) {
        // beyond its end a typed array takes nothing
        this.#line[this.#length] = byte;
        this.#length++;
      }
    }
  }

  #end(): void {
    const length = this.#length;
    this.#length = 0;
    if (length > this.#line.length) this.#ends.tooLong();
    else this.#ends.line(textOf(this.#line.subarray(0, length)));
  }
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}
