/** manifest.json flashes what the meter imports, under its path in the repository, and nothing else; so do those of the apps that try it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));
/** The app, and the app with its window: entry, and the manifests that it is built of. */
const APPS = [
  ["hosts/desktop/main", ["manifest.json", "hosts/moddable/manifest.json", "hosts/desktop/manifest.json"]],
  [
    "hosts/desktop/window/main",
    [
      "manifest.json",
      "hosts/moddable/manifest.json",
      "hosts/desktop/manifest.json",
      "hosts/desktop/window/manifest.json",
    ],
  ],
] as const;
/** The suite's app, the stand-in of a board, and the works of the benches: each lies with its manifest.json, and none is flashed. */
const TRIALS = ["hosts/desktop/tests/conformance", "hosts/desktop/tests/bench", "hosts/desktop/works"] as const;
/** Its names are made for cborg before anything of it loads. */
const PRELOADED_ONLY = ["hosts/moddable/globals", "hosts/moddable/linkable"];

type Manifest = {
  readonly modules: Readonly<Record<string, string | readonly string[]>>;
  readonly preload: readonly string[];
};

// The checks below fail on a file of another shape.
const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;

/** Module names with the source that each stands for, relative to the root. */
function modulesOf(path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, sources] of Object.entries(read(path).modules)) {
    for (const source of typeof sources === "string" ? [sources] : sources) {
      const file = posix.join(posix.dirname(path), source);
      if (source.startsWith("$") || file.includes("/types/") || !/^(core|firmware|hosts|node_modules)\//.test(file)) {
        continue;
      }
      found.set(name.endsWith("*") ? `${name.slice(0, -1)}${posix.basename(file)}` : name, file);
    }
  }
  return found;
}

/** The modules that the entry reaches by imports that are not of types alone. */
function reached(module: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(module)) return seen;
  seen.add(module);
  const text = readFileSync(join(root, "dist", `${module}.js`), "utf8");
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^"';]*?\bfrom "(\.[^"]+)\.js"/gm)) {
    reached(posix.join(posix.dirname(module), specifier as string), seen);
  }
  return seen;
}

describe.each(APPS)("the manifests of %s", (entry, manifests) => {
  const common = modulesOf("manifest.json");
  const all = new Map(manifests.flatMap((path) => [...modulesOf(path)]));
  const ours = [...all].filter(([, file]) => !file.startsWith("node_modules/") && !file.includes("/native/"));

  test("holds every module that the app imports, by its path in the repository, and no other", () => {
    expect(ours.map(([name]) => name).sort()).toEqual([...reached(entry), ...PRELOADED_ONLY].sort());
    expect(ours.filter(([name, file]) => name !== file)).toEqual([]);
  });

  test.each(TRIALS)("and that of %s adds what its app imports beside them, and no more", (trial) => {
    const added = [...modulesOf(`${trial}/manifest.json`)].filter(
      ([, file]) => !file.endsWith("/ring32") && !file.startsWith("node_modules/"),
    );
    const expected = [...reached(`${trial}/main`)].filter((name) => !all.has(name));
    expect(added.map(([name]) => name).sort()).toEqual(expected.sort());
    expect(added.filter(([name, file]) => name !== file)).toEqual([]);
  });

  test("names no file that is not there", () => {
    const trials = TRIALS.flatMap((trial) => [...modulesOf(`${trial}/manifest.json`).values()]);
    const absent = [...all.values(), ...trials].filter(
      (file) => ![".ts", ".js", ".c"].some((suffix) => existsSync(join(root, file + suffix))),
    );
    expect(absent).toEqual([]);
  });

  test("preloads all of core and firmware", () => {
    const preloaded = new Set(manifests.flatMap((path) => read(path).preload));
    expect([...common.keys()].filter((name) => !preloaded.has(name))).toEqual([]);
  });

  test("flashes nothing of @noble: digests and signatures are C's", () => {
    expect([...all].filter(([name, file]) => `${name} ${file}`.includes("noble"))).toEqual([]);
  });

  test("nothing that is preloaded keeps a regular expression: XS 17.7 ends when memory is collected while one runs", () => {
    const expressions = ours.filter(([, file]) =>
      /^(export )?const \w+[^=]*= \//m.test(readFileSync(join(root, `${file}.ts`), "utf8")),
    );
    expect(expressions.map(([name]) => name)).toEqual([]);
  });

  test("nothing that is preloaded keeps a BigInt constant: XS 17.7 links those wrong", () => {
    const constants = ours.filter(([, file]) =>
      /^(export )?const \w+[^=]*= (?!.*=>).*\b\d+n\b/m.test(readFileSync(join(root, `${file}.ts`), "utf8")),
    );
    expect(constants.map(([name]) => name)).toEqual([]);
  });
});
