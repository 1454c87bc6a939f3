/** The control connection, in this host alone: lines over TCP by which a test or a street moves the counters and the cable, and hears what the meter says. */

import TCP from "embedded:io/socket/tcp";
import { MOST_LINE_CHARACTERS } from "../../firmware/console.ts";
import { type LineEnds, LineReader } from "../../firmware/lines.ts";
import { system } from "./native.ts";

const LOOPBACK = "127.0.0.1";

/** Lines in both directions. Where the connection breaks, the power goes: no app outlives its controller, which may have been killed. */
export class Control {
  readonly #socket: TCP;
  readonly #unsent: Uint8Array[] = [];
  readonly #reader: LineReader;
  #free = 0;

  /** @param ends are told of each line that arrives. */
  constructor(port: number, ends: LineEnds) {
    this.#reader = new LineReader(MOST_LINE_CHARACTERS, ends);
    this.#socket = new TCP({
      address: LOOPBACK,
      port,
      onReadable: (bytes) => this.#receive(bytes),
      onWritable: (bytes) => {
        this.#free = bytes;
        this.#flush();
      },
      onError: () => system.cutPower(),
    });
  }

  /** Sends a line. */
  say(text: string): void {
    this.#unsent.push(new Uint8Array(ArrayBuffer.fromString(`${text.split("\n").join(" ")}\n`)));
    this.#flush();
  }

  #flush(): void {
    while (this.#free > 0) {
      const bytes = this.#unsent[0];
      if (bytes === undefined) return;
      const part = bytes.subarray(0, this.#free);
      this.#free -= part.length;
      if (part.length < bytes.length) this.#unsent[0] = bytes.subarray(part.length);
      else this.#unsent.shift();
      this.#socket.write(part);
    }
  }

  #receive(bytes: number): void {
    // the default format of the socket is a buffer
    this.#reader.push(new Uint8Array(this.#socket.read(bytes) as ArrayBuffer));
  }
}
