/** What a trustee countersigned before: it puts its name to one key file and one roll of a version, and to none that is older. */

import { existsSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { writeWhole } from "./deployment.ts";

const File = v.strictObject({ version: v.pipe(v.number(), v.safeInteger(), v.minValue(0)), sha256: v.string() });
const Content = v.strictObject({ key: v.optional(File), roll: v.optional(File) });

/** Version and hash of the last key file and of the last roll. */
export type Countersigned = v.InferOutput<typeof Content>;

/** @throws ChoirError store_corrupt for a file of another shape. */
export function readCountersigned(path: string): Countersigned {
  if (!existsSync(path)) return {};
  try {
    return v.parse(Content, JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new ChoirError("store_corrupt", path, "what this trustee countersigned last", "something else", cause);
  }
}

export function writeCountersigned(path: string, content: Countersigned): void {
  writeWhole(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** @throws ChoirError version_not_higher for a file of an older version, or another of the same. */
export function checkNewer(before: Countersigned, now: Countersigned): void {
  for (const type of ["key", "roll"] as const) {
    const [old, young] = [before[type], now[type]];
    if (old === undefined || young === undefined || young.version > old.version) continue;
    if (young.version === old.version && young.sha256 === old.sha256) continue;
    const expected = `a version above ${old.version}, or the file that was countersigned`;
    throw new ChoirError("version_not_higher", `${type} file`, expected, `another of version ${young.version}`);
  }
}
