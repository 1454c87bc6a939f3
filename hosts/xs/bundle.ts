/** The engine's program: one TypeScript entry and all it imports as a single script that XS 13.3 runs. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ChoirError } from "../../core/errors.ts";

const bundles = new Map<string, Promise<string>>();

/**
 * Bundles a TypeScript source for the engine; the same path is bundled once per process.
 *
 * The two unsupported features are what XS 13.3 gets wrong in an ES2022 target (a static initialiser that names its own
 * class); everything else stays native, above all `#private` fields, which an ES2021 target would turn into WeakMaps.
 *
 * @throws the error of esbuild, which lists what does not resolve or parse.
 */
export function bundleForXs(entryPath: string): Promise<string> {
  const known = bundles.get(entryPath);
  if (known !== undefined) return known;
  const bundle = runEsbuild(entryPath);
  bundles.set(entryPath, bundle);
  bundle.catch(() => bundles.delete(entryPath));
  return bundle;
}

async function runEsbuild(entryPath: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryPath],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    // Neither node nor browser: a package may not slip in code for a platform that the engine is not.
    platform: "neutral",
    supported: { "class-static-blocks": false, "class-static-field": false },
    logLevel: "silent",
  });
  const script = outputFiles[0];
  if (script === undefined) throw new ChoirError("engine_failed", "bundle", "one script", "none");
  return script.text;
}

/** A path of the source tree, given from the repository's root; the same from the sources and from dist/. */
export function sourcePath(pathFromRoot: string): string {
  return join(repositoryRoot(), pathFromRoot);
}

/** The folder that holds choir's package.json, found upwards from this module. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (packageName(folder) !== "choir") {
    const parent = dirname(folder);
    if (parent === folder) throw new ChoirError("config_invalid", "package.json", "a folder of choir", "none above");
    folder = parent;
  }
  return folder;
}

function packageName(folder: string): unknown {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : undefined;
  } catch {
    return undefined;
  }
}
