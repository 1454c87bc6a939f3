/** Files with secrets: nobody but their owner may read them. */

import { statSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";

const OTHERS = 0o077;

/** @throws ChoirError config_invalid for a file that others may read. */
export function checkOwnersAlone(path: string): void {
  if ((statSync(path).mode & OTHERS) === 0) return;
  throw new ChoirError("config_invalid", path, "a file for its owner alone (mode 0600)", "a wider mode");
}
