/** The whole machine as the meter is handed it, on a chip. */

import type { Table } from "../../core/paillier/comb.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import type { ClampSensor, PulseSensor, Sensor } from "../../core/wire/sensors.ts";
import type { Host, Log, Scheduler, Store, Uplink } from "../../firmware/host.ts";
import { sodiumDigest, sodiumSigner, sodiumVerify } from "../moddable/primitives.ts";
import { nativeRing } from "../moddable/ring.ts";
import { storedTable } from "../moddable/table.ts";
import type { ChipClock } from "./clock.ts";
import type { ChipEntropy } from "./entropy.ts";
import type { HeldPulses } from "./held-pulses.ts";
import type { KeptTable } from "./kept-table.ts";
import { Link } from "./link.ts";
import type { Network } from "./network.ts";

/** What a start of the chip has made. */
export interface ChipParts {
  readonly scheduler: Scheduler;
  readonly clock: ChipClock;
  readonly entropy: ChipEntropy;
  readonly store: Store;
  readonly pulses: HeldPulses;
  readonly table: KeptTable;
  readonly log: Log;
}

/** A link of its own to the configuration's broker. @param onPublished told of each message that the broker has acknowledged */
export function chipLink(
  configuration: Pick<Configuration, "meter" | "broker">,
  network: Network,
  { scheduler, clock, entropy, log }: ChipParts,
  onPublished: () => void,
): Link {
  return new Link(configuration, { scheduler, clock, network, log, uniform: () => entropy.uniform(), onPublished });
}

/** The ports, over this uplink. @throws ChoirError table_wrong for a length that no table has. */
export function chipHost(parts: ChipParts, uplink: Uplink, samplers: Host["samplers"]): Host {
  const { scheduler, clock, entropy, store, pulses, table, log } = parts;
  return {
    ...{ counters: pulses.counters, samplers, clock, scheduler, entropy, store: pulses.noting(store), uplink, log },
    ...{ digest: sodiumDigest, verify: sodiumVerify, signer: sodiumSigner, ring: (n) => nativeRing(n) },
    table: tableInForce(table),
  };
}

function tableInForce(table: KeptTable): Table | undefined {
  const { length } = table;
  return length === undefined ? undefined : storedTable(length, (offset, bytes) => table.readPart(offset, bytes));
}

export function isPulse(sensor: Sensor): sensor is PulseSensor {
  return sensor.kind === "pulse";
}

export function isClamp(sensor: Sensor): sensor is ClampSensor {
  return sensor.kind === "clamp";
}
