/** The store port in a folder: one file a key, replaced by rename after its bytes are on the disk, so that a set happens whole or not at all. */

import { ChoirError } from "../../core/errors.ts";
import type { Store } from "../../firmware/host.ts";
import { files } from "./native.ts";

const KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789/-";
const MOST_CHARACTERS = 15;
const UNFINISHED = ".new";

/** A store in `folder`, which is made if it is not there; what a power cut left unfinished is removed. */
export function folderStore(folder: string): Store {
  files.makeFolder(folder);
  for (const name of files.list(folder)) if (name.endsWith(UNFINISHED)) files.remove(`${folder}/${name}`);
  return new FolderStore(folder);
}

class FolderStore implements Store {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get(key: string): Uint8Array | undefined {
    const bytes = files.read(this.#path(key));
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  set(key: string, value: Uint8Array): void {
    files.replace(this.#path(key), value);
  }

  delete(key: string): void {
    files.remove(this.#path(key));
  }

  keys(prefix: string): readonly string[] {
    return files
      .list(this.#folder)
      .map((name) => name.split("_").join("/"))
      .filter((key) => key.startsWith(prefix));
  }

  #path(key: string): string {
    if (!isKey(key)) throw new ChoirError("input_invalid", "store key", "1 to 15 of a-z 0-9 / -", key);
    return `${this.#folder}/${key.split("/").join("_")}`;
  }
}

/** Without a regular expression: one that is preloaded ends XS 17.7 when memory is collected while it runs. */
function isKey(key: string): boolean {
  if (key.length < 1 || key.length > MOST_CHARACTERS) return false;
  for (let i = 0; i < key.length; i++) if (!KEY_CHARACTERS.includes(key.charAt(i))) return false;
  return true;
}
