/** The image for a board: what is built for which chip, with the Moddable SDK and ESP-IDF that this computer has; nothing of either belongs to this project. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { findSdk, type Goal, repositoryRoot } from "../../moddable/runner/sdk.ts";

const WHERE_TO_READ = "github.com/Moddable-OpenSource/moddable, documentation/devices/esp32.md";

/** Chips that there is an image for; `esp32` is the chip of that name. */
export const CHIPS = ["esp32", "esp32s3", "esp32c3", "esp32c6"] as const;
export type Chip = (typeof CHIPS)[number];

/** What to build. */
export interface ImageOptions {
  readonly chip: Chip;
  readonly goal: Goal;
  /** The manifest, relative to the repository; `manifest.json` is the meter. */
  readonly manifest: string;
  /** The folder under `dist` that takes the build. */
  readonly output: string;
  /** Values of the app's own configuration, by name (the `config` of the manifest). */
  readonly settings: Readonly<Record<string, string>>;
}

/** Why no image can be built here, in one line that says where to read; undefined when one can. */
export function whyNoIdf(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = environment["IDF_PATH"];
  if (folder === undefined || folder === "") {
    return `IDF_PATH is not set: install ESP-IDF v6.0 and point it there (${WHERE_TO_READ})`;
  }
  const script = join(folder, "tools", "idf.py");
  return existsSync(script) ? undefined : `${script} is not there: install ESP-IDF v6.0 (${WHERE_TO_READ})`;
}

/** @throws ChoirError engine_absent with what is missing. */
export function findIdf(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { environment: withTools } = findSdk(environment);
  const why = whyNoIdf(environment);
  if (why !== undefined) throw new ChoirError("engine_absent", "ESP-IDF", "its tools on this computer", why);
  return withTools;
}

/** The platform's name for mcconfig. */
export function platformOf(chip: Chip): string {
  return chip === "esp32" ? "esp32" : `esp32/${chip}`;
}

/** Runs mcconfig's target over the manifest, with its output on this terminal; returns the folder of the image. @throws ChoirError engine_failed. */
export function makeImage(options: ImageOptions, target: "build" | "deploy", environment: NodeJS.ProcessEnv): string {
  const { chip, goal, manifest } = options;
  const root = repositoryRoot();
  const output = join(root, "dist", options.output);
  mkdirSync(output, { recursive: true });
  const flags = goal === "debug" ? ["-d"] : [];
  const settings = Object.entries(options.settings).map(([name, value]) => `${name}=${value}`);
  const args = [...flags, "-m", "-p", platformOf(chip), "-t", target, "-o", output, join(root, manifest), ...settings];
  const { status, error } = spawnSync("mcconfig", args, { env: environment, stdio: "inherit" });
  if (status !== 0) {
    const said = error?.message ?? `exit ${status}; its words are above`;
    throw new ChoirError("engine_failed", "mcconfig", `the target ${target} of ${manifest} for ${chip}`, said);
  }
  return join(output, "bin", platformOf(chip), goal, "choir");
}
