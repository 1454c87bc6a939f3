/** A process of the head end as the street runs it: `choir aggregator`, `choir trustee` or `choir provider`, its clock stepped over the child's IPC channel. */

import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { ChoirError } from "../../core/errors.ts";

/** A message that a process published and the broker acknowledged. */
export interface SentMessage {
  readonly topic: string;
  readonly key: string;
}

/** What a process says once all that an instant set off in it has settled. */
export interface Settled {
  /** UTC of its next timer. */
  readonly nextMs: number | undefined;
  /** Whether all its links to the broker are up. */
  readonly linked: boolean;
  readonly sent: readonly SentMessage[];
  /** Keys of messages fully processed since its last word. */
  readonly handled: readonly string[];
}

/** How to start a process. */
export interface HeadEndOptions {
  /** The compiled entry of the `choir` command. */
  readonly cli: string;
  readonly party: "aggregator" | "provider" | "trustee";
  /** Whether the key's factors are published, as a demonstration's are. */
  readonly publishedKey?: boolean;
  readonly configFile: string;
  readonly clock: "stepped" | "system";
  /** Where its log goes. */
  readonly logFile: string;
  /** Lines of its stdout: its product. */
  readonly onLine: (line: string) => void;
  /** Told when it ends without being asked to. */
  readonly onExit: (error: ChoirError) => void;
}

/** How much of a process's stderr an error quotes. */
const STDERR_TAIL = 2000;
/** What the `choir` command puts before the error that it ends with. */
const LAST_WORD = "choir: ";

/** One running process. */
export class HeadEndProcess {
  readonly #child: ChildProcess;
  readonly #options: HeadEndOptions;
  readonly #replies = new Map<number, (settled: Settled) => void>();
  readonly #exited: Promise<void>;
  readonly #ready: Promise<readonly string[]>;
  #stderr = "";
  #nextId = 0;
  #ending = false;

  constructor(options: HeadEndOptions) {
    this.#options = options;
    const args = [options.cli, options.party, "--config", options.configFile, "--clock", options.clock];
    if (options.publishedKey) args.push("--demonstration");
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    // stdio says that both are pipes
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on("line", options.onLine);
    const log = createWriteStream(options.logFile, { flags: "a" });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log.write(text);
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    this.#child.once("close", () => log.end());
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on("message", (message) => this.#receive(message, resolve));
      this.#child.once("exit", () => reject(this.#failed("an exit before it was ready")));
    });
    this.#ready.catch(() => {});
    this.#exited = new Promise((resolve) => {
      this.#child.once("close", () => {
        resolve();
        this.#replies.clear();
        if (!this.#ending) options.onExit(this.#failed("an exit"));
      });
    });
  }

  /** Resolves when it is connected and subscribed, with the keys of what its store already held. */
  ready(): Promise<readonly string[]> {
    return this.#ready;
  }

  /** Sets its time, runs what is due, and waits until that has settled. */
  step(utcMs: number): Promise<Settled> {
    return this.#ask({ type: "step", utcMs });
  }

  /** Waits until nothing is under way in it. */
  settle(): Promise<Settled> {
    return this.#ask({ type: "settle" });
  }

  /** Takes up the roll that its config names; resolves when that is done, which only a stepped one tells. */
  async reload(): Promise<Settled | undefined> {
    if (this.#options.clock === "stepped") return this.#ask({ type: "reload" });
    this.#child.kill("SIGHUP");
    return undefined;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#ending = true;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** SIGTERM: it closes in good order. */
  async stop(): Promise<void> {
    this.#ending = true;
    this.#child.kill("SIGTERM");
    await this.#exited;
  }

  #ask(
    question: { readonly type: "step"; readonly utcMs: number } | { readonly type: "settle" | "reload" },
  ): Promise<Settled> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, resolve);
      // a process that dies under the question is reported by its exit; the question itself then fails
      void this.#exited.then(() => reject(this.#failed("an exit")));
      this.#child.send({ ...question, id }, (error) => {
        if (error) reject(this.#failed(error.message));
      });
    });
  }

  #receive(message: unknown, ready: (handled: readonly string[]) => void): void {
    if (typeof message !== "object" || message === null || !("type" in message)) return;
    // our own process at the other end of a private channel: headend/service/stepped.ts gives these shapes
    const word = message as
      | { readonly type: "ready"; readonly handled: readonly string[] }
      | (Omit<Settled, "nextMs"> & { readonly type: "settled"; readonly id: number; readonly nextMs: number | null });
    if (word.type === "ready") ready(word.handled);
    if (word.type !== "settled") return;
    const { id, nextMs, linked, sent, handled } = word;
    this.#replies.get(id)?.({ nextMs: nextMs ?? undefined, linked, sent, handled });
    this.#replies.delete(id);
  }

  /** Its own last word is quoted where it had one; all that it wrote is in its log. */
  #failed(got: string): ChoirError {
    const word = this.#stderr
      .split("\n")
      .filter((line) => line.startsWith(LAST_WORD))
      .at(-1);
    const detail = word === undefined ? `${got}; ${this.#stderr.trim()}` : `${got}: ${word.slice(LAST_WORD.length)}`;
    return new ChoirError("broker_failed", `choir ${this.#options.party}`, "a running process", detail);
  }
}
