/** manifest.json resolves for every chip that there is a host for, its TypeScript compiles with the SDK's own typings, and every other platform is refused by name. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findSdk, repositoryRoot, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { CHIPS, type Chip, platformOf } from "../runner/image.ts";

const why = whyNoSdk();
if (why !== undefined) process.stderr.write(`hosts/esp32, manifest: skipped, ${why}\n`);
const withSdk = why === undefined ? describe : describe.skip;

/** Boards of the SDK that have no host here, and one that is a variant of a chip that has. */
const OTHERS = ["esp32/esp32h2", "esp32/esp32c3_cdc", "esp32/m5stack", "pico", "nrf52"];

withSdk("manifest.json", () => {
  const root = repositoryRoot();
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "choir-platforms-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const resolve = (platform: string, manifest = "manifest.json") => {
    const args = ["-p", platform, "-o", folder, join(root, manifest)];
    const { status, stdout, stderr } = spawnSync("mcconfig", args, { env: findSdk().environment, encoding: "utf8" });
    return { status, said: `${stdout}${stderr}` };
  };

  /** What the compiler says of every module of ours that was resolved for a chip; `mains` are among them. */
  const compile = (chip: Chip, mains: readonly string[]): string => {
    const modules = join(folder, "tmp", platformOf(chip), "release", "choir", "modules");
    const sources = readdirSync(modules, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("-tsconfig.json"))
      // what mcconfig writes, one for each module
      .flatMap((path) => (JSON.parse(readFileSync(join(modules, path), "utf8")) as { files: string[] }).files);
    expect(sources).toEqual(expect.arrayContaining(mains.map((main) => join(root, main))));
    const project = {
      extends: join(modules, "tsconfig-base.json"),
      compilerOptions: { rootDir: "/", noEmit: true },
      files: sources,
    };
    writeFileSync(join(modules, "all-tsconfig.json"), JSON.stringify(project));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const words = [tsc, "-p", join(modules, "all-tsconfig.json"), "--pretty", "false"];
    const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
    rmSync(modules, { recursive: true });
    return stdout;
  };

  const partitionsOf = (chip: Chip): string => {
    const makefile = readFileSync(join(folder, "tmp", platformOf(chip), "release", "choir", "makefile"), "utf8");
    return makefile.match(/^PARTITIONS_FILE = (.*)$/m)?.[1] ?? "";
  };

  test.each(CHIPS)("resolves for %s, and every module of ours in it compiles", (chip) => {
    expect(resolve(platformOf(chip))).toEqual({ status: 0, said: "" });
    expect(compile(chip, ["hosts/esp32/main.ts", "firmware/meter.ts"])).toBe("");
  });

  test.each([
    ["hosts/esp32/debug.json", "hosts/esp32/main.ts"],
    ["hosts/esp32/emulator/manifest.json", "hosts/esp32/emulator/main.ts"],
    ["hosts/esp32/emulator/debug.json", "hosts/esp32/emulator/main.ts"],
  ])("so does %s for esp32c3", (manifest, main) => {
    expect(resolve("esp32/esp32c3", manifest)).toEqual({ status: 0, said: "" });
    expect(partitionsOf("esp32c3")).toContain(manifest.includes("debug") ? "large-image.csv" : "partitions.csv");
    expect(compile("esp32c3", [main, "firmware/meter.ts"])).toBe("");
  });

  const bench = "hosts/esp32/tests/bench";
  test.each([...CHIPS.map((chip) => [chip, "board"] as const), ["esp32c3", "emulator"] as const])(
    "so does the bench's firmware for %s, %s",
    (chip, variant) => {
      expect(resolve(platformOf(chip), `${bench}/${variant}/manifest.json`)).toEqual({ status: 0, said: "" });
      expect(compile(chip, [`${bench}/${variant}/main.ts`, `${bench}/mount.ts`])).toBe("");
    },
  );

  test.each(OTHERS)("is an error for %s that names hosts/", (platform) => {
    const { status, said } = resolve(platform);
    expect(status).not.toBe(0);
    expect(said).toContain("no host for this platform; hosts/ holds those that there are");
  });
});
