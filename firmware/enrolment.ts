/** Enrolment: the two signed files opened with the pinned root key, and the meter's own place in them (docs/PROTOCOL.md, Trust anchor). */

import { equalBytes } from "../core/bytes.ts";
import { ChoirError, hasCode } from "../core/errors.ts";
import type { Table } from "../core/paillier/comb.ts";
import { decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import { type KeyFile, openKeyFile } from "../core/wire/key-file.ts";
import { type Place, placeInRoll } from "../core/wire/place.ts";
import { openRollPayload } from "../core/wire/roll.ts";
import { type RollHead, type RollVisitor, walkRoll } from "../core/wire/roll-walk.ts";
import { checkSuccessor, PIN_FIELDS, type PinnedKey, pinFields, pinOf, readPin } from "../core/wire/succession.ts";
import type { Host, Store } from "./host.ts";
import type { MeterSettings } from "./settings.ts";

const TRUST_KEY = "trust";
/** Who walks through a roll with it asks for its head alone. */
export const NOBODY: RollVisitor = { group: () => {}, block: () => {}, seat: () => {}, feeder: () => {} };

/** What a meter goes on asking of its key file; the rest is public arithmetic of some KB, which it lets go. */
export interface KeyTerms
  extends Pick<
      KeyFile,
      | "n"
      | "tableHash"
      | "intervalMs"
      | "channels"
      | "largestGroup"
      | "kMin"
      | "firstInterval"
      | "lastInterval"
      | "providerKey"
      | "layout"
    >,
    PinnedKey {
  /** Bits of n. */
  readonly bits: number;
}

/** A meter's seat, in what counts for it. */
export type Seat = Omit<Place, "key">;

/** A meter's place in the two files, as it keeps it. */
export interface Enrolment {
  readonly keyFile: KeyTerms;
  readonly roll: RollHead;
  /** None where the roll seats another in its place, or nobody. */
  readonly seat: Seat | undefined;
}

/** Both files with the meter's seat in them. */
export interface FoundPlace {
  readonly keyFile: KeyFile;
  readonly roll: RollHead;
  readonly seat: Seat;
}

/** Who is looked for in a roll. */
export type Who = Pick<MeterSettings, "meter" | "role" | "rootKey">;
/** What a place is looked for with. */
export type Membership = Who & Pick<MeterSettings, "keyFile" | "roll" | "leastKeyBits">;

/**
 * Opens both files and finds the meter in them; pins them, so that what may not follow them is refused ever after. The comb table is not looked at.
 * @param mayLackSeat whether a roll will do that has no seat for the meter: one that was delivered takes it away
 * @throws ChoirError as `findPlace` and `checkPinned`.
 */
export function enrol(host: Host, settings: Membership, publicKey: Uint8Array, mayLackSeat = false): Enrolment {
  const keyFile = openKey(host, settings);
  const terms = termsOf(keyFile);
  const found = findSeat(host, settings, terms, settings.roll, publicKey, mayLackSeat);
  pin(host, settings.keyFile, { keyFile: terms, roll: found.roll });
  return { keyFile: terms, ...found };
}

/** Pins both files. @param keyFile as it came; undefined for the one that is pinned already @throws ChoirError as `checkPinned`. */
export function pin(
  host: Pick<Host, "store" | "verify">,
  keyFile: Uint8Array | undefined,
  { keyFile: terms, roll }: Pick<Enrolment, "keyFile" | "roll">,
): void {
  const pinned = checkPinned(host, keyFile, { keyFile: terms, roll });
  const isNew = pinned === undefined || terms.version > pinned.key.version || roll.version > pinned.roll;
  if (isNew) host.store.set(TRUST_KEY, encodeCbor([roll.version, ...pinFields(terms)]));
}

/**
 * Opens both files and finds the meter in them; nothing else is looked at, and nothing written.
 * @throws ChoirError as the files' decoders, signature_wrong, group_too_small, value_out_of_range, member_unknown.
 */
export function findPlace(
  host: Pick<Host, "verify" | "digest">,
  settings: Membership,
  publicKey: Uint8Array,
): FoundPlace {
  const keyFile = openKey(host, settings);
  const { roll, seat } = findSeat(host, settings, termsOf(keyFile), settings.roll, publicKey, false);
  // without leave to lack a seat there is one
  return { keyFile, roll, seat: seat as Seat };
}

/**
 * Opens a roll and finds the meter's seat in it.
 * @param terms of the key that the roll is for
 * @throws ChoirError as `findPlace`, of the roll; member_unknown only when the meter may not lack a seat.
 */
export function findSeat(
  { verify }: Pick<Host, "verify">,
  { rootKey, role, meter }: Who,
  terms: Pick<KeyTerms, "signatories" | "kMin" | "largestGroup">,
  bytes: Uint8Array,
  publicKey: Uint8Array,
  mayLackSeat: boolean,
): Pick<Enrolment, "roll" | "seat"> {
  const payload = openRollPayload(bytes, rootKey, verify, terms.signatories);
  try {
    const { roll, place } = placeInRoll(payload, terms, role, meter);
    const { key, ...seat } = place;
    if (equalBytes(key, publicKey)) return { roll, seat };
    throw new ChoirError("member_unknown", `meter ${meter}`, "its own key in the roll", "another key");
  } catch (error) {
    if (!mayLackSeat || !hasCode(error, "member_unknown")) throw error;
    return { roll: walkRoll(payload, NOBODY), seat: undefined };
  }
}

/** Opens the key file. @throws ChoirError as `openKeyFile`. */
export function openKey(
  { verify, digest }: Pick<Host, "verify" | "digest">,
  { keyFile, rootKey, leastKeyBits }: Pick<Membership, "keyFile" | "rootKey" | "leastKeyBits">,
): KeyFile {
  return openKeyFile(keyFile, rootKey, verify, digest, leastKeyBits);
}

/**
 * Refuses files that may not follow the ones that this store has pinned, which are returned.
 * @param keyFile as it came; undefined for the pinned one itself
 * @throws ChoirError as `checkSuccessor`; version_not_higher for an older roll; store_corrupt.
 */
export function checkPinned(
  { store, verify }: Pick<Host, "store" | "verify">,
  keyFile: Uint8Array | undefined,
  place: {
    readonly keyFile: Pick<KeyFile, "version" | "keyId" | "custody">;
    readonly roll: Pick<RollHead, "version">;
  },
): Pinned | undefined {
  const pinned = pinnedIn(store);
  if (pinned === undefined) return undefined;
  if (keyFile !== undefined) checkSuccessor(keyFile, place.keyFile, pinned.key, verify);
  if (place.roll.version < pinned.roll)
    throw new ChoirError("version_not_higher", "roll.version", `${pinned.roll} or more`, `${place.roll.version}`);
  return pinned;
}

/** Forgets what was pinned: for a meter that begins anew, under any root. */
export function forgetPinned(store: Store): void {
  store.delete(TRUST_KEY);
}

/** Whether both files cover the interval. */
export function inForce({ keyFile, roll }: Pick<Enrolment, "keyFile" | "roll">, interval: number): boolean {
  return interval >= keyFile.firstInterval && interval <= keyFile.lastInterval && interval >= roll.firstInterval;
}

/** The comb table of a key, where the machine has it. */
export function tableOf({ table }: Pick<Host, "table">, { tableHash }: Pick<KeyTerms, "tableHash">): Table | undefined {
  return table !== undefined && equalBytes(table.digest(), tableHash) ? table : undefined;
}

/** What to keep of a key file. */
export function termsOf(file: KeyFile): KeyTerms {
  const { n, tableHash, intervalMs, channels, largestGroup, kMin, firstInterval, lastInterval } = file;
  const { providerKey, layout, key } = file;
  const { bits } = key;
  const fixed = { n, bits, tableHash, intervalMs, channels, largestGroup, kMin, firstInterval, lastInterval };
  return { ...fixed, providerKey, layout, ...pinOf(file) };
}

/** What a store has pinned. */
export interface Pinned {
  /** The roll's version. */
  readonly roll: number;
  readonly key: PinnedKey;
}

/** What a store has pinned; undefined where there were no files yet. @throws ChoirError store_corrupt. */
export function pinnedIn(store: Store): Pinned | undefined {
  const kept = store.get(TRUST_KEY);
  if (kept === undefined) return undefined;
  try {
    const fields = new Fields(decodeCbor(kept, "trust"), "trust", 1 + PIN_FIELDS);
    return { roll: fields.uint(0, "roll version"), key: readPin(fields, 1) };
  } catch (cause) {
    throw new ChoirError("store_corrupt", "trust", "what was pinned", "other bytes", cause);
  }
}
