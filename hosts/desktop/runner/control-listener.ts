/** The controller's end of a simulated meter (hosts/desktop/control.ts): lines over TCP, and waiting for the ones that matter. */

import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { portOf } from "../../moddable/runner/debug-listener.ts";

interface Waiting {
  readonly beginning: string;
  readonly resolve: (rest: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Listens for one meter at a time. */
export class ControlListener {
  readonly #server: Server;
  readonly #onLine: (line: string) => void;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];

  private constructor(server: Server, onLine: (line: string) => void) {
    this.#server = server;
    this.#onLine = onLine;
    server.on("connection", (socket) => {
      this.#socket = socket;
      socket.on("error", () => socket.destroy());
      const lines = createInterface({ input: socket }).on("line", (line) => this.#receive(line));
      // it repeats the socket's own error, which is dealt with above
      lines.on("error", () => {});
    });
  }

  /** Listens on a free port of the loopback. */
  static async open(onLine: (line: string) => void): Promise<ControlListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new ControlListener(server, onLine);
  }

  get port(): number {
    return portOf(this.#server);
  }

  send(line: string): void {
    this.#socket?.write(`${line}\n`);
  }

  /** Resolves with what follows the beginning of the next line that begins so. */
  next(beginning: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ beginning, resolve, reject });
    });
  }

  /** Whoever waits for a line waits in vain. */
  fail(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #receive(line: string): void {
    this.#onLine(line);
    const heard = this.#waiting.filter(({ beginning }) => line.startsWith(beginning));
    this.#waiting = this.#waiting.filter((one) => !heard.includes(one));
    for (const { beginning, resolve } of heard) resolve(line.slice(beginning.length).trim());
  }
}
