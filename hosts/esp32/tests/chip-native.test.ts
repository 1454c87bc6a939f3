/** Every file of C that a chip is given parses against the headers of ESP-IDF with the chip's own compiler, strictly, and is in an image. */
import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { repositoryRoot, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { CHIPS } from "../runner/image.ts";
import { ChipCompiler, whyNoChipCompiler } from "./chip-c.ts";

/** Together they have every file: the bench has the board's with its own, the emulator its network. */
const MANIFESTS = ["hosts/esp32/tests/bench/board/manifest.json", "hosts/esp32/emulator/manifest.json"];
/** In the emulator alone. */
const EMULATED = "openeth.c";

const root = repositoryRoot();
const sources = ["hosts/esp32", "hosts/moddable"]
  .flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((path) => join(root, room, path)),
  )
  .filter(
    (path) => path.endsWith(".c") && path.includes(`${sep}native${sep}`) && !path.includes(join("tests", "native")),
  );

describe.each(CHIPS)("C for %s", (chip) => {
  const why = whyNoSdk() ?? whyNoChipCompiler(chip);
  if (why !== undefined) process.stderr.write(`hosts/esp32, C for ${chip}: skipped, ${why}\n`);
  const withChip = why === undefined ? test : test.skip;

  withChip("parses with ESP-IDF's headers, without a warning", () => {
    const [board, emulator] = MANIFESTS.map((manifest) => new ChipCompiler(chip, manifest));
    const said = sources.map((file) => {
      const compiler = file.endsWith(EMULATED) ? emulator : board;
      return { file, said: compiler?.builds(file) ? compiler.check(file) : ["is in no image"] };
    });
    expect(said.filter(({ said: lines }) => lines.length > 0)).toEqual([]);
    expect(said.length).toBeGreaterThan(0);
  });
});
