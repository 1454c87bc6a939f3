/** A trustee's share of the key: taken out of its file, and erased for good when its time is over (docs/PROTOCOL.md, Retention). */

import { closeSync, existsSync, fstatSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import { intervalEnd } from "../../core/interval.ts";
import type { KeyShare } from "../../core/secret/key-share.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { KEPT_MS } from "../service/windows.ts";
import type { Ledger } from "./ledger.ts";

/** When a key's shares open nothing any more: once 7 days after its last interval are over, in ms of UTC. */
export function erasedFrom({ lastInterval, intervalMs }: Pick<KeyFile, "lastInterval" | "intervalMs">): number {
  return intervalEnd(lastInterval, intervalMs) + KEPT_MS + 1;
}

/** Overwrites the file, then removes it: what a disk that writes elsewhere, a backup or the dealer's copy keeps, this does not reach. */
function eraseFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r+");
  try {
    writeSync(file, new Uint8Array(fstatSync(file).size), 0, undefined, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
}

/** Erases the share in memory and its file. It is noted first, so that a crash in between is made good at the next start. */
export async function eraseShare(ledger: Ledger, share: KeyShare, path: string, nowMs: number): Promise<void> {
  share.erase();
  await ledger.noteErased(nowMs);
  eraseFile(path);
}

/** Refuses to start without a share, and makes sure that nothing is left of it. @throws ChoirError key_unknown once it was erased. */
export function checkNotErased(ledger: Ledger, path: string): void {
  const at = ledger.erasedAt();
  if (at === undefined) return;
  eraseFile(path);
  throw new ChoirError("key_unknown", "key share", "a key in use", `one whose share was erased at ${at} ms of UTC`);
}
