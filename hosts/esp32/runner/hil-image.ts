/** The bench's firmware: built for a board and written to it, or built for the emulator and laid out as one file of flash, as is the meter's own. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";
import { findEsptool } from "./hil-board.ts";
import { type Chip, findIdf, type ImageOptions, makeImage, platformOf } from "./image.ts";

const FLASH_SIZE = "4MB";
const BENCH = "hosts/esp32/tests/bench";
const EMULATOR = "hosts/esp32/emulator";

/** Builds the board's firmware and writes it. @throws ChoirError engine_absent, engine_failed. */
export function flashBench(chip: Chip, port: string): void {
  const environment = { ...findIdf(), UPLOAD_PORT: port };
  const options = benchImage(chip, "board");
  makeImage(options, "build", environment);
  makeImage(options, "deploy", environment);
}

/** What the emulator runs: the bench's firmware, or the meter's own, built for a debugger. */
export type Emulated = "bench" | "meter";

/** Builds it and lays it out as `file`. @throws ChoirError engine_absent, engine_failed. */
export function emulatedFlash(chip: Chip, which: Emulated, file: string): void {
  const environment = findIdf();
  const [program = "", ...words] = findEsptool(environment);
  const options = which === "bench" ? benchImage(chip, "emulator") : debugImage(chip);
  makeImage(options, "build", environment);
  const project = join("tmp", platformOf(chip), options.goal, "choir", `xsProj-${chip}`, "build");
  const folder = join(repositoryRoot(), "dist", options.output, project);
  const { status, stdout, stderr, error } = spawnSync(
    program,
    [...words, "--chip", chip, "merge-bin", "-o", file, "--pad-to-size", FLASH_SIZE, "@flash_args"],
    { cwd: folder, env: environment, encoding: "utf8" },
  );
  if (status === 0) return;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-2).join(" ");
  throw new ChoirError("engine_failed", "esptool", `one file of ${folder}`, said);
}

function benchImage(chip: Chip, variant: "board" | "emulator"): ImageOptions {
  const manifest = `${BENCH}/${variant}/manifest.json`;
  // a release: a debug build would wait for its debugger
  return { chip, goal: "release", manifest, output: `moddable/${BENCH}/${variant}`, settings: {} };
}

function debugImage(chip: Chip): ImageOptions {
  return { chip, goal: "debug", manifest: `${EMULATOR}/debug.json`, output: `moddable/${EMULATOR}`, settings: {} };
}
