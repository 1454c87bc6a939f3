/** Enrolment: the two signed files opened with the pinned root key, and the meter's own place in them (docs/PROTOCOL.md, Trust anchor). */

import { concatBytes, equalBytes, uint64Bytes, uint64Value } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { type KeyFile, openKeyFile } from "../core/wire/key-file.ts";
import { type Place, placeInRoll } from "../core/wire/place.ts";
import { openRollPayload } from "../core/wire/roll.ts";
import type { RollHead } from "../core/wire/roll-walk.ts";
import type { Host, Store } from "./host.ts";
import type { MeterSettings } from "./settings.ts";

const VERSIONS_KEY = "versions";

/** What a meter goes on asking of its key file; the rest is public arithmetic of some KB, which it lets go. */
export interface KeyTerms
  extends Pick<
    KeyFile,
    | "n"
    | "intervalMs"
    | "channels"
    | "largestGroup"
    | "firstInterval"
    | "lastInterval"
    | "providerKey"
    | "keyId"
    | "layout"
  > {
  /** Bits of n. */
  readonly bits: number;
}

/** A meter's place in the two files, as it keeps it. */
export interface Enrolment extends Pick<Place, "block" | "groups"> {
  readonly keyFile: KeyTerms;
  readonly roll: RollHead;
}

/** A meter's place, with the whole key file. */
export interface FoundPlace extends Omit<Enrolment, "keyFile"> {
  readonly keyFile: KeyFile;
}

/** What a place is looked for with. */
export type Membership = Pick<MeterSettings, "meter" | "role" | "rootKey" | "keyFile" | "roll" | "leastKeyBits">;

/**
 * Opens both files, finds the meter in them, and checks the comb table of a home; remembers the files' versions, so that older ones are refused ever after.
 * @throws ChoirError as `findPlace`, table_wrong, version_not_higher, store_corrupt.
 */
export function enrol(host: Host, settings: MeterSettings, publicKey: Uint8Array): Enrolment {
  const place = findPlace(host, settings, publicKey);
  if (settings.role === "home") checkTable(host, place.keyFile);
  checkVersions(host.store, place);
  rememberVersions(host.store, place);
  return { ...place, keyFile: termsOf(place.keyFile) };
}

/**
 * Opens both files and finds the meter in them; nothing else is looked at, and nothing written.
 * @throws ChoirError as the files' decoders, signature_wrong, group_too_small, value_out_of_range, member_unknown.
 */
export function findPlace(
  { verify, digest }: Pick<Host, "verify" | "digest">,
  settings: Membership,
  publicKey: Uint8Array,
): FoundPlace {
  const keyFile = openKeyFile(settings.keyFile, settings.rootKey, verify, digest, settings.leastKeyBits);
  const payload = openRollPayload(settings.roll, settings.rootKey, verify, keyFile);
  const { roll, place } = placeInRoll(payload, keyFile, settings.role, settings.meter);
  const { key, block, groups } = place;
  if (!equalBytes(key, publicKey)) {
    throw new ChoirError("member_unknown", `meter ${settings.meter}`, "its own key in the roll", "another key");
  }
  return { keyFile, roll, groups, block };
}

/** Refuses files older than ones that this store has seen. @throws ChoirError version_not_higher, store_corrupt. */
export function checkVersions(store: Store, { keyFile, roll }: Pick<FoundPlace, "keyFile" | "roll">): void {
  const [oldKey, oldRoll] = versionsOf(store);
  if (keyFile.version < oldKey)
    throw new ChoirError("version_not_higher", "key file.version", `${oldKey} or more`, `${keyFile.version}`);
  if (roll.version < oldRoll)
    throw new ChoirError("version_not_higher", "roll.version", `${oldRoll} or more`, `${roll.version}`);
}

/** Forgets which versions there were: for a meter that begins anew, under any root. */
export function forgetVersions(store: Store): void {
  store.delete(VERSIONS_KEY);
}

/** Whether both files cover the interval. */
export function inForce({ keyFile, roll }: Enrolment, interval: number): boolean {
  return interval >= keyFile.firstInterval && interval <= keyFile.lastInterval && interval >= roll.firstInterval;
}

function checkTable(host: Host, keyFile: KeyFile): void {
  if (host.table === undefined || !equalBytes(host.table.digest(), keyFile.tableHash)) {
    throw new ChoirError("table_wrong", "comb table", "the table that the key file names", "another or none");
  }
}

function termsOf(file: KeyFile): KeyTerms {
  const { n, intervalMs, channels, largestGroup, firstInterval, lastInterval, providerKey, keyId, layout, key } = file;
  const { bits } = key;
  return { n, bits, intervalMs, channels, largestGroup, firstInterval, lastInterval, providerKey, keyId, layout };
}

function rememberVersions(store: Store, { keyFile, roll }: FoundPlace): void {
  const [oldKey, oldRoll] = versionsOf(store);
  if (keyFile.version > oldKey || roll.version > oldRoll)
    store.set(VERSIONS_KEY, concatBytes(uint64Bytes(keyFile.version), uint64Bytes(roll.version)));
}

/** Those of the key file and of the roll; -1 where there was none. */
function versionsOf(store: Store): readonly [keyFile: number, roll: number] {
  const kept = store.get(VERSIONS_KEY);
  if (kept === undefined) return [-1, -1];
  if (kept.length !== 16) throw new ChoirError("store_corrupt", "versions", "16 bytes", `${kept.length}`);
  return [uint64Value(kept), uint64Value(kept, 8)];
}
