/** The Moddable SDK as this computer has it: where it lies, its tools, and the build of the app; nothing of it belongs to this project. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChoirError } from "../../../core/errors.ts";

const WHERE_TO_READ = "github.com/Moddable-OpenSource/moddable, documentation/Moddable SDK - Getting Started.md";

const SODIUM = "libsodium";
const WHERE_SODIUM_IS = "Debian and Ubuntu: libsodium-dev; Homebrew: libsodium; doc.libsodium.org/installation";

/** Where this system's simulator and its apps lie. */
const SYSTEMS: Readonly<
  Record<string, { readonly platform: string; readonly tools: string; readonly library: string }>
> = {
  linux: { platform: "lin", tools: "lin/release", library: "mc.so" },
  darwin: { platform: "mac", tools: "mac/release", library: "mc.so" },
  win32: { platform: "win", tools: "win/release", library: "mc.dll" },
};

/** A debug build has the debugger's connection, and with it traces and samples of memory; a release build is silent. */
export type Goal = "debug" | "release";

/** The SDK's tools. */
export interface Sdk {
  /** The environment in which they work. */
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: string;
  readonly simulator: string;
  /** The simulator's devices. */
  readonly devices: string;
  readonly library: string;
}

/** Why there is no SDK here, in one line that says where to read; undefined when there is one. */
export function whyNoSdk(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = environment["MODDABLE"];
  if (folder === undefined || folder === "") {
    return `MODDABLE is not set: install the Moddable SDK and point it there (${WHERE_TO_READ})`;
  }
  const system = SYSTEMS[process.platform];
  if (system === undefined) return `the Moddable simulator does not run on ${process.platform} (${WHERE_TO_READ})`;
  const tools = join(folder, "build", "bin", system.tools);
  if (!existsSync(tools)) return `${tools} is not there: build the SDK's tools (${WHERE_TO_READ})`;
  return undefined;
}

/** @throws ChoirError engine_absent with `whyNoSdk`. */
export function findSdk(environment: NodeJS.ProcessEnv = process.env): Sdk {
  const why = whyNoSdk(environment);
  const system = SYSTEMS[process.platform];
  const folder = environment["MODDABLE"];
  if (why !== undefined || system === undefined || folder === undefined) {
    throw new ChoirError("engine_absent", "Moddable SDK", "its tools on this computer", why ?? "none");
  }
  const tools = join(folder, "build", "bin", system.tools);
  const compiler = join(repositoryRoot(), "node_modules", ".bin");
  const path = [tools, compiler, environment["PATH"] ?? ""].join(delimiter);
  return {
    environment: { ...environment, PATH: path },
    platform: system.platform,
    simulator: join(tools, "mcsim"),
    devices: join(folder, "build", "simulators"),
    library: system.library,
  };
}

/**
 * Builds an app for the simulator and returns its path.
 * @param room the folder whose manifest.json is built; none for the root's
 * @throws ChoirError engine_absent without libsodium, engine_failed with what the tools said.
 */
export function buildApp(sdk: Sdk, goal: Goal, room = "."): string {
  checkSodium(sdk);
  const root = repositoryRoot();
  // all apps have one name, so each has an output folder of its own
  const output = join(root, "dist", "moddable", room);
  mkdirSync(output, { recursive: true });
  const flags = goal === "debug" ? ["-d"] : [];
  const manifest = join(root, room, "manifest.json");
  const args = [...flags, "-m", "-p", sdk.platform, "-t", "build", "-o", output, manifest];
  const { status, stdout, stderr, error } = spawnSync("mcconfig", args, { env: sdk.environment, encoding: "utf8" });
  if (status !== 0) {
    const said = error?.message ?? `${stdout}${stderr}`.split("\n").slice(-20).join("\n");
    throw new ChoirError("engine_failed", "mcconfig", `a build of ${manifest}`, said);
  }
  return join(output, "bin", sdk.platform, "mc", goal, "choir", sdk.library);
}

/** The app's C modules link with libsodium; where pkg-config finds it, so does the compiler. @throws ChoirError engine_absent. */
function checkSodium(sdk: Sdk): void {
  // where there is no pkg-config the linker has to say it
  if (process.platform === "win32") return;
  const { status } = spawnSync("pkg-config", ["--exists", SODIUM], { env: sdk.environment, stdio: "ignore" });
  if (status !== 0)
    throw new ChoirError("engine_absent", SODIUM, `its headers and library (${WHERE_SODIUM_IS})`, "none");
}

/** The folder that holds choir's package.json, found upwards from this module. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isRoot(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new ChoirError("config_invalid", "package.json", "a folder of choir", "none above");
    folder = parent;
  }
  return folder;
}

function isRoot(folder: string): boolean {
  const path = join(folder, "package.json");
  return existsSync(path) && readFileSync(path, "utf8").includes('"name": "choir"');
}
