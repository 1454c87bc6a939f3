/** Files that a street is given on its command line. */

import { readFileSync } from "node:fs";
import { ChoirError } from "../core/errors.ts";

/** The text of a file. @throws ChoirError input_invalid when it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
    throw new ChoirError("input_invalid", path, "a readable file", reason, error);
  }
}
