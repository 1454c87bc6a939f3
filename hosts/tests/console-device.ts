/** A machine on Node with the firmware's own console on a TCP port: what a board or a simulator is to those who provision it. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { COMB_ENTRIES, type Table, tableInMemory } from "../../core/paillier/comb.ts";
import { aboutMachine } from "../../firmware/about.ts";
import { type BlobSink, ConfigurationSink, isFile } from "../../firmware/blob.ts";
import { Console, MOST_LINE_CHARACTERS } from "../../firmware/console.ts";
import type { Uplink } from "../../firmware/host.ts";
import { LineReader } from "../../firmware/lines.ts";
import type { Meter } from "../../firmware/meter.ts";
import { factoryReset, Provisioning } from "../../firmware/provisioning.ts";
import { systemClock } from "../node/clock.ts";
import { fileStore } from "../node/file-store.ts";
import { type NodePorts, nodeIdentity, startNodeMeter } from "../node/meter.ts";
import { nodeDigest, nodeEntropy, nodeVerify } from "../node/primitives.ts";
import { SystemScheduler } from "../node/scheduler.ts";

const MOST_TABLE_BYTES = 2 ** 20;

/** No broker is reached from here. */
const noUplink: Uplink = {
  publish: () => Promise.reject(new ChoirError("link_down", "uplink", "a broker", "none")),
  subscribe: () => {},
  onState: () => {},
  setWill: () => {},
  start: () => {},
  stop: () => {},
};

/** A table in a file, overwritten in place as a partition of the flash is. */
class TableFile implements BlobSink {
  readonly mostBytes = MOST_TABLE_BYTES;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  begin(): void {
    rmSync(this.#path, { force: true });
  }

  append(bytes: Uint8Array): void {
    writeFileSync(this.#path, bytes, { flag: "a" });
  }

  commit(length: number, sha256: Uint8Array): void {
    if (!this.holds(length, sha256)) throw new ChoirError("table_wrong", "table", "the bytes of its SHA-256", "others");
  }

  holds(length: number, sha256: Uint8Array): boolean {
    return existsSync(this.#path) && isFile(new Uint8Array(readFileSync(this.#path)), length, sha256, nodeDigest);
  }

  read(): Table | undefined {
    if (!existsSync(this.#path)) return undefined;
    const bytes = new Uint8Array(readFileSync(this.#path));
    return tableInMemory(bytes, bytes.length / COMB_ENTRIES / 2, nodeDigest);
  }
}

/** The machine; its folder is its flash. */
export class ConsoleDevice {
  readonly #folder: string;
  readonly #server: Server;
  readonly #table: TableFile;
  readonly #ports: NodePorts;
  readonly #scheduler = new SystemScheduler();
  readonly #console: Console;
  readonly #sockets = new Set<Socket>();
  #turn = Promise.resolve();
  readonly provisioning: Provisioning;
  /** Every line that it was told and that it said. */
  readonly told: string[] = [];
  readonly said: string[] = [];
  /** What comes over the wire when somebody opens it, before anything is asked. */
  noise: Uint8Array = new Uint8Array(0);
  /** Lines that get lost on their way in. */
  loses: (line: string) => boolean = () => false;
  /** How long it thinks about each line, in ms, one after the other. */
  slowMs = 0;
  meter: Meter | undefined;

  private constructor(folder: string, server: Server, ports: Partial<NodePorts>) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#server = server;
    this.#table = new TableFile(join(folder, "table"));
    this.#ports = {
      counters: new Map([[OBIS_IMPORT, { read: () => 0 }]]),
      samplers: new Map([[OBIS_EXPORT, { read: () => [] }]]),
      clock: systemClock(),
      entropy: nodeEntropy,
      store: fileStore(join(folder, "store")),
      uplink: noUplink,
      scheduler: this.#scheduler,
      log: { info: (text) => this.say(`log info ${text}`), warn: (text) => this.say(`log warn ${text}`) },
      ...ports,
    };
    const { store } = this.#ports;
    this.provisioning = new Provisioning({ store, verify: nodeVerify, digest: nodeDigest }, () => this.publicKey);
    this.#console = new Console(
      {
        scheduler: this.#scheduler,
        identity: () => this.publicKey,
        about: () => aboutMachine("node", this.provisioning),
        diagnostics: () => this.meter?.diagnostics(),
        sinks: { configuration: new ConfigurationSink(this.provisioning, nodeDigest), table: this.#table },
        pause: () => this.#stop(),
        restart: () => this.#boot(),
        forget: (everything) => factoryReset(store, everything),
      },
      (line) => this.say(line),
    );
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** Listens on a free port of the loopback. @param ports in place of an uplink that leads nowhere and a register that stands still */
  static async open(folder: string, ports: Partial<NodePorts> = {}): Promise<ConsoleDevice> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ConsoleDevice(folder, server, ports);
  }

  get publicKey(): Uint8Array {
    return nodeIdentity(this.#ports);
  }

  /** The seed of its identity, as its flash has it. */
  get seed(): Buffer {
    return readFileSync(join(this.#folder, "store/identity"));
  }

  get port(): string {
    // a TCP server that listens has an address and a port
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  say(line: string): void {
    this.said.push(line);
    for (const socket of this.#sockets) socket.write(`${line}\r\n`);
  }

  /** The cable is pulled. */
  unplug(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#stop();
    this.#scheduler.stop();
    this.unplug();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket)).on("error", () => socket.destroy());
    const reader = new LineReader(MOST_LINE_CHARACTERS, {
      line: (line) => {
        this.told.push(line);
        if (!this.loses(line)) this.#obeyInTurn(line);
      },
      tooLong: () => this.#console.refuseLongLine(),
    });
    socket.on("data", (bytes: Buffer) => reader.push(bytes));
    if (this.noise.length > 0) socket.write(this.noise);
  }

  #obeyInTurn(line: string): void {
    this.#turn = this.#turn.then(async () => {
      if (this.slowMs > 0) await setTimeout(this.slowMs);
      this.#console.obey(line);
    });
  }

  #stop(): void {
    this.meter?.stop();
    this.meter = undefined;
  }

  #boot(): void {
    this.#stop();
    const settings = this.provisioning.settings();
    if (settings === undefined) {
      this.say(`identity ${toHex(this.publicKey)}`);
      return;
    }
    this.meter = startNodeMeter(this.#ports, this.#table.read(), settings);
    this.say(`started ${toHex(this.meter.publicKey)}`);
  }
}
