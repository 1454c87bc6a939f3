/** Where the XS engine is: the worker binary that the optional package @agoric/xsnap compiles when it is installed. */

import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PLATFORM_FOLDER: Readonly<Record<string, string>> = { linux: "lin", darwin: "mac" };

/**
 * Path of the worker binary, or undefined where the package is absent, was not compiled, or the platform has none.
 *
 * Only the binary is used: the package's own JavaScript locks down every intrinsic of the Node process that loads it.
 */
export function xsWorkerPath(): string | undefined {
  const folder = PLATFORM_FOLDER[process.platform];
  if (folder === undefined) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve("@agoric/xsnap/package.json");
    const path = join(dirname(manifest), "xsnap-native/xsnap/build/bin", folder, "release/xsnap-worker");
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * What the binary says of itself, for example `xsnap 0.15.0 (XS 13.3.0)`. A snapshot is good for this version only.
 *
 * @throws the error of node:child_process when the file cannot be run.
 */
export function engineVersion(workerPath: string): string {
  return execFileSync(workerPath, ["-v"], { encoding: "utf8", env: {} }).trim();
}
