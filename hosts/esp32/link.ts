/** The way to the broker: the uplink, by TLS where the configuration names authorities, tried only while there is a network and, for TLS, a time. */

import TCP from "embedded:io/socket/tcp";
import { ChoirError } from "../../core/errors.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import type { Clock, Log, Scheduler, Uplink } from "../../firmware/host.ts";
import { tlsSocket } from "../moddable/tls.ts";
import { ModdableUplink } from "../moddable/uplink.ts";
import type { Network } from "./network.ts";

/** A socket's description, as the SDK's clients take one. */
type Socket = Readonly<Record<string, unknown>>;

/** What a link needs. */
export interface LinkPorts {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly network: Network;
  readonly log: Log;
  readonly uniform: () => number;
  /** The broker has acknowledged a message. */
  readonly onPublished: () => void;
}

/** One meter's link. */
export class Link {
  readonly #ports: LinkPorts;
  readonly #uplink: ModdableUplink;
  readonly #told: Uplink;
  readonly #secure: Socket | undefined;
  #plugged = true;

  constructor({ meter, broker }: Pick<Configuration, "meter" | "broker">, ports: LinkPorts) {
    const { authorities, host, port, user, password } = broker;
    const { scheduler, uniform, log } = ports;
    this.#ports = ports;
    this.#secure =
      authorities === undefined ? undefined : tlsSocket(authorities, (why) => log.warn(`TLS: ${String(why)}`));
    const socket = this.#secure ?? this.plain;
    this.#uplink = new ModdableUplink({
      ...{ host, port, user, password, clientId: `meter-${meter}` },
      ...{ scheduler, uniform, socket },
    });
    this.#told = new ToldUplink(this.#uplink, ports.onPublished);
    this.#uplink.setReachable(false);
    ports.network.onState(() => this.look());
  }

  get plain(): Socket {
    return { io: TCP };
  }

  get secure(): Socket | undefined {
    return this.#secure;
  }

  get isUp(): boolean {
    return this.#uplink.isUp;
  }

  /** The uplink for the meter: what is acknowledged is told. */
  get uplink(): Uplink {
    return this.#told;
  }

  /** The cable: pulled, every attempt fails. */
  setCable(plugged: boolean): void {
    this.#plugged = plugged;
    this.look();
  }

  /** To be called when network, cable or clock may have changed. */
  look(): void {
    const { network, clock } = this.#ports;
    // certificates have dates
    const timely = this.#secure === undefined || clock.quality() !== "unset";
    this.#uplink.setReachable(this.#plugged && network.isUp && timely);
  }
}

/** A class, whose methods lie in flash. */
class ToldUplink implements Uplink {
  readonly #uplink: Uplink;
  readonly #onPublished: () => void;

  constructor(uplink: Uplink, onPublished: () => void) {
    this.#uplink = uplink;
    this.#onPublished = onPublished;
  }

  async publish(...message: Parameters<Uplink["publish"]>): Promise<void> {
    await this.#uplink.publish(...message);
    this.#onPublished();
  }

  subscribe(...subscription: Parameters<Uplink["subscribe"]>): void {
    this.#uplink.subscribe(...subscription);
  }

  onState(change: (up: boolean) => void): void {
    this.#uplink.onState(change);
  }

  setWill(topic: string, payload: Uint8Array): void {
    this.#uplink.setWill(topic, payload);
  }

  start(): void {
    this.#uplink.start();
  }

  stop(): void {
    this.#uplink.stop();
  }
}

/** @throws ChoirError config_invalid where a machine's inputs do not reach so far. */
export function checkInput(kind: string, input: number, inputs: number): void {
  if (input >= inputs) throw new ChoirError("config_invalid", `${kind} input`, `below ${inputs}`, `${input}`);
}
