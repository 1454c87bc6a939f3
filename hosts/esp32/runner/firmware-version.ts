/** The version of the firmware as the one number that updates are compared by: of major.minor.patch, a thousand steps each. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";

const STEPS = 1000;

/** The number of a version. @throws ChoirError input_invalid for anything but three numbers below 1,000. */
export function versionNumber(version: string): number {
  const parts = version.split(".").map(Number);
  const sound = parts.length === 3 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < STEPS);
  if (!sound) throw new ChoirError("input_invalid", "version", "three numbers from 0 to 999", version);
  return parts.reduce((number, part) => number * STEPS + part, 0);
}

/** The number of the version in package.json. */
export function firmwareVersion(): number {
  // npm itself demands the field
  const { version } = JSON.parse(readFileSync(join(repositoryRoot(), "package.json"), "utf8")) as { version: string };
  return versionNumber(version);
}
