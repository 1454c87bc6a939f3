/**
 * The console: the lines by which a machine is provisioned and looked at, over a serial port, a socket or a pipe (docs/OPERATIONS.md,
 * Console). It knows no platform: lines come in, lines go out, and what they do is done by the ports that it is handed.
 */

import { fromHex, toHex } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import type { Diagnostics } from "../core/wire/status.ts";
import type { About } from "./about.ts";
import { fromBase64 } from "./base64.ts";
import type { BlobSink } from "./blob.ts";
import type { Cancel, Scheduler } from "./host.ts";

/** The longest line that a machine takes, in characters. */
export const MOST_LINE_CHARACTERS = 600;
/** The most bytes that one `put` carries. */
export const MOST_PUT_BYTES = 384;
/** A machine that was stopped for a new table starts again after so long without a word. */
export const ABANDONED_MS = 60_000;
/** Characters of an error's text. */
const MOST_ERROR_CHARACTERS = 300;

/** What can be put. */
export const CONSOLE_FILES = ["configuration", "table"] as const;
export type ConsoleFile = (typeof CONSOLE_FILES)[number];

/** The machine, as the console moves it. */
export interface ConsoleMachine {
  readonly scheduler: Pick<Scheduler, "after">;
  /** Ed25519, 32 bytes; made when there is none. @throws ChoirError entropy_unseeded. */
  identity(): Uint8Array;
  about(): About;
  /** None while no meter runs. */
  diagnostics(): Diagnostics | undefined;
  /** Where the bytes of a file go. */
  readonly sinks: Readonly<Record<ConsoleFile, BlobSink>>;
  /** Stops the meter, until `restart`: nothing may read a table that is being replaced. */
  pause(): void;
  /** Starts the machine again, with what is in force now. */
  restart(): void;
  /** Factory reset (firmware/provisioning.ts); the meter is paused. */
  forget(everything: boolean): void;
}

/** Words of a host's own, by their verb. What they throw is answered. */
export type Verbs = Readonly<Record<string, (words: readonly string[]) => void>>;

/** Takes one line at a time and answers it before the next. */
export class Console {
  readonly #machine: ConsoleMachine;
  readonly #say: (line: string) => void;
  /** The console's own words, which no host's replace. */
  readonly #verbs: ReadonlyMap<string, (words: readonly string[]) => void>;
  readonly #more: Map<string, (words: readonly string[]) => void>;
  readonly #puts: Readonly<Record<ConsoleFile, Put>>;
  #paused = false;
  #abandoned: Cancel | undefined;

  constructor(machine: ConsoleMachine, say: (line: string) => void, more: Verbs = {}) {
    this.#machine = machine;
    this.#say = say;
    const { configuration, table } = machine.sinks;
    this.#puts = { configuration: new Put(configuration), table: new Put(table) };
    const own: Verbs = {
      identity: (words) => this.#identity(words),
      version: (words) => this.#version(words),
      diagnostics: (words) => this.#diagnostics(words),
      put: (words) => this.#put(words),
      commit: (words) => this.#commit(words),
      restart: (words) => this.#restart(words),
      forget: (words) => this.#forget(words),
    };
    this.#verbs = new Map(Object.entries(own));
    this.#more = new Map(Object.entries(more));
  }

  /** Says a line of a host's own. */
  say(line: string): void {
    this.#say(line);
  }

  /** Adds words of a host's own, or puts them in the place of others of its own. */
  teach(more: Verbs): void {
    for (const [verb, run] of Object.entries(more)) this.#more.set(verb, run);
  }

  /** Obeys a line. An empty one is passed over, so that whoever opens a port can end what noise began. */
  obey(line: string): void {
    const [verb = "", ...words] = line.split(" ");
    if (line === "") return;
    if (this.#paused) this.#waitForMore();
    this.#answer(() => {
      if (!isPlain(line) || line.length > MOST_LINE_CHARACTERS) throw wrong("line", "printable ASCII", "others");
      const run = this.#verbs.get(verb) ?? this.#more.get(verb);
      const known = [...this.#verbs.keys(), ...this.#more.keys()];
      if (run === undefined) throw wrong("line", known.join(", "), verb.slice(0, 40));
      run(words);
    });
  }

  /** Answers a line that was too long to be read. */
  refuseLongLine(): void {
    this.#refuse(wrong("line", `at most ${MOST_LINE_CHARACTERS} characters`, "more"));
  }

  #identity(words: readonly string[]): void {
    takeNone(words);
    this.#say(`identity ${toHex(this.#machine.identity())}`);
  }

  #version(words: readonly string[]): void {
    takeNone(words);
    this.#say(`version ${JSON.stringify(this.#machine.about())}`);
  }

  #diagnostics(words: readonly string[]): void {
    takeNone(words);
    this.#say(`diagnostics ${JSON.stringify(this.#machine.diagnostics() ?? null)}`);
  }

  /** `put FILE OFFSET BASE64`, answered `put FILE NEXT`: the offset that comes next. */
  #put(words: readonly string[]): void {
    const [file, offset, text] = take(words, 3, "put FILE OFFSET BASE64");
    const name = asFile(file);
    const bytes = fromBase64(text, `put ${name}`);
    if (bytes.length > MOST_PUT_BYTES) {
      throw new ChoirError("length_wrong", `put ${name}`, `at most ${MOST_PUT_BYTES} bytes`, `${bytes.length}`);
    }
    const at = asNumber(offset, "offset");
    if (name === "table" && at === 0) this.#pause();
    this.#say(`put ${name} ${this.#puts[name].take(at, bytes)}`);
  }

  /** `commit FILE LENGTH SHA256`, answered `committed FILE`; the same again is answered the same. */
  #commit(words: readonly string[]): void {
    const [file, length, sha256] = take(words, 3, "commit FILE LENGTH SHA256");
    const name = asFile(file);
    this.#puts[name].commit(asNumber(length, "length"), fromHex(sha256, "SHA-256"));
    this.#say(`committed ${name}`);
  }

  #restart(words: readonly string[]): void {
    takeNone(words);
    this.#say("restarting");
    this.#startAgain();
  }

  /** `forget configuration` or `forget everything`, answered `forgotten`; then the machine starts again. */
  #forget(words: readonly string[]): void {
    const [what] = take(words, 1, "forget configuration|everything");
    if (what !== "configuration" && what !== "everything") throw wrong("forget", "configuration or everything", what);
    this.#pause();
    this.#machine.forget(what === "everything");
    this.#say("forgotten");
    this.#startAgain();
  }

  #pause(): void {
    if (!this.#paused) this.#machine.pause();
    this.#paused = true;
    this.#waitForMore();
  }

  /** An installer who walks away leaves no meter standing still. */
  #waitForMore(): void {
    this.#abandoned?.();
    this.#abandoned = this.#machine.scheduler.after(ABANDONED_MS, () => this.#answer(() => this.#startAgain()));
  }

  #startAgain(): void {
    this.#abandoned?.();
    this.#abandoned = undefined;
    this.#paused = false;
    this.#machine.restart();
  }

  /** Does it, or says why not. */
  #answer(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ChoirError)) throw error;
      this.#refuse(error);
    }
  }

  #refuse({ code, message }: ChoirError): void {
    let text = "";
    for (let i = 0; i < Math.min(message.length, MOST_ERROR_CHARACTERS); i++) {
      text += isPlain(message.charAt(i)) ? message.charAt(i) : "?";
    }
    this.#say(`error ${code} ${text}`);
  }
}

/** One file on its way: the bytes come in order, and a piece that came already is taken as come. */
class Put {
  readonly #sink: BlobSink;
  #next = 0;
  #open = false;

  constructor(sink: BlobSink) {
    this.#sink = sink;
  }

  /** The offset that comes next. @throws ChoirError value_out_of_range for a hole, length_wrong for more than the sink holds. */
  take(offset: number, bytes: Uint8Array): number {
    if (offset === 0) {
      this.#sink.begin();
      this.#open = true;
      this.#next = 0;
    }
    const end = offset + bytes.length;
    // an answer was lost, and the piece came again
    if (this.#open && end === this.#next) return end;
    if (!this.#open || offset !== this.#next) {
      throw new ChoirError("value_out_of_range", "offset", this.#open ? `${this.#next}` : "0", `${offset}`);
    }
    if (end > this.#sink.mostBytes) {
      throw new ChoirError("length_wrong", "file", `at most ${this.#sink.mostBytes} bytes`, `${end}`);
    }
    this.#sink.append(bytes);
    this.#next = end;
    return end;
  }

  commit(length: number, sha256: Uint8Array): void {
    if (!this.#open) {
      // what is in force already need not come again
      if (this.#sink.holds(length, sha256)) return;
      throw new ChoirError("input_invalid", "commit", "a file that was put, or the one in force", "neither");
    }
    if (length !== this.#next) throw new ChoirError("length_wrong", "file", `${length} bytes`, `${this.#next}`);
    this.#open = false;
    this.#next = 0;
    this.#sink.commit(length, sha256);
  }
}

function asFile(word: string): ConsoleFile {
  const file = CONSOLE_FILES.find((one) => one === word);
  if (file === undefined) throw wrong("file", CONSOLE_FILES.join(" or "), word.slice(0, 40));
  return file;
}

function asNumber(word: string, name: string): number {
  const value = Number(word);
  if (!Number.isSafeInteger(value) || value < 0 || `${value}` !== word) throw wrong(name, "a whole number", "others");
  return value;
}

function takeNone(words: readonly string[]): void {
  if (words.length > 0) throw wrong("line", "one word", `${words.length + 1}`);
}

/** Exactly so many words behind the verb. */
function take(words: readonly string[], count: 1, usage: string): readonly [string];
function take(words: readonly string[], count: 3, usage: string): readonly [string, string, string];
function take(words: readonly string[], count: number, usage: string): readonly string[] {
  if (words.length !== count) throw wrong("line", usage, `${words.length + 1} words`);
  return words;
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function wrong(subject: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", subject, expected, got);
}
