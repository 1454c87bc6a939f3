/**
 * Delivered files: a key file and a roll that came over the config topic wait here for their first interval, and stay from then on in place of those
 * that the meter was provisioned with (docs/PROTOCOL.md, Files). They lie in the store, never in memory.
 */

import { equalBytes } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import { versionOf } from "../core/wire/countersigned.ts";
import type { FileType } from "../core/wire/envelope.ts";
import { decodeFiles, encodeFiles, type Files } from "../core/wire/files.ts";
import type { Membership } from "./enrolment.ts";
import type { Store } from "./host.ts";

/** Both files that are in force, as one value: a cut leaves the pair before or this one. */
const NOW = "files/now";
const NEXT = { key: "files/key", roll: "files/roll" } as const;
const NONE: Files = { keyFile: undefined, roll: undefined };

/** A file that waits. */
export interface Waiting {
  readonly firstInterval: number;
  readonly bytes: Uint8Array;
}

/** The settings with the files that were delivered since, where those are newer. @throws ChoirError as `versionOf`, store_corrupt. */
export function withDelivered(store: Store, settings: Membership): Membership {
  const { keyFile, roll } = inForce(store);
  const newest = (type: FileType, provisioned: Uint8Array, delivered: Uint8Array | undefined): Uint8Array =>
    delivered !== undefined && versionOf(type, delivered) > versionOf(type, provisioned) ? delivered : provisioned;
  return {
    ...settings,
    keyFile: newest("key", settings.keyFile, keyFile),
    roll: newest("roll", settings.roll, roll),
  };
}

/** The file that waits. @throws ChoirError store_corrupt. */
export function waitingFile(store: Store, type: FileType): Waiting | undefined {
  return read(store, NEXT[type], (bytes, name) => {
    const fields = new Fields(decodeCbor(bytes, name), name, 2);
    return { firstInterval: fields.uint(0, "first interval"), bytes: fields.bytes(1, "file") };
  });
}

/** Keeps a file, which was opened, until its first interval. Returns false when it waits already. */
export function keepWaiting(store: Store, type: FileType, file: Waiting): boolean {
  const before = waitingFile(store, type);
  if (before !== undefined && equalBytes(before.bytes, file.bytes)) return false;
  store.set(NEXT[type], encodeCbor([file.firstInterval, file.bytes]));
  return true;
}

/** These files are in force from now on, and wait no longer. */
export function comeIntoForce(store: Store, due: Files): void {
  const before = inForce(store);
  store.set(NOW, encodeFiles({ keyFile: due.keyFile ?? before.keyFile, roll: due.roll ?? before.roll }));
  if (due.keyFile !== undefined) store.delete(NEXT.key);
  if (due.roll !== undefined) store.delete(NEXT.roll);
}

/** Forgets files that can never come into force. */
export function forgetWaiting(store: Store): void {
  for (const key of Object.values(NEXT)) store.delete(key);
}

/** Forgets all that was delivered. */
export function forgetDelivered(store: Store): void {
  for (const key of store.keys("files/")) store.delete(key);
}

/** Those that were delivered and are in force. @throws ChoirError store_corrupt. */
function inForce(store: Store): Files {
  return read(store, NOW, decodeFiles) ?? NONE;
}

function read<T>(store: Store, key: string, decode: (bytes: Uint8Array, name: string) => T): T | undefined {
  const kept = store.get(key);
  if (kept === undefined) return undefined;
  try {
    return decode(kept, key);
  } catch (cause) {
    throw new ChoirError("store_corrupt", key, "files that were delivered", "other bytes", cause);
  }
}
