/** A deployment of one block for the bench: its key, its table, and the configurations of the machine and of its neighbours. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { intervalAt } from "../../../../core/interval.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import { openConfiguration } from "../../../../core/wire/configuration.ts";
import { sealEnvelope } from "../../../../core/wire/envelope.ts";
import type { KeyFile } from "../../../../core/wire/key-file.ts";
import type { Wifi } from "../../../../core/wire/reach.ts";
import { encodeReceipt } from "../../../../core/wire/receipt.ts";
import type { Block, Seat } from "../../../../core/wire/roll.ts";
import { settingsOf } from "../../../../firmware/provisioning.ts";
import type { MeterSettings } from "../../../../firmware/settings.ts";
import { aggregatorFolder, deploymentFile } from "../../../../headend/authority/deployment.ts";
import { readIdentity } from "../../../../headend/authority/identity.ts";
import { newConfiguration } from "../../../../headend/authority/new-configuration.ts";
import { newDeployment } from "../../../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../../../../headend/authority/new-roll.ts";
import { nodeDigest, nodeVerify } from "../../../node/primitives.ts";
import { sendBeacons } from "../../../tests/beacons.ts";
import { WIRE_LEAST_MICROS } from "../../../tests/conformance/world.ts";

export const METER = "bench";
export const GROUP = "g1";
const BLOCK = "b1";
/** Who sits in the machine's block beside it. */
export const NEIGHBOURS = ["n1", "n2", "n3", "n4", "n5"] as const;
/** Short, so that a run sees many. */
export const INTERVAL_MS = 10_000;
export const MILLIWATT_HOURS_PER_PULSE = 1_000;
export const POOL_TARGET = 2;
export const PULSES_PER_KILOWATT_HOUR = 1_000;
const BLOCK_SEATS = 1 + NEIGHBOURS.length;
const DAY_MS = 86_400_000;
const STRANGERS_BLOCK = 20;
const NOWHERE = "mqtt://127.0.0.1";

function seatOf([meter, key]: readonly [string, Uint8Array]): Seat {
  return { seat: `seat-${meter}`, occupant: { meter, key } };
}

/** Blocks of so many seats in all, with names as long as a deployment's. */
function strangers(count: number): readonly Block[] {
  const all = Array.from({ length: count }, (_, i) => `m-1088${String(i).padStart(3, "0")}`);
  return Array.from({ length: Math.ceil(count / STRANGERS_BLOCK) }, (_, b) => ({
    block: `block-${b}`,
    seats: all
      .slice(STRANGERS_BLOCK * b, STRANGERS_BLOCK * (b + 1))
      .map((meter) => seatOf([meter, nodeDigest.sha256(Buffer.from(meter))])),
  }));
}

/** How the machine reaches the broker. */
export interface BenchReach {
  readonly host: string;
  readonly port: number;
  /** None for a machine on a wire. */
  readonly wifi: Wifi | undefined;
}

/** How large it is. */
export interface BenchSize {
  readonly keyBits: number;
  /** Seats of the group beside those of the machine's block; nobody sits in them. */
  readonly strangers: number;
}

const USUAL: BenchSize = { keyBits: 2048, strangers: 0 };

/** One deployment, in a folder of its own. */
export class BenchDeployment {
  readonly #folder: string;
  readonly #strangers: number;
  readonly keyFile: KeyFile;

  /** Makes the key; about a second. */
  constructor(folder: string, { keyBits, strangers }: BenchSize = USUAL) {
    this.#folder = join(folder, "deployment");
    this.#strangers = strangers;
    newDeployment(this.#folder, {
      keyBits,
      intervalMs: INTERVAL_MS,
      channels: [OBIS_IMPORT],
      largestGroup: BLOCK_SEATS + strangers,
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
    const own = { block: BLOCK, seats: [...new Map([[METER, publicKey], ...neighbours])].map(seatOf) };
    const blocks = [own, ...strangers(this.#strangers)];
    newRoll(
      this.#folder,
      {
        groups: [{ group: GROUP, scheme: "paillier", feeder: undefined, blocks: blocks.map(({ block }) => block) }],
        blocks,
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

  /** The aggregator's beacons, for steps in which none runs; after `admit`. They end when what is returned is called. */
  sendBeacons(publish: (topic: string, payload: Uint8Array) => void): () => void {
    return sendBeacons(this.#folder, GROUP, this.keyFile, publish);
  }

  /** The provider's word that it has opened a sum of the machine's block. */
  receipt(interval: number): Uint8Array {
    const provider = readIdentity(deploymentFile(this.#folder, "providerSigningKey"));
    const { keyId } = this.keyFile;
    const receipt = { group: GROUP, interval, part: 0, status: "opened", blocks: [BLOCK], keyId } as const;
    return sealEnvelope("receipt", encodeReceipt(receipt), provider);
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
