/** The two kinds of machine that a street's meters run on: objects on Node, or an XS engine each. */

import { tableInMemory } from "../../core/paillier/comb.ts";
import { nodeIdentity, startNodeMeter } from "../../hosts/node/meter.ts";
import { nodeDigest } from "../../hosts/node/primitives.ts";
import { bundleForXs, sourcePath } from "../../hosts/xs/bundle.ts";
import { METER_ENTRY, tableCommand, XsMeter } from "../../hosts/xs/meter.ts";
import { buildSnapshot } from "../../hosts/xs/snapshot.ts";
import type { MachineFactory } from "./street-meter.ts";

/** The public comb table, and the bytes of a residue mod n. */
export interface TableFile {
  readonly table: Uint8Array;
  readonly residueBytes: number;
}

/** Meters as objects of this process. */
export function nodeMachines(file: TableFile): MachineFactory {
  const table = tableInMemory(file.table, file.residueBytes, nodeDigest);
  return (ports) => ({
    identity: async () => nodeIdentity(ports),
    start: async (settings) => {
      startNodeMeter(ports, table, settings);
    },
    // its timers, link and flash are taken from it; a goodbye would be more than a power cut allows
    cutPower: async () => {},
  });
}

/** Meters in engines of their own, started from one snapshot of the bundle and the table. */
export async function xsMachines(
  workerPath: string,
  file: TableFile,
  folder: string,
  track: (work: Promise<unknown>) => void,
  onFailure: (error: unknown) => void,
): Promise<MachineFactory> {
  const bundle = await bundleForXs(sourcePath(METER_ENTRY));
  const commands = [tableCommand(file.table, file.residueBytes)];
  const snapshotPath = await buildSnapshot({ workerPath, bundle, commands }, folder);
  return (ports) => new XsMeter(ports, { workerPath, snapshotPath, track, onFailure });
}
