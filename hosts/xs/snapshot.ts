/** Snapshots of a prepared engine: bundle and public data are loaded once, and each meter starts from the file. */

import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import { engineVersion } from "./engine.ts";
import { shrinkSnapshot } from "./snapshot-memory.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface SnapshotContent {
  /** From `xsWorkerPath()`; a snapshot starts only on the binary that wrote it. */
  readonly workerPath: string;
  /** From `bundleForXs`. */
  readonly bundle: string;
  /** Commands given to the bundle before the snapshot, such as the one that loads the comb table. Public data only. */
  readonly commands: readonly Uint8Array[];
}

const building = new Map<string, Promise<string>>();

/**
 * The path of a snapshot in `directory`, which must exist; it is built once per content and version of the engine.
 *
 * Every engine started from it holds the same memory, so a secret drawn before it would be every meter's secret. The
 * bundle therefore has no way to the host while it is prepared: any query fails the snapshot.
 *
 * @throws ChoirError `engine_failed` when the bundle or a command fails or asks the host for anything; no file is left.
 */
export function buildSnapshot(content: SnapshotContent, directory: string): Promise<string> {
  const path = join(directory, `${contentHash(content)}.xss`);
  const known = building.get(path);
  if (known !== undefined) return known;
  const snapshot = existsSync(path) ? Promise.resolve(path) : prepare(content, path);
  building.set(path, snapshot);
  const forget = (): void => void building.delete(path);
  snapshot.then(forget, forget);
  return snapshot;
}

/** A worker that continues where the snapshot was taken. */
export function startFromSnapshot(
  workerPath: string,
  snapshotPath: string,
  onQuery: (query: Uint8Array) => Uint8Array,
): WorkerProcess {
  return new WorkerProcess({ workerPath, snapshotPath, onQuery });
}

async function prepare(content: SnapshotContent, path: string): Promise<string> {
  const unfinished = `${path}.${randomUUID()}`;
  const worker = new WorkerProcess({ workerPath: content.workerPath, onQuery: refuseQuery });
  try {
    await worker.evaluate(content.bundle);
    for (const command of content.commands) await worker.command(command);
    await worker.writeSnapshot(unfinished);
    const snapshot = await readFile(unfinished);
    if (shrinkSnapshot(snapshot)) await writeFile(unfinished, snapshot);
    // Under its name a snapshot is always whole: a process killed here leaves only the unfinished file.
    await rename(unfinished, path);
    return path;
  } finally {
    await worker.kill();
    await rm(unfinished, { force: true });
  }
}

function refuseQuery(): never {
  throw new ChoirError("engine_failed", "snapshot", "no query before the snapshot", "a query");
}

function contentHash(content: SnapshotContent): string {
  const hash = createHash("sha256").update(`${engineVersion(content.workerPath)}\n`);
  // Each part with its length, so that no two contents run together to the same bytes.
  for (const part of [Buffer.from(content.bundle), ...content.commands]) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 32);
}
