/** Wi-Fi as a station, by the SDK's ECMA-419 interface: it never holds up the start, and comes back with jittered backoff, however late the access point does. */

import WiFi from "embedded:network/interface/wifi";
import { type BackoffLimits, backoffMs } from "../../core/backoff.ts";
import type { Wifi } from "../../core/wire/reach.ts";
import type { Cancel, Scheduler } from "../../firmware/host.ts";
import { type Network, NetworkState } from "./network.ts";

const BACKOFF: BackoffLimits = { firstMs: 2_000, mostMs: 60_000 };
/** An attempt that has neither an address nor an end after so long is given up. */
const ATTEMPT_MS = 45_000;
/** States of the interface (ECMA-419): 200 apart, 300 on its way, 400 joined, 500 with an address. */
const APART = 200;
const ADDRESSED = 500;

/** One radio. */
export class Radio implements Network {
  readonly #wifi: Wifi;
  readonly #scheduler: Pick<Scheduler, "after">;
  readonly #uniform: () => number;
  readonly #state = new NetworkState();
  #interface: WiFi | undefined;
  #attempts = 0;
  #timer: Cancel | undefined;

  /** @param uniform a number in 0 <= u < 1, fresh for each call */
  constructor(wifi: Wifi, scheduler: Pick<Scheduler, "after">, uniform: () => number) {
    this.#wifi = wifi;
    this.#scheduler = scheduler;
    this.#uniform = uniform;
  }

  get isUp(): boolean {
    return this.#state.isUp;
  }

  /** Of the access point, in dBm; undefined while there is none. */
  get signal(): number | undefined {
    return this.#interface?.RSSI;
  }

  onState(change: (up: boolean) => void): void {
    this.#state.onState(change);
  }

  start(): void {
    this.#interface ??= new WiFi({ onChanged: () => this.#changed() });
    this.#attempt();
  }

  #changed(): void {
    const connection = this.#interface?.connection ?? APART;
    if (connection >= ADDRESSED) {
      this.#attempts = 0;
      this.#timer?.();
      this.#state.become(true);
    } else if (connection <= APART) this.#tryLater();
  }

  #attempt(): void {
    const { ssid, password } = this.#wifi;
    this.#timer = this.#scheduler.after(ATTEMPT_MS, () => {
      this.#interface?.disconnect();
      this.#tryLater();
    });
    try {
      this.#interface?.connect({ SSID: ssid, ...(password === undefined ? {} : { password: password.reveal() }) });
    } catch {
      this.#tryLater();
    }
  }

  #tryLater(): void {
    this.#state.become(false);
    this.#timer?.();
    const waitMs = backoffMs(this.#attempts, this.#uniform(), BACKOFF);
    this.#attempts++;
    this.#timer = this.#scheduler.after(waitMs, () => this.#attempt());
  }
}
