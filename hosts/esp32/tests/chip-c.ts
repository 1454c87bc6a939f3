/**
 * A chip's own compiler over one file of C, as mcconfig's makefile calls it, without a build: ESP-IDF is configured for the chip once, and a file is parsed
 * against its headers. The folder stays, since configuring takes a minute.
 */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findSdk, repositoryRoot } from "../../moddable/runner/sdk.ts";
import { type Chip, findIdf, platformOf, whyNoIdf } from "../runner/image.ts";

const COMPILERS: Readonly<Record<Chip, string>> = {
  esp32: "xtensa-esp32-elf-gcc",
  esp32s3: "xtensa-esp32s3-elf-gcc",
  esp32c3: "riscv32-esp-elf-gcc",
  esp32c6: "riscv32-esp-elf-gcc",
};
/** What mcconfig's makefile allows and this project does not; XS wants `the` in functions that do not look at it. */
const STRICT = [
  ...["-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare"],
  ...["-Werror=implicit-function-declaration", "-Werror=incompatible-pointer-types", "-Werror=int-conversion"],
];
const NAMES_HEADER = "mc.xs.h";

/** Why C cannot be checked for this chip here, in one line; undefined when it can. */
export function whyNoChipCompiler(chip: Chip): string | undefined {
  const why = whyNoIdf();
  if (why !== undefined) return why;
  const { error } = spawnSync(COMPILERS[chip], ["--version"]);
  return error === undefined
    ? undefined
    : `${COMPILERS[chip]} is not on PATH: run ESP-IDF's install and export scripts`;
}

/** ESP-IDF as one manifest configures it for one chip. */
export class ChipCompiler {
  readonly #makefile: string;
  readonly #build: string;
  readonly #names: string;
  readonly #environment = findIdf();

  /** @throws Error with what the tools said. */
  constructor(chip: Chip, manifest: string) {
    const root = repositoryRoot();
    const output = join(root, "dist", "chip-c", manifest.replaceAll("/", "-"));
    mkdirSync(output, { recursive: true });
    const args = ["-p", platformOf(chip), "-o", output, join(root, manifest)];
    told("mcconfig", spawnSync("mcconfig", args, { env: findSdk().environment, encoding: "utf8" }));
    this.#build = join(output, "tmp", platformOf(chip), "release", "choir");
    this.#makefile = join(this.#build, "makefile");
    this.#names = join(this.#build, "names");
    mkdirSync(this.#names, { recursive: true });
    const configuration = join(this.#build, `xsProj-${chip}`, "build", "config", "sdkconfig.h");
    this.#make("dependencies", configuration);
    if (!existsSync(configuration)) throw new Error(`${configuration} was not made`);
  }

  /** Whether the makefile has this file in its image. */
  builds(file: string): boolean {
    return readFileSync(this.#makefile, "utf8").includes(`.c.o: ${file} `);
  }

  /** What the compiler says of it: errors anywhere, and warnings in the project's own files. */
  check(file: string): readonly string[] {
    this.#nameWhatItNames(file);
    const [program = "", ...words] = this.#commandFor(file);
    const strict = words.filter((word) => word !== "-Wno-implicit-function-declaration" && !/^-M[MPD]*$/.test(word));
    const args = [...STRICT, `-I${this.#names}`, ...strict];
    const { stderr, error, status } = spawnSync(program, args, { encoding: "utf8", env: this.#environment });
    if (error !== undefined) return [error.message];
    const lines = stderr.split("\n");
    const said = lines.filter(
      (line) => line.includes("error:") || (line.includes("warning:") && line.includes("/native/")),
    );
    return said.length === 0 && status !== 0 ? [stderr] : said;
  }

  /** The command without its output, as the makefile would run it. */
  #commandFor(file: string): readonly string[] {
    const object = join(this.#build, `${basename(file)}.o`);
    const commands = this.#make("-n", object).split("\n");
    const command = commands.find((line) => line.endsWith(`${file} -o ${object}`));
    if (command === undefined) throw new Error(`no command of the makefile makes ${object}`);
    return command.split(/\s+/).slice(0, -2);
  }

  /** XS's names are numbered by its linker; to parse a file, any numbers do. */
  #nameWhatItNames(file: string): void {
    const names = new Set(readFileSync(file, "utf8").match(/\bxsID_\w+/g));
    const lines = [...names].map((name, index) => `#define ${name} ${index}\n`);
    writeFileSync(join(this.#names, NAMES_HEADER), lines.join(""));
  }

  #make(...words: readonly string[]): string {
    const args = ["-f", this.#makefile, ...words];
    return told("make", spawnSync("make", args, { env: this.#environment, encoding: "utf8", maxBuffer: 2 ** 26 }));
  }
}

function told(program: string, { status, stdout, stderr, error }: SpawnSyncReturns<string>): string {
  if (status === 0) return stdout;
  const end = `${stdout}${stderr}`.trim().split("\n").slice(-10).join("\n");
  throw new Error(`${program}: ${error?.message ?? end}`);
}
