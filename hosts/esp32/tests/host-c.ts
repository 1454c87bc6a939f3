/** The portable C of native/, compiled by this computer's compiler with a small driver that reads lines and answers each with one. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";

const folder = join(repositoryRoot(), "hosts", "esp32");

/** Why portable C cannot be tested here, in one line; undefined where it can. @param library one that it needs, by the name that the linker knows */
export function whyNoCompiler(library?: string): string | undefined {
  const libraries = library === undefined ? [] : [`-l${library}`];
  const source = "int main(void) { return 0; }";
  const { status, error } = spawnSync("cc", ["-x", "c", "-", "-o", "/dev/null", ...libraries], { input: source });
  if (error !== undefined) return "there is no C compiler (cc)";
  return status === 0 ? undefined : `lib${library} is not installed`;
}

/** A driver that has been compiled. */
export class HostProgram {
  readonly #folder: string;
  readonly #path: string;

  /** @param sources names of files in native/ */
  constructor(driver: string, sources: readonly string[], libraries: readonly string[] = []) {
    this.#folder = mkdtempSync(join(tmpdir(), "choir-native-"));
    this.#path = join(this.#folder, "driver");
    const files = [join(folder, "tests", "drivers", driver), ...sources.map((name) => join(folder, "native", name))];
    const warnings = ["-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wno-sign-conversion", "-std=gnu17", "-O1"];
    const checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const args = [...warnings, ...checks, "-I", join(folder, "native"), ...files, "-o", this.#path];
    const { status, stderr } = spawnSync("cc", [...args, ...libraries.map((name) => `-l${name}`)], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
  }

  /** The answers to these lines. */
  run(lines: readonly string[]): readonly string[] {
    const input = `${lines.join("\n")}\n`;
    const { status, stdout, stderr } = spawnSync(this.#path, { input, encoding: "utf8", maxBuffer: 2 ** 26 });
    if (status !== 0) throw new Error(`driver: exit ${status}: ${stderr}`);
    return stdout.trimEnd().split("\n");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
