/** The bench's firmware: built for a board and written to it, or built for the emulator and laid out as one file of flash. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";
import { findEsptool } from "./hil-board.ts";
import { type Chip, findIdf, makeImage, platformOf } from "./image.ts";

const FLASH_SIZE = "4MB";
const BENCH = "hosts/esp32/tests/bench";

/** Builds the board's firmware and writes it. @throws ChoirError engine_absent, engine_failed. */
export function flashBench(chip: Chip, port: string): void {
  const environment = { ...findIdf(), UPLOAD_PORT: port };
  const options = imageOf(chip, "board");
  makeImage(options, "build", environment);
  makeImage(options, "deploy", environment);
}

/** Builds the emulator's firmware and lays it out as `file`. @throws ChoirError engine_absent, engine_failed. */
export function emulatedFlash(chip: Chip, file: string): void {
  const environment = findIdf();
  const [program = "", ...words] = findEsptool(environment);
  const options = imageOf(chip, "emulator");
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

function imageOf(chip: Chip, variant: "board" | "emulator") {
  const manifest = `${BENCH}/${variant}/manifest.json`;
  // a release: a debug build would wait for its debugger
  return { chip, goal: "release", manifest, output: `moddable/${BENCH}/${variant}`, settings: {} } as const;
}
