/** A TCP port behind which a meter's console lies that has no port of its own: a simulator, which connects to its runner, or a board that the runner holds. */

import { createServer, type Server, type Socket } from "node:net";
import { MOST_LINE_CHARACTERS } from "../../../firmware/console.ts";
import { LineReader } from "../../../firmware/lines.ts";
import { portOf } from "./debug-listener.ts";

/** Any number of connections; each is told all that the meter says. */
export class ConsoleBridge {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, tell: (line: string) => void) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => socket.destroy());
      const reader = new LineReader(MOST_LINE_CHARACTERS, {
        line: tell,
        // the meter would refuse it, and is not there to do so
        tooLong: () => socket.write(`error input_invalid line: longer than ${MOST_LINE_CHARACTERS} characters\n`),
      });
      socket.on("data", (bytes: Buffer) => reader.push(bytes));
    });
  }

  /**
   * Listens on the loopback.
   * @param port 0 for a free one
   * @param tell is told of each line for the meter
   */
  static async open(port: number, tell: (line: string) => void): Promise<ConsoleBridge> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return new ConsoleBridge(server, tell);
  }

  /** As `choir provision --port` takes it. */
  get address(): string {
    return `tcp://127.0.0.1:${portOf(this.#server)}`;
  }

  /** A line that the meter said. */
  say(line: string): void {
    for (const socket of this.#sockets) socket.write(`${line}\n`);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
