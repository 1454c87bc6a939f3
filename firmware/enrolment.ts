/** Enrolment: the two signed files opened with the pinned root key, and the meter's own place in them (docs/PROTOCOL.md, Trust anchor). */

import { concatBytes, equalBytes, uint64Bytes, uint64Value } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { type KeyFile, openKeyFile } from "../core/wire/key-file.ts";
import { checkRoll, openRoll, type Roll } from "../core/wire/roll.ts";
import type { Host, Store } from "./host.ts";
import type { MeterSettings } from "./settings.ts";

const VERSIONS_KEY = "versions";

/** A meter's place. */
export interface Enrolment {
  readonly keyFile: KeyFile;
  readonly roll: Roll;
  /** Groups that its readings go to, one at least. */
  readonly groups: readonly string[];
  /** The block of a home's seat; a feeder has none. */
  readonly block: string | undefined;
}

/**
 * Opens both files and finds the meter in them; remembers their versions, so that older ones are refused ever after.
 * @throws ChoirError as the files' decoders, member_unknown, table_wrong, version_not_higher, store_corrupt.
 */
export function enrol(host: Host, settings: MeterSettings, publicKey: Uint8Array): Enrolment {
  const { verify, digest, store } = host;
  const keyFile = openKeyFile(settings.keyFile, settings.rootKey, verify, digest, settings.leastKeyBits);
  const roll = openRoll(settings.roll, settings.rootKey, verify, keyFile);
  checkRoll(roll, keyFile);
  const block = settings.role === "home" ? homeBlock(roll, settings.meter, publicKey) : undefined;
  if (settings.role === "feeder") checkFeeder(roll, settings.meter, publicKey);
  if (settings.role === "home") checkTable(host, keyFile);
  const serves = roll.groups.filter((group) =>
    block === undefined ? group.feeder === settings.meter : group.blocks.includes(block),
  );
  if (serves.length === 0)
    throw new ChoirError("member_unknown", `meter ${settings.meter}`, "a group of the roll", "none");
  rememberVersions(store, keyFile.version, roll.version);
  return { keyFile, roll, groups: serves.map(({ group }) => group), block };
}

/** Whether both files cover the interval. */
export function inForce({ keyFile, roll }: Enrolment, interval: number): boolean {
  return interval >= keyFile.firstInterval && interval <= keyFile.lastInterval && interval >= roll.firstInterval;
}

function homeBlock(roll: Roll, meter: string, publicKey: Uint8Array): string {
  for (const { block, seats } of roll.blocks) {
    for (const { occupant } of seats) {
      if (occupant?.meter === meter && equalBytes(occupant.key, publicKey)) return block;
    }
  }
  throw new ChoirError("member_unknown", `meter ${meter}`, "a seat of the roll with this meter and its key", "none");
}

function checkFeeder(roll: Roll, meter: string, publicKey: Uint8Array): void {
  const listed = roll.feeders.some(({ feeder, key }) => feeder === meter && equalBytes(key, publicKey));
  if (!listed) throw new ChoirError("member_unknown", `feeder ${meter}`, "a feeder of the roll with its key", "none");
}

function checkTable(host: Host, keyFile: KeyFile): void {
  if (host.table === undefined || !equalBytes(host.table.digest(), keyFile.tableHash)) {
    throw new ChoirError("table_wrong", "comb table", "the table that the key file names", "another or none");
  }
}

function rememberVersions(store: Store, key: number, roll: number): void {
  const kept = store.get(VERSIONS_KEY);
  if (kept !== undefined && kept.length !== 16) {
    throw new ChoirError("store_corrupt", "versions", "16 bytes", `${kept.length}`);
  }
  const [oldKey, oldRoll] = kept === undefined ? [-1, -1] : [uint64Value(kept), uint64Value(kept, 8)];
  if (key < oldKey) throw new ChoirError("version_not_higher", "key file.version", `${oldKey} or more`, `${key}`);
  if (roll < oldRoll) throw new ChoirError("version_not_higher", "roll.version", `${oldRoll} or more`, `${roll}`);
  if (key > oldKey || roll > oldRoll) store.set(VERSIONS_KEY, concatBytes(uint64Bytes(key), uint64Bytes(roll)));
}
