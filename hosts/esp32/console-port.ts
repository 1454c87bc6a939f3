/** Lines over the chip's serial port (native/console.c), looked at now and then: the driver keeps what comes between two looks. */

import { asciiBytes } from "../../core/bytes.ts";
import { MOST_LINE_CHARACTERS } from "../../firmware/console.ts";
import type { Scheduler } from "../../firmware/host.ts";
import { type LineEnds, LineReader } from "../../firmware/lines.ts";
import type { ConsoleWiring } from "./board.ts";
import { consoleWire } from "./native.ts";

/** What serial monitors begin with. */
const BAUD = 115_200;
/** At this speed some 230 bytes come between two looks. */
const LOOK_MS = 20;

/** One console. */
export class ConsolePort {
  readonly #reader: LineReader;

  constructor(wiring: ConsoleWiring, scheduler: Pick<Scheduler, "after">, ends: LineEnds) {
    this.#reader = new LineReader(MOST_LINE_CHARACTERS, ends);
    consoleWire.open(wiring.port, wiring.transmit, wiring.receive, BAUD);
    const look = (): void => {
      for (let bytes = consoleWire.read(); bytes !== undefined; bytes = consoleWire.read()) this.#reader.push(bytes);
      scheduler.after(LOOK_MS, look);
    };
    look();
  }

  /** Sends a line. */
  say(text: string): void {
    let plain = "";
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      plain += code < 0x20 ? " " : code > 0x7e ? "?" : text.charAt(i);
    }
    consoleWire.write(asciiBytes(`${plain}\r\n`));
  }
}
