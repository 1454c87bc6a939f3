/** Fetches a file by HTTP over a socket of the SDK, piece by piece, into whoever takes it. */

import { asciiBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Cancel, Scheduler } from "../../firmware/host.ts";
import { SystemResolver } from "../moddable/resolver.ts";
import { type HttpAddress, HttpResponse, requestFor } from "./http-response.ts";

/** A server that is silent for so long is given up. */
const SILENCE_MS = 60_000;

/** The SDK's sockets, as far as they are used here. */
interface Socket {
  read(bytes: number): ArrayBuffer;
  write(bytes: Uint8Array): unknown;
  close(): void;
}

/** Where the file goes. What it throws ends the download. */
export interface Download {
  body(bytes: Uint8Array): void;
  /** The server has sent all. */
  end(): void;
  /** Nothing comes any more; `error` is undefined after a good end. */
  done(error: unknown): void;
}

/** @param socket as for `ModdableUplink` */
export function download(
  address: HttpAddress,
  socket: Readonly<Record<string, unknown>>,
  scheduler: Pick<Scheduler, "after">,
  into: Download,
): void {
  new Fetching(address, socket, scheduler, into);
}

class Fetching {
  readonly #scheduler: Pick<Scheduler, "after">;
  readonly #into: Download;
  readonly #response: HttpResponse;
  #socket: Socket | undefined;
  #silence: Cancel | undefined;
  #asked = false;
  #over = false;

  constructor(
    address: HttpAddress,
    socket: Readonly<Record<string, unknown>>,
    scheduler: Pick<Scheduler, "after">,
    into: Download,
  ) {
    this.#scheduler = scheduler;
    this.#into = into;
    this.#response = new HttpResponse((bytes) => into.body(bytes));
    this.#listen();
    new SystemResolver().resolve({
      host: address.host,
      onResolved: (host, ip) => this.#try(() => this.#open(address, socket, host, ip)),
      onError: () => this.#finish(noServer(address.host)),
    });
  }

  #open(address: HttpAddress, socket: Readonly<Record<string, unknown>>, host: string, ip: string): void {
    if (this.#over) return;
    // a class of the SDK, described as its MQTT client takes one
    const Io = socket["io"] as new (options: Readonly<Record<string, unknown>>) => Socket;
    const opened: Socket = new Io({
      ...socket,
      address: ip,
      host,
      port: address.port,
      onReadable: (bytes: number) =>
        this.#try(() => {
          this.#listen();
          this.#response.push(new Uint8Array(opened.read(bytes)));
        }),
      onWritable: () =>
        this.#try(() => {
          if (this.#asked) return;
          this.#asked = true;
          opened.write(asciiBytes(requestFor(address)));
        }),
      // the end of a connection, good or bad: whether all has come, the file itself tells
      onError: () =>
        this.#try(() => {
          this.#into.end();
          this.#finish(undefined);
        }),
    });
    this.#socket = opened;
  }

  #listen(): void {
    this.#silence?.();
    this.#silence = this.#scheduler.after(SILENCE_MS, () => this.#finish(noServer("it")));
  }

  #try(step: () => void): void {
    if (this.#over) return;
    try {
      step();
    } catch (error) {
      this.#finish(error);
    }
  }

  #finish(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#silence?.();
    this.#socket?.close();
    this.#into.done(error);
  }
}

function noServer(host: string): ChoirError {
  return new ChoirError("link_down", "download", "a server that answers", host);
}
