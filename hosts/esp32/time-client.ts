/** Asks time servers, one after the other, soon until one has answered and seldom from then on (RFC 4330, 10). */

import UDP from "embedded:io/socket/udp";
import { type BackoffLimits, backoffMs } from "../../core/backoff.ts";
import type { Entropy } from "../../core/ports.ts";
import type { Cancel, Scheduler } from "../../firmware/host.ts";
import { SystemResolver } from "../moddable/resolver.ts";
import { readSntp, sntpRequest, type TimeSample } from "./sntp-packet.ts";

const PORT = 123;
const ANSWER_MS = 5_000;
const POLL_MS = 1_800_000;
const BACKOFF: BackoffLimits = { firstMs: 2_000, mostMs: 300_000 };
const COOKIE_BYTES = 8;
/** Who is asked where the configuration names nobody. */
const SERVERS = ["pool.ntp.org"];

/** What the SDK's typings leave out of its sockets. */
interface Closing {
  close(): void;
}

/** What a client needs. */
export interface TimeClientPorts {
  /** UTC in ms as the board has it, right or wrong, with a fraction. */
  readonly utcMs: () => number;
  readonly scheduler: Pick<Scheduler, "after">;
  readonly entropy: Entropy;
  readonly uniform: () => number;
  /** Takes a server's word; false where it is of no use. */
  readonly take: (sample: TimeSample) => boolean;
}

/** One client; it asks while it is running. */
export class TimeClient {
  readonly #servers: readonly string[];
  readonly #ports: TimeClientPorts;
  #running = false;
  #attempts = 0;
  #next = 0;
  #socket: Closing | undefined;
  #timer: Cancel | undefined;

  /** @param servers host names; none: this client's own choice */
  constructor(servers: readonly string[], ports: TimeClientPorts) {
    this.#servers = servers.length > 0 ? servers : SERVERS;
    this.#ports = ports;
  }

  /** With the network. */
  setRunning(running: boolean): void {
    if (running === this.#running) return;
    this.#running = running;
    this.#attempts = 0;
    this.#end();
    if (running) this.#ask();
  }

  #ask(): void {
    // a server of the list in turn
    const host = this.#servers[this.#next % this.#servers.length] as string;
    this.#next++;
    this.#timer = this.#ports.scheduler.after(ANSWER_MS, () => this.#failed());
    const turn = this.#next;
    new SystemResolver().resolve({
      host,
      onResolved: (_, address) => {
        if (this.#running && turn === this.#next) this.#send(address);
      },
      onError: () => {
        // the timer brings the next attempt
      },
    });
  }

  #send(address: string): void {
    const { entropy, utcMs } = this.#ports;
    try {
      const cookie = new Uint8Array(COOKIE_BYTES);
      entropy.fill(cookie);
      const sentMs = utcMs();
      const socket = new UDP({
        onReadable: (packets: number) => {
          const gotMs = utcMs();
          for (let packet = 0; packet < packets; packet++) {
            this.#receive(new Uint8Array(socket.read()), cookie, sentMs, gotMs);
          }
        },
      });
      this.#socket?.close();
      // it has the method, as every socket
      this.#socket = socket as unknown as Closing;
      socket.write(sntpRequest(cookie), address, PORT);
    } catch {
      // without an interface, without room or without entropy: the timer brings the next attempt
    }
  }

  #receive(packet: Uint8Array, cookie: Uint8Array, sentMs: number, gotMs: number): void {
    try {
      if (!this.#ports.take(readSntp(packet, cookie, sentMs, gotMs))) return;
    } catch {
      // somebody else's packet, or a server that does not know the time
      return;
    }
    this.#attempts = 0;
    this.#later(POLL_MS * (0.9 + 0.2 * this.#ports.uniform()));
  }

  #failed(): void {
    this.#later(backoffMs(this.#attempts++, this.#ports.uniform(), BACKOFF));
  }

  #later(waitMs: number): void {
    this.#end();
    this.#timer = this.#ports.scheduler.after(waitMs, () => this.#ask());
  }

  #end(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }
}
