/** A deployment of one block for the bench: its key, its table, and the configurations of the machine and of its neighbours. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { intervalAt } from "../../../../core/interval.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import { openConfiguration } from "../../../../core/wire/configuration.ts";
import type { KeyFile } from "../../../../core/wire/key-file.ts";
import type { Wifi } from "../../../../core/wire/reach.ts";
import { settingsOf } from "../../../../firmware/provisioning.ts";
import type { MeterSettings } from "../../../../firmware/settings.ts";
import { aggregatorFolder, deploymentFile } from "../../../../headend/authority/deployment.ts";
import { newConfiguration } from "../../../../headend/authority/new-configuration.ts";
import { newDeployment } from "../../../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../../../../headend/authority/new-roll.ts";
import { nodeVerify } from "../../../node/primitives.ts";
import { WIRE_LEAST_MICROS } from "../../../tests/conformance/world.ts";

export const METER = "bench";
export const GROUP = "g1";
/** Who sits in the machine's block beside it. */
export const NEIGHBOURS = ["n1", "n2", "n3", "n4", "n5"] as const;
/** Short, so that a run sees many. */
export const INTERVAL_MS = 10_000;
export const MILLIWATT_HOURS_PER_PULSE = 1_000;
export const POOL_TARGET = 2;
export const PULSES_PER_KILOWATT_HOUR = 1_000;
const BLOCK_SEATS = 1 + NEIGHBOURS.length;
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
      largestGroup: BLOCK_SEATS,
      kMin: BLOCK_SEATS,
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

  /** The head end's configs, by party, with this broker; after `admit`. */
  headEnd(broker: string): Readonly<Record<"provider" | "aggregator", string>> {
    const configs = {
      provider: deploymentFile(this.#folder, "providerConfig"),
      aggregator: join(this.#folder, aggregatorFolder(GROUP), "aggregator.json"),
    };
    // they were made before there was a broker
    for (const config of Object.values(configs)) {
      writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, "utf8")), broker }));
    }
    return configs;
  }

  /** Seats the machine with this key, and its neighbours with theirs, in one block. */
  admit(publicKey: Uint8Array, neighbours: ReadonlyMap<string, Uint8Array>): void {
    const occupants = [...new Map([[METER, publicKey], ...neighbours])];
    const seats = occupants.map(([meter, key]) => ({ seat: `seat-${meter}`, occupant: { meter, key } }));
    newRoll(
      this.#folder,
      {
        groups: [{ group: GROUP, scheme: "paillier", feeder: undefined, blocks: ["b1"] }],
        blocks: [{ block: "b1", seats }],
        feeders: [],
        firstInterval: intervalAt(Date.now(), INTERVAL_MS),
      },
      NOWHERE,
    );
  }

  /** Signs the machine's configuration; after `admit`. */
  configure(reach: BenchReach): Uint8Array {
    return this.#configure(METER, reach);
  }

  /** What a neighbour is started with; after `admit`. Its own host has the network. */
  settings(neighbour: string): MeterSettings {
    const bytes = this.#configure(neighbour, { host: "127.0.0.1", port: 1, wifi: undefined });
    return settingsOf(openConfiguration(bytes, undefined, nodeVerify));
  }

  #configure(meter: string, { host, port, wifi }: BenchReach): Uint8Array {
    return newConfiguration(this.#folder, {
      meter,
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
