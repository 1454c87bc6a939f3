/** The parties' config files in a deployment's folder, as `choir authority` enters what it makes later; every other entry stays as it is. */

import { readFileSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import { writeWhole } from "./deployment.ts";

/** A config file's entries by name, unchecked: their reader does that. */
export type ConfigEntries = Readonly<Record<string, unknown>>;

/** @throws ChoirError input_invalid, which tells nothing of what is there: it may hold a password. */
export function readConfigFile(path: string): ConfigEntries {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // a cause could quote the file
    throw new ChoirError("input_invalid", path, "a config file that `choir authority` made", "no readable one");
  }
  return entriesOf(content);
}

/** An entry that has entries of its own; none where it is absent, or something else. */
export function entriesOf(value: unknown): ConfigEntries {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** Readable by its owner alone: the broker's URL may hold a password. */
export function writeConfigFile(path: string, entries: ConfigEntries): void {
  writeWhole(path, `${JSON.stringify(entries, undefined, 2)}\n`, true);
}
