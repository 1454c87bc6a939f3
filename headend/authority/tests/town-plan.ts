/** A deployment for tests of the broker: shared custody at 512 bits, two groups that overlap, one with a feeder. */

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { newRoll, type Plan } from "../new-roll.ts";
import { CeremonyFolder, NAMES, OPTIONS, START } from "./ceremony.ts";

export const BROKER = "mqtts://broker.example:8884";
export const METERS = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"] as const;
/** Who is in which group: m4 to m6 in both. */
export const GROUPS = {
  north: { members: METERS.slice(0, 6), feeder: "f-north", connections: 2 },
  south: { members: METERS.slice(3), feeder: undefined, connections: 8 },
} as const;
export const MACHINES: readonly string[] = [...METERS, GROUPS.north.feeder];

/** The key of a meter or feeder. */
export type KeyOf = (meter: string) => Uint8Array;

/** Keys of machines that there are none of. */
const noMachines: KeyOf = (meter) => new Uint8Array(32).fill(MACHINES.indexOf(meter) + 1);

/** The ceremony with its roll signed and countersigned; north's aggregator has two connections for readings. */
export async function townDeployment(keyOf: KeyOf = noMachines): Promise<CeremonyFolder> {
  const ceremony = new CeremonyFolder(mkdtempSync(join(tmpdir(), "choir-broker-")));
  await ceremony.hold({}, { broker: BROKER, kMin: 2 });
  for (const name of NAMES.slice(0, 2)) await ceremony.countersign(name);
  await signRoll(ceremony, [], keyOf);
  const config = join(ceremony.deployment, "aggregators/north/aggregator.json");
  const entries = { ...JSON.parse(readFileSync(config, "utf8")), connections: GROUPS.north.connections };
  writeFileSync(config, JSON.stringify(entries));
  return ceremony;
}

/** Signs the next roll, in which the seats of these meters are empty. */
export async function signRoll(
  ceremony: CeremonyFolder,
  revoked: readonly string[],
  keyOf: KeyOf = noMachines,
): Promise<void> {
  const block = (name: string, first: number): Plan["blocks"][number] => ({
    block: name,
    seats: METERS.slice(first, first + 3).map((meter) => ({
      seat: `seat-of-${meter}`,
      occupant: revoked.includes(meter) ? undefined : { meter, key: keyOf(meter) },
    })),
  });
  const plan: Plan = {
    groups: [
      { group: "north", scheme: "paillier", feeder: "f-north", blocks: ["b1", "b2"] },
      { group: "south", scheme: "paillier", feeder: undefined, blocks: ["b2", "b3"] },
    ],
    blocks: [block("b1", 0), block("b2", 3), block("b3", 6)],
    feeders: [{ feeder: GROUPS.north.feeder, key: keyOf(GROUPS.north.feeder) }],
    firstInterval: START / OPTIONS.intervalMs,
  };
  newRoll(ceremony.deployment, plan, BROKER, MODULUS_BITS.tests);
  for (const name of NAMES.slice(0, 2)) await ceremony.countersign(name);
}
