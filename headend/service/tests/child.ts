/** Head-end processes under test: children stepped over IPC, their results, and a broker in this process. */

import { type ChildProcess, fork } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Aedes } from "aedes";

/** What a stepped child answers. */
export interface Settled {
  readonly type: "settled";
  readonly id: number;
  readonly nextMs: number | null;
  readonly linked: boolean;
  readonly sent: readonly { readonly topic: string; readonly key: string }[];
  readonly handled: readonly string[];
}

/** A child process with a stepped clock. */
export class SteppedProcess {
  readonly process: ChildProcess;
  readonly ready: Promise<{ readonly handled: readonly string[] }>;
  /** Its standard output, line by line, parsed. */
  readonly lines: Record<string, unknown>[] = [];
  /** Its standard error. */
  log = "";
  readonly ended: Promise<number | null>;
  readonly #answers = new Map<number, (settled: Settled) => void>();
  #lastId = 0;
  #handledUnasked = 0;

  /** @param main of a test's own, beside this module or an absolute URL */
  constructor(main: string | URL, ...args: readonly string[]) {
    const path = typeof main === "string" ? main : fileURLToPath(main);
    this.process = fork(path, [...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let rest = "";
    this.process.stdout?.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) this.lines.push(JSON.parse(line));
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    this.ended = new Promise((resolve) => this.process.on("exit", (code) => resolve(code)));
    this.ready = new Promise((resolve, reject) => {
      this.process.on("message", (message: Settled | { type: "ready"; handled: readonly string[] }) => {
        if (message.type === "ready") resolve(message);
        else {
          this.#handledUnasked += message.handled.length;
          this.#answers.get(message.id)?.(message);
        }
      });
      this.process.on("exit", (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${this.log}`)));
    });
    // not every test waits for it
    this.ready.catch(() => {});
  }

  step(utcMs: number): Promise<Settled> {
    return this.#order({ type: "step", utcMs });
  }

  reload(): Promise<Settled> {
    return this.#order({ type: "reload" });
  }

  settle(): Promise<Settled> {
    return this.#order({ type: "settle" });
  }

  /** Settles until it has handled so many more messages than earlier calls asked for, those handled during a step among them. */
  async handled(count: number): Promise<void> {
    while (this.#handledUnasked < count) {
      await this.settle();
      if (this.#handledUnasked < count) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#handledUnasked -= count;
  }

  async terminate(): Promise<number | null> {
    this.process.kill("SIGTERM");
    return this.ended;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  #order(
    order: { readonly type: "step"; readonly utcMs: number } | { readonly type: "settle" | "reload" },
  ): Promise<Settled> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.process.send({ ...order, id });
    });
  }
}

/** A broker in this process. */
export interface TestBroker {
  readonly url: string;
  readonly port: number;
  readonly aedes: Aedes;
  close(): Promise<void>;
}

/** Starts aedes on a free port, or on the given one. */
export async function startAedes(port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  // a TCP server that listens has an address and a port
  const address = server.address() as AddressInfo;
  return {
    aedes,
    port: address.port,
    url: `mqtt://127.0.0.1:${address.port}`,
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
