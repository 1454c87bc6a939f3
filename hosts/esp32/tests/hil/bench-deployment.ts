/** A deployment of one meter for the bench: its key, its table, and the configuration that the machine is provisioned with. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { intervalAt } from "../../../../core/interval.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import type { KeyFile } from "../../../../core/wire/key-file.ts";
import type { Wifi } from "../../../../core/wire/reach.ts";
import { deploymentFile } from "../../../../headend/authority/deployment.ts";
import { newConfiguration } from "../../../../headend/authority/new-configuration.ts";
import { newDeployment } from "../../../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../../../../headend/authority/new-roll.ts";
import { WIRE_LEAST_MICROS } from "../../../tests/conformance/world.ts";

export const METER = "bench";
export const GROUP = "g1";
/** Short, so that a run sees many. */
export const INTERVAL_MS = 10_000;
export const MILLIWATT_HOURS_PER_PULSE = 1_000;
export const POOL_TARGET = 2;
const PULSES_PER_KILOWATT_HOUR = 1_000;
const DAY_MS = 86_400_000;
const KEY_BITS = 2048;
const NOWHERE = "mqtt://127.0.0.1";

/** How the machine reaches the broker. */
export interface BenchReach {
  readonly host: string;
  readonly port: number;
  /** None for a machine on a wire. */
  readonly wifi: Wifi | undefined;
}

/** One deployment, in a folder of its own. */
export class BenchDeployment {
  readonly #folder: string;
  readonly keyFile: KeyFile;

  /** Makes the key; about a second. */
  constructor(folder: string) {
    this.#folder = join(folder, "deployment");
    newDeployment(this.#folder, {
      keyBits: KEY_BITS,
      intervalMs: INTERVAL_MS,
      channels: [OBIS_IMPORT],
      largestGroup: 2,
      kMin: 1,
      firstUtcMs: Date.now(),
      lastUtcMs: Date.now() + DAY_MS,
      broker: NOWHERE,
      demonstration: true,
    });
    this.keyFile = deploymentKeyFile(this.#folder);
  }

  /** The comb table. */
  get table(): Uint8Array {
    return new Uint8Array(readFileSync(deploymentFile(this.#folder, "table")));
  }

  get secretKeyFile(): string {
    return deploymentFile(this.#folder, "providerSecretKey");
  }

  /** Admits the machine with this key, and signs its configuration. */
  configure(publicKey: Uint8Array, { host, port, wifi }: BenchReach): Uint8Array {
    newRoll(
      this.#folder,
      {
        groups: [{ group: GROUP, scheme: "paillier", feeder: undefined, blocks: ["b1"] }],
        blocks: [{ block: "b1", seats: [{ seat: "s1", occupant: { meter: METER, key: publicKey } }] }],
        feeders: [],
        firstInterval: intervalAt(Date.now(), INTERVAL_MS),
      },
      NOWHERE,
    );
    return newConfiguration(this.#folder, {
      meter: METER,
      role: "home",
      metering: {
        checkpointMs: 1_000,
        checkpointPulses: 1,
        poolTarget: POOL_TARGET,
        outboxCapacity: 20,
        boundaryToleranceMs: 1_000,
        statusMs: 60_000,
      },
      broker: { host, port, authorities: undefined, user: undefined, password: undefined },
      wifi,
      timeServers: [],
      sensors: [
        {
          kind: "pulse",
          obis: OBIS_IMPORT,
          input: 0,
          pulsesPerKilowattHour: PULSES_PER_KILOWATT_HOUR,
          minHighMicros: WIRE_LEAST_MICROS,
          minLowMicros: WIRE_LEAST_MICROS,
        },
      ],
    }).bytes;
  }
}
