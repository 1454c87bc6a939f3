/** The store port in a folder: one file a key, replaced by rename after its bytes are on the disk, so that a set happens whole or not at all. */

import { ChoirError } from "../../core/errors.ts";
import type { Store } from "../../firmware/host.ts";
import { files } from "./native.ts";

const KEY = /^[a-z0-9/-]{1,15}$/;
const UNFINISHED = ".new";

/** A store in `folder`, which is made if it is not there; what a power cut left unfinished is removed. */
export function folderStore(folder: string): Store {
  files.makeFolder(folder);
  for (const name of files.list(folder)) if (name.endsWith(UNFINISHED)) files.remove(`${folder}/${name}`);
  const path = (key: string): string => {
    if (!KEY.test(key)) throw new ChoirError("input_invalid", "store key", "1 to 15 of a-z 0-9 / -", key);
    return `${folder}/${key.split("/").join("_")}`;
  };
  return {
    get(key) {
      const bytes = files.read(path(key));
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },
    set: (key, value) => files.replace(path(key), value),
    delete: (key) => files.remove(path(key)),
    keys: (prefix) =>
      files
        .list(folder)
        .map((name) => name.split("_").join("/"))
        .filter((key) => key.startsWith(prefix)),
  };
}
