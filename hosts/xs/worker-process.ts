/** One XS engine in a process of its own, driven over the worker's netstring protocol: commands down fd 3, replies and queries up fd 4. */

import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { asciiBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { encodeNetstring, NetstringReader } from "./netstring.ts";

/** First byte of a message to the worker. */
const TO_WORKER = {
  evaluate: asciiBytes("e"),
  command: asciiBytes("?"),
  snapshot: asciiBytes("w"),
  quit: asciiBytes("q"),
  answer: asciiBytes("/"),
};
/** First byte of a message from the worker. */
const FROM_WORKER = { done: 0x2e, thrown: 0x21, query: 0x3f };
/** Ends the meter's JSON in a `done` reply. */
const METER_END = 0x01;
/** How much of the worker's stderr an error quotes, in characters from its end. */
const STDERR_TAIL = 2000;
/** The worker's own exit codes. */
const EXIT_MEANING: Readonly<Record<number, string>> = {
  1: "bad usage",
  2: "input or output failed, or the snapshot was refused",
  11: "out of memory",
  12: "stack overflow",
  16: "out of property names",
};

/** What the engine answered, and what it cost. */
export interface EngineReply {
  readonly reply: Uint8Array;
  /** Deterministic cost in the engine's own units, modulo 2^32: some five seconds of BigInt products wrap it. */
  readonly compute: number;
}

export interface WorkerOptions {
  /** From `xsWorkerPath()`. */
  readonly workerPath: string;
  /** Start from this snapshot, written by the same binary, instead of an empty engine. */
  readonly snapshotPath?: string;
  /**
   * Answers what the engine asks with its global `issueCommand(ArrayBuffer)`. The engine stands still meanwhile, so the
   * answer is synchronous. What it throws fails the command that asked, and ends the worker.
   */
  readonly onQuery?: (query: Uint8Array) => Uint8Array;
}

interface Job {
  readonly message: Uint8Array;
  /** A reply without a byte is how the engine shows a handler that gave no bytes. */
  readonly mayBeEmpty: boolean;
  readonly accept: (reply: EngineReply) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * A running worker. Jobs run one at a time in the order given; every failure of the engine is a ChoirError
 * `engine_failed` that names the end of the worker's stderr.
 *
 * What the bundle in the engine has to obey:
 * - `handleCommand(ArrayBuffer)` returns an ArrayBuffer of at least one byte, or an object whose `result` is one by the
 *   time no promise job and no setImmediate is left. A Promise, a Uint8Array or undefined comes back as an empty reply.
 * - a promise rejected without a handler fails the command during which it happened; the worker lives on.
 * - a stack overflow (4,096 slots, fixed in the binary) or a throwing setImmediate callback ends the process.
 *
 * The engine runs without a metering limit, so a long job is never aborted.
 */
export class WorkerProcess {
  readonly #process: ChildProcess;
  readonly #toWorker: Socket | undefined;
  readonly #onQuery: (query: Uint8Array) => Uint8Array;
  readonly #exited: Promise<void>;
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #closing = false;
  /** Why this worker answers nothing any more. */
  #failure: { readonly error: unknown } | undefined;
  /** What the worker has printed since the last job was settled: it prints only what went wrong. */
  #stderr = "";

  /** Spawns the worker; a worker that cannot start fails its first job. */
  constructor(options: WorkerOptions) {
    this.#onQuery = options.onQuery ?? refuseQuery;
    const args = options.snapshotPath === undefined ? [] : ["-r", resolve(options.snapshotPath)];
    // An empty environment: the engine reads none, and a core dump or a process list then shows nothing of ours.
    this.#process = spawn(options.workerPath, args, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"], env: {} });
    this.#exited = new Promise((settle) => {
      this.#process.once("close", (code, signal) => {
        this.#end(this.#failed(describeExit(code, signal)));
        settle();
      });
      this.#process.once("error", (error) => {
        this.#end(this.#failed(error.message));
        // Without a process there may be no `close` to wait for.
        if (this.#process.pid === undefined) settle();
      });
    });
    // Node leaves stdio out altogether when it has no file descriptor left, whatever its type says.
    const [, , stderr, toWorker, fromWorker] = this.#process.stdio ?? [];
    if (!(stderr instanceof Socket && toWorker instanceof Socket && fromWorker instanceof Socket)) return;
    this.#toWorker = toWorker;
    const reader = new NetstringReader((message) => this.#receive(message));
    fromWorker.on("data", (chunk: Uint8Array) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.#end(error);
      }
    });
    // A broken pipe is the worker's death seen from this side; `close` reports it with the exit code.
    for (const stream of [stderr, toWorker, fromWorker]) stream.on("error", () => undefined);
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
  }

  /** The worker's process id, undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Runs a script; the reply is its completion value where that is an ArrayBuffer, else empty. */
  evaluate(source: string): Promise<EngineReply> {
    return this.#enqueue([TO_WORKER.evaluate, new TextEncoder().encode(source)], true);
  }

  /** Calls the engine's `handleCommand` and waits until the engine is idle. An empty reply is an error. */
  command(bytes: Uint8Array): Promise<EngineReply> {
    return this.#enqueue([TO_WORKER.command, bytes], false);
  }

  /** Writes the engine's whole heap to a file, which must be on a local disk; resolves when it is complete. */
  async writeSnapshot(path: string): Promise<void> {
    await this.#enqueue([TO_WORKER.snapshot, new TextEncoder().encode(resolve(path))], false);
  }

  /**
   * A power cut: nothing that the engine has said or asked is heard any more from this call on, jobs not yet answered
   * are rejected. Resolves when the process is gone. May be called from within `onQuery`.
   */
  kill(): Promise<void> {
    this.#end(this.#failed("killed"));
    return this.#exited;
  }

  /** Lets the jobs given so far finish, then ends the process in good order. */
  close(): Promise<void> {
    if (!this.#closing && this.#failure === undefined) {
      const quit = { message: encodeNetstring(TO_WORKER.quit), mayBeEmpty: true, accept: ignore, refuse: ignore };
      this.#waiting.push(quit);
      this.#closing = true;
      this.#startNext();
    }
    return this.#exited;
  }

  #enqueue(parts: readonly Uint8Array[], mayBeEmpty: boolean): Promise<EngineReply> {
    return new Promise((accept, refuse) => {
      if (this.#failure !== undefined) return refuse(this.#failure.error);
      if (this.#closing) return refuse(this.#failed("closed"));
      this.#waiting.push({ message: encodeNetstring(...parts), mayBeEmpty, accept, refuse });
      this.#startNext();
    });
  }

  #startNext(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) return;
    this.#toWorker?.write(this.#running.message);
  }

  #receive(message: Uint8Array): void {
    const job = this.#running;
    // After kill() no job is running: what the worker had still said ends here, unheard.
    if (job === undefined) throw this.#failed("a message out of turn");
    const body = message.subarray(1);
    if (message[0] === FROM_WORKER.query) {
      const answer = this.#onQuery(body);
      if (this.#failure === undefined) this.#toWorker?.write(encodeNetstring(TO_WORKER.answer, answer));
    } else if (message[0] === FROM_WORKER.done) {
      const reply = parseReply(body);
      this.#afterStderr(() => {
        if (this.#stderr !== "") job.refuse(this.#failed("an unhandled rejection"));
        else if (reply.reply.length === 0 && !job.mayBeEmpty) job.refuse(this.#failed("no bytes from handleCommand"));
        else job.accept(reply);
      });
    } else if (message[0] === FROM_WORKER.thrown) {
      const thrown = new TextDecoder().decode(body);
      this.#afterStderr(() => job.refuse(this.#failed(thrown)));
    } else {
      throw this.#failed("an unknown message");
    }
  }

  /**
   * Settles the running job once all stderr that the worker wrote before its reply has been read: the second
   * setImmediate follows a poll of every pipe that began after the reply had come.
   */
  #afterStderr(settle: () => void): void {
    setImmediate(() =>
      setImmediate(() => {
        if (this.#failure !== undefined) return;
        this.#running = undefined;
        settle();
        this.#stderr = "";
        this.#startNext();
      }),
    );
  }

  #end(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#process.kill("SIGKILL");
    const jobs = this.#running === undefined ? this.#waiting.splice(0) : [this.#running, ...this.#waiting.splice(0)];
    this.#running = undefined;
    for (const job of jobs) job.refuse(error);
  }

  #failed(what: string): ChoirError {
    const stderr = this.#stderr.trim();
    return new ChoirError("engine_failed", "XS worker", "an answer", stderr === "" ? what : `${what}: ${stderr}`);
  }
}

/** `{"currentHeapCount":1,"compute":2,...}`, a byte 1, then the reply itself. */
function parseReply(body: Uint8Array): EngineReply {
  const end = body.indexOf(METER_END);
  const compute = /"compute":(\d+)/.exec(new TextDecoder().decode(body.subarray(0, Math.max(end, 0))))?.[1];
  if (compute === undefined) throw new ChoirError("engine_failed", "XS worker", "a reply with its meter", "none");
  return { reply: body.subarray(end + 1), compute: Number(compute) };
}

function describeExit(code: number | null, signal: string | null): string {
  if (code === null) return `ended by ${signal}`;
  const meaning = EXIT_MEANING[code];
  return meaning === undefined ? `exit ${code}` : `exit ${code} (${meaning})`;
}

function refuseQuery(): never {
  throw new ChoirError("engine_failed", "XS worker", "no query", "a query");
}

function ignore(): void {}
