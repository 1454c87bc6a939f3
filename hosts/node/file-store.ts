/** The store port in a folder: one file a key, replaced by rename after its bytes are on the disk, so that a set happens whole or not at all. */

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../core/errors.ts";
import type { Store } from "../../firmware/host.ts";

const KEY = /^[a-z0-9/-]{1,15}$/;
const UNFINISHED = ".new";

/** A store in `folder`, which is made if it is not there; what a power cut left unfinished is removed. */
export function fileStore(folder: string): Store {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith(UNFINISHED)) rmSync(join(folder, name));
  const path = (key: string): string => {
    if (!KEY.test(key)) throw new ChoirError("input_invalid", "store key", "1 to 15 of a-z 0-9 / -", key);
    return join(folder, key.replaceAll("/", "_"));
  };
  return {
    get(key) {
      try {
        return new Uint8Array(readFileSync(path(key)));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    set(key, value) {
      const file = path(key);
      const handle = openSync(file + UNFINISHED, "w");
      try {
        // unlike writeSync it goes on until all is written
        writeFileSync(handle, value);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      renameSync(file + UNFINISHED, file);
      syncFolder(folder);
    },
    delete(key) {
      rmSync(path(key), { force: true });
      syncFolder(folder);
    },
    keys(prefix) {
      const names = readdirSync(folder).filter((name) => !name.endsWith(UNFINISHED));
      return names.map((name) => name.replaceAll("_", "/")).filter((key) => key.startsWith(prefix));
    },
  };
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isAbsent(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
