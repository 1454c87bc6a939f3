/** The meters beside the machine in the bench's block: on Node, on the system's clock, each with the same known energy in every interval. */

import { intervalAt, intervalStart } from "../../../../core/interval.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import type { MeterSettings } from "../../../../firmware/settings.ts";
import { nodeMachines } from "../../../../sim/street/machines.ts";
import { StreetMeter } from "../../../../sim/street/street-meter.ts";
import { SystemTime } from "../../../../sim/street/system-time.ts";
import { Wire } from "../../../../sim/street/wire.ts";
import { nodeEntropy } from "../../../node/primitives.ts";
import type { TableFile } from "../../../tests/conformance/rig.ts";
import { INTERVAL_MS, MILLIWATT_HOURS_PER_PULSE, NEIGHBOURS, PULSES_PER_KILOWATT_HOUR } from "./bench-deployment.ts";

const DAY_INTERVALS = 86_400_000 / INTERVAL_MS;

/** Energy of the one at `index` in every interval, different for each. */
function milliwattHours(index: number): number {
  return (index + 1) * MILLIWATT_HOURS_PER_PULSE;
}

/** What all of them use together in every interval. */
export const NEIGHBOURS_MILLIWATT_HOURS = NEIGHBOURS.reduce((sum, _, index) => sum + milliwattHours(index), 0);

/** All of them. */
export class Neighbours {
  readonly #meters: readonly StreetMeter[];

  /** @param log told of what they warn of */
  constructor(table: TableFile, brokerUrl: string, log: (line: string) => void) {
    const time = new SystemTime();
    const startUtcMs = intervalStart(intervalAt(time.nowMs(), INTERVAL_MS), INTERVAL_MS);
    const run = {
      ...{ startUtcMs, intervalMs: INTERVAL_MS, intervals: DAY_INTERVALS },
      pulsesPerKilowattHour: PULSES_PER_KILOWATT_HOUR,
    };
    const shared = {
      ...{ time, brokerUrl, startUtcMs, machine: nodeMachines(table), entropy: nodeEntropy, uniform: () => 0 },
      log: (meter: string) => ({ info: () => {}, warn: (text: string) => log(`${meter}: ${text}`) }),
    };
    this.#meters = NEIGHBOURS.map((id, index) => {
      const wires = new Map([[OBIS_IMPORT, new Wire(run, () => milliwattHours(index))]]);
      return new StreetMeter(id, wires, shared, { sent: () => {}, received: () => {} });
    });
  }

  /** Gives them power, for their public keys by name. */
  async enrol(): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map(await Promise.all(this.#meters.map(async (meter) => [meter.id, await meter.enrol()] as const)));
  }

  /** Starts them, or gives them back the power that was cut. */
  async start(settings: (meter: string) => MeterSettings): Promise<void> {
    for (const meter of this.#meters) await meter.start(settings(meter.id));
  }

  async cutPower(): Promise<void> {
    for (const meter of this.#meters) await meter.cutPower();
  }
}
