/**
 * The debugger's end of a simulator, or of an emulated chip's serial port (the SDK's xsbug protocol, XML over TCP): lets the app run, and
 * collects its traces and its samples of memory.
 */

import { createServer, type Server, type Socket } from "node:net";
import { ChoirError } from "../../../core/errors.ts";

/** Bytes in use when the sample was taken, about once a second, and the bytes that are set aside for each use. */
export interface MemorySample {
  readonly atMs: number;
  readonly chunkBytes: number;
  readonly chunkHeapBytes: number;
  readonly slotBytes: number;
  readonly slotHeapBytes: number;
  /** The deepest since the sample before. */
  readonly stackBytes: number;
  readonly collections: number;
}

/** What the listener hands on. */
export interface DebugEnds {
  readonly trace: (line: string) => void;
  readonly sample: (sample: MemorySample) => void;
  /** The engine stopped at an error that nothing catches; it is let go on. */
  readonly stopped: (why: string) => void;
}

const NO_BREAKPOINTS = "\r\n<set-all-breakpoints></set-all-breakpoints>\r\n";
const GO = "\r\n<go/>\r\n";
/** Stops a running engine at its next step; before it says so it collects garbage, and samples what is left. */
const STEP = "\r\n<step/>\r\n";
/** How it says so, in the middle of its work and between two turns; nothing is wrong then. */
const STOPPED_AS_ASKED = ["# Break: step!", "# Break: C: xsDebugger!"];
const MESSAGE_END = "</xsbug>";
/** On a serial port the engine names itself before what it says, and expects its name before what it is told. */
const SERIAL_NAME = /<\?xs\.[0-9A-Fa-f]{8}\?>/;

/** Listens for one simulator. */
export class DebugListener {
  readonly #server: Server;
  readonly #ends: DebugEnds;
  readonly #sockets = new Set<Socket>();
  /** What goes before each word to the engine at that end: its name on a serial port. */
  readonly #names = new WeakMap<Socket, string>();
  /** Who waits for the engine to stop at a step. */
  #asking: ((left: MemorySample) => void)[] = [];

  private constructor(server: Server, ends: DebugEnds) {
    this.#server = server;
    this.#ends = ends;
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** Listens on a free port of the loopback. */
  static async open(ends: DebugEnds): Promise<DebugListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new DebugListener(server, ends);
  }

  get port(): number {
    return portOf(this.#server);
  }

  /**
   * What is in use once garbage is collected, which this has the engine do at its next step; it then goes on at once. Waits for as long
   * as no engine runs.
   */
  live(): Promise<MemorySample> {
    const left = new Promise<MemorySample>((resolve) => {
      this.#asking.push(resolve);
    });
    for (const socket of this.#sockets) this.#tell(socket, STEP);
    return left;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #tell(socket: Socket, words: string): void {
    socket.write(`${this.#names.get(socket) ?? ""}${words}`);
  }

  #answer(left: MemorySample | undefined): void {
    if (left === undefined) return;
    const asking = this.#asking;
    this.#asking = [];
    for (const resolve of asking) resolve(left);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8");
    let pending = "";
    let names: readonly string[] = [];
    let last: MemorySample | undefined;
    socket.on("data", (text: string) => {
      pending += text;
      for (let end = pending.indexOf(MESSAGE_END); end >= 0; end = pending.indexOf(MESSAGE_END)) {
        const message = pending.slice(0, end);
        pending = pending.slice(end + MESSAGE_END.length);
        const [name] = SERIAL_NAME.exec(message) ?? [];
        if (name !== undefined) this.#names.set(socket, `\r\n${name}`);
        if (message.includes("<login")) this.#tell(socket, NO_BREAKPOINTS);
        if (message.includes("<break")) {
          const why = unescaped(/<break[^>]*>([^<]*)/.exec(message)?.[1] ?? "").trim();
          if (STOPPED_AS_ASKED.some((said) => why.endsWith(said))) this.#answer(last);
          else if (why !== "") this.#ends.stopped(why);
        }
        if (message.includes("<break") || message.includes("<frames>")) this.#tell(socket, GO);
        for (const [, place, line] of message.matchAll(/<log([^>]*)>([^<]*)<\/log>/g)) {
          // both groups take part in every match
          this.#ends.trace(`${unescaped(line as string).trimEnd()}${place}`);
        }
        // the group takes part in every match
        if (message.includes("<instruments>")) {
          names = [...message.matchAll(/<instrument name="([^"]*)"/g)].map(([, name]) => name as string);
        }
        const values = /<samples>([^<]*)<\/samples>/.exec(message)?.[1];
        if (values === undefined) continue;
        last = sampleOf(names, values.split(",").map(Number));
        this.#ends.sample(last);
      }
    });
  }
}

/** The port of a server that listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new ChoirError("engine_failed", "listener", "a TCP port", String(address));
  }
  return address.port;
}

function sampleOf(names: readonly string[], values: readonly number[]): MemorySample {
  const value = (name: string): number => values[names.indexOf(name)] ?? 0;
  return {
    atMs: performance.now(),
    chunkBytes: value("Chunk used"),
    chunkHeapBytes: value("Chunk available"),
    slotBytes: value("Slot used"),
    slotHeapBytes: value("Slot available"),
    stackBytes: value("Stack used"),
    collections: value("Garbage collections"),
  };
}

function unescaped(text: string): string {
  const plain = text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  return plain.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
