/** Lines to and from a machine's console, and waiting for the ones that matter (docs/OPERATIONS.md, Console). */

import type { Socket } from "node:net";
import { ChoirError } from "../../../core/errors.ts";
import { LineReader } from "../../../firmware/lines.ts";
import { openLinePort } from "./line-port.ts";

/** How a question is asked. */
export interface Asking {
  /** How long to wait for the answer, in ms. */
  readonly waitMs?: number;
  /** How often it is asked before silence is taken for an answer; above 1 only what may be done twice. */
  readonly tries?: number;
  /** Passes over what the machine says of a line that it did not understand: noise may have come before the question. */
  readonly afterNoise?: boolean;
}

const WAIT_MS = 60_000;
/** A question that may be asked at any time; its answer begins with it. */
const SETTLING = "version";
const MOST_HEARD_CHARACTERS = 8_192;

interface Waiting {
  readonly wanted: (line: string) => boolean;
  readonly resolve: (line: string) => void;
  readonly reject: (error: ChoirError) => void;
}

/** One open port. What it says unasked, and what nobody waits for, goes to `onLine`. */
export class LineSession {
  readonly #port: string;
  readonly #socket: Socket;
  readonly #waiting = new Set<Waiting>();
  #gone: ChoirError | undefined;
  /** A line was said more than once, so answers to it may still come. */
  #owed = false;

  private constructor(port: string, socket: Socket, onLine: (line: string) => void) {
    this.#port = port;
    this.#socket = socket;
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("the end of the connection"));
    const hear = (line: string): void => {
      for (const one of [...this.#waiting]) if (one.wanted(line)) one.resolve(line);
      onLine(line);
    };
    // what is longer than any line of ours is a board's own noise
    const reader = new LineReader(MOST_HEARD_CHARACTERS, { line: hear, tooLong: () => {} });
    socket.on("data", (bytes: Buffer) => reader.push(bytes));
  }

  /** Opens a serial port by its path, or `tcp://host:port`. @throws (rejects) ChoirError device_failed. */
  static async open(port: string, onLine: (line: string) => void = () => {}): Promise<LineSession> {
    return new LineSession(port, await openLinePort(port), onLine);
  }

  send(line: string): void {
    if (this.#gone === undefined) this.#socket.write(`${line}\n`);
  }

  /** The next line that is wanted. @throws (rejects) ChoirError device_failed when it does not come in time, or the port is gone. */
  next(wanted: (line: string) => boolean, what: string, waitMs: number = WAIT_MS): Promise<string> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        wanted,
        resolve: (line) => {
          settle();
          resolve(line);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiting.reject(this.#failed(what, `nothing in ${waitMs} ms`)), waitMs);
      this.#waiting.add(waiting);
    });
  }

  /**
   * Sends a line and returns what follows the beginning of its answer.
   * @throws (rejects) ChoirError device_failed with what an `error` line says, for silence, and when the port is gone.
   */
  async ask(line: string, answer: string, asking: Asking = {}): Promise<string> {
    const { waitMs = WAIT_MS, tries = 1, afterNoise = false } = asking;
    if (this.#owed) await this.#settle();
    const isAnswer = (said: string): boolean => said === answer || said.startsWith(`${answer} `);
    const isRefusal = (said: string): boolean =>
      said.startsWith("error ") && !(afterNoise && said.startsWith("error input_invalid line:"));
    for (let left = tries - 1; ; left--) {
      const answered = this.next((said) => isAnswer(said) || isRefusal(said), answer, waitMs);
      this.send(line);
      try {
        const said = await answered;
        if (isAnswer(said)) return said.slice(answer.length + 1);
        throw this.#failed(answer, said);
      } catch (error) {
        // a refusal and a port that is gone are answers; only silence is worth another try
        if (left <= 0 || this.#gone !== undefined || !isSilence(error)) throw error;
        this.#owed = true;
      }
    }
  }

  close(): void {
    this.#end("a port that was closed");
    this.#socket.destroy();
  }

  /** Lets late answers pass by: a machine answers in order, so they have come when this one has. */
  async #settle(): Promise<void> {
    const settled = this.next((said) => said.startsWith(`${SETTLING} `), SETTLING);
    this.send(SETTLING);
    await settled;
    this.#owed = false;
  }

  #end(why: string): void {
    this.#gone ??= this.#failed("an open port", why);
    for (const { reject } of [...this.#waiting]) reject(this.#gone);
  }

  #failed(expected: string, got: string): ChoirError {
    return new ChoirError("device_failed", this.#port, expected, got);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof ChoirError && error.got.startsWith("nothing in ");
}
