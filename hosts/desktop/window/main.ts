/** The app with its window, a build of its own (this folder's manifest.json): the desktop's app, and a look at it twice a second. */

import { ratesOf } from "../../../firmware/settings.ts";
import { FIRMWARE_VERSION } from "../../../firmware/version.ts";
import type { App } from "../app.ts";
import { app } from "../main.ts";
import { system } from "../native.ts";
import { type ChannelFacts, type Facts, faceOf } from "./face.ts";
import { PowerGauge } from "./power-gauge.ts";
import { openWindow } from "./view.ts";

/** Until the settings say what a pulse is worth. */
const USUAL_PULSES_PER_KILOWATT_HOUR = 1000;

/** Knows what the window shows and what its buttons move. */
class Watch {
  readonly #app: App;
  readonly #gauges = new Map<string, PowerGauge>();
  #cable = true;

  constructor(watched: App) {
    this.#app = watched;
  }

  facts(): Facts {
    const { desktop, meter, settings } = this.#app;
    const totals = meter?.totals();
    const nowMs = desktop?.host.clock.monotonicMs() ?? 0;
    const inputs = [...(desktop?.host.counters.keys() ?? []), ...(desktop?.host.samplers.keys() ?? [])];
    const rates = settings === undefined ? undefined : ratesOf(settings, inputs);
    const channels = [...(totals?.keys() ?? inputs)].map((obis): ChannelFacts => {
      const pulses = totals?.get(obis);
      const pulsesPerKilowattHour = rates?.get(obis) ?? USUAL_PULSES_PER_KILOWATT_HOUR;
      const gauge = this.#gauge(obis);
      if (pulses !== undefined) gauge.look(nowMs, pulses);
      return { obis, pulses, pulsesPerKilowattHour, watts: gauge.watts(nowMs, pulsesPerKilowattHour) };
    });
    return {
      version: FIRMWARE_VERSION,
      meter: settings?.meter,
      channels,
      diagnostics: meter?.diagnostics(),
      seals: settings?.role !== "feeder",
      link: desktop?.uplink.phase ?? "down",
      cable: this.#cable,
    };
  }

  get hasHand(): boolean {
    return this.#app.desktop !== undefined && this.#app.desktop.hands.size > 0;
  }

  /** One pulse on the first channel that no file moves. */
  pulse(): void {
    // a meter that is provisioned while the app runs is handed a new machine
    const [hand] = this.#app.desktop?.hands.values() ?? [];
    hand?.add(1);
  }

  turnCable(): void {
    this.#cable = !this.#cable;
    this.#app.desktop?.uplink.setReachable(this.#cable);
  }

  #gauge(obis: string): PowerGauge {
    const gauge = this.#gauges.get(obis) ?? new PowerGauge();
    this.#gauges.set(obis, gauge);
    return gauge;
  }
}

if (app !== undefined) {
  const watch = new Watch(app);
  openWindow(() => faceOf(watch.facts()), {
    pulse: watch.hasHand ? () => watch.pulse() : undefined,
    cutPower: () => system.cutPower(),
    turnCable: () => watch.turnCable(),
  });
}
