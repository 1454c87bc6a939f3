/** Updates over the network: an address comes by MQTT, the file by HTTP, and the board starts again with the new image on trial (docs/HARDWARE.md, Updates). */

import { asciiBytes, fromHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Verify } from "../../core/ports.ts";
import { topics } from "../../core/wire/topics.ts";
import type { Log, Scheduler, Store, Uplink } from "../../firmware/host.ts";
import { FIRMWARE_VERSION } from "../../firmware/version.ts";
import { download } from "./download.ts";
import { parseAddress } from "./http-response.ts";
import { type HashStream, type ImageSlot, UpdateStream, type UpdateTerms } from "./update-stream.ts";

/** The version that was last written and is on trial, or was. */
const KEY = "update";

/** What updates need. */
export interface UpdatePorts {
  readonly uplink: Uplink;
  readonly scheduler: Pick<Scheduler, "after">;
  readonly store: Store;
  readonly log: Log;
  readonly verify: Verify;
  readonly hash: () => HashStream;
  readonly slot: ImageSlot;
  readonly chip: string;
  /** In hex; undefined: no update is taken. */
  readonly key: string | undefined;
  /** Sockets as for `ModdableUplink`; undefined where there is none of that kind. */
  readonly sockets: {
    readonly plain: Readonly<Record<string, unknown>>;
    readonly secure: Readonly<Record<string, unknown>> | undefined;
  };
  readonly restart: () => void;
}

/** Takes one update at a time. */
export class Updates {
  readonly #ports: UpdatePorts;
  #underWay = false;

  constructor(ports: UpdatePorts) {
    this.#ports = ports;
  }

  /** Listens for addresses that are meant for this meter. */
  follow(meter: string): void {
    this.#ports.uplink.subscribe(topics.update(meter), (_, payload) => this.#fetch(payload));
  }

  /** The running image has been confirmed. */
  static confirmed(store: Store): void {
    store.delete(KEY);
  }

  #fetch(payload: Uint8Array): void {
    if (this.#underWay || payload.length === 0) return;
    const { log, scheduler, sockets } = this.#ports;
    try {
      const address = parseAddress(textOf(payload));
      const socket = address.secure ? sockets.secure : sockets.plain;
      if (socket === undefined)
        throw new ChoirError("config_invalid", "update", "http://, without authorities", "https://");
      const stream = new UpdateStream(this.#terms(), this.#ports.slot);
      this.#underWay = true;
      log.info(`update: from ${address.host}`);
      download(address, socket, scheduler, {
        body: (bytes) => stream.push(bytes),
        end: () => stream.end(),
        done: (error) => this.#done(stream, error),
      });
    } catch (error) {
      log.warn(`update: ${wordsOf(error)}`);
    }
  }

  #terms(): UpdateTerms {
    const { chip, key, verify, hash, store } = this.#ports;
    if (key === undefined)
      throw new ChoirError("config_invalid", "update", "an image with an update key", "one without");
    const tried = store.get(KEY);
    const failed = tried === undefined ? undefined : textOf(tried);
    return { chip, version: FIRMWARE_VERSION, failed, key: fromHex(key), verify, hash };
  }

  #done(stream: UpdateStream, error: unknown): void {
    const { log, store, restart } = this.#ports;
    this.#underWay = false;
    if (error !== undefined) {
      stream.abandon();
      log.warn(`update: ${wordsOf(error)}`);
      return;
    }
    const version = stream.version ?? "";
    // noted before its first start, so that one that is given up is known for it
    store.set(KEY, asciiBytes(version));
    log.info(`update: version ${version} is tried now`);
    restart();
  }
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, 256)) text += String.fromCharCode(byte);
  return text;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
