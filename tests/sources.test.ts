/** House rules that no compiler checks (CONTRIBUTING.md, code rules), over every file of the source tree. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isTest, roomOf, rooms, root, sourceFiles } from "./repository.ts";

const longestLines = 300;

const files = sourceFiles().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const code = files.filter(({ path }) => /\.(ts|js|mjs|grit)$/.test(path) || path === ".ci/run");
const modules = code.filter(({ path }) => path.endsWith(".ts"));

const pathsWhere = <T extends { readonly path: string; readonly text: string }>(
  among: readonly T[],
  broken: (file: T) => boolean,
) => among.filter(broken).map(({ path }) => path);

/** Specifiers of static imports and re-exports, and of dynamic imports of a literal. */
function specifiersOf(text: string): readonly string[] {
  const fixed = text.matchAll(/^(?:import|export)\b(?:[^"';]*?\bfrom)?\s*"([^"]+)"/gm);
  const dynamic = text.matchAll(/\bimport\("([^"]+)"\)/g);
  // Both expressions have one group, which takes part in every match.
  return [...fixed, ...dynamic].map((match) => match[1] as string);
}

const relative = (specifier: string) => specifier.startsWith("./") || specifier.startsWith("../");
const isOfSdk = (path: string, specifier: string) => rooms[roomOf(path) ?? ""]?.sdk?.includes(specifier) ?? false;
const packageOf = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

describe("every source file", () => {
  test("opens with a comment that says what it is", () => {
    const opening = /^(#!.*\n)?(\/\*\*?\s+(\* )?\S|\/\/ \S|# \S)/;
    expect(pathsWhere(code, ({ text }) => !opening.test(text))).toEqual([]);
  });

  test(`has at most ${longestLines} lines, tests excepted`, () => {
    const long = pathsWhere(code, ({ path, text }) => !isTest(path) && text.split("\n").length - 1 > longestLines);
    expect(long).toEqual([]);
  });

  test("exports by name, declarations of modules that are not ours excepted", () => {
    const ours = modules.filter(({ path }) => !path.endsWith(".d.ts"));
    expect(pathsWhere(ours, ({ text }) => /^export default\b|\bas default\b/m.test(text))).toEqual([]);
  });

  test("names its own kind by a relative path ending in .ts", () => {
    const broken = pathsWhere(modules, ({ text }) =>
      specifiersOf(text).some((specifier) => relative(specifier) && !specifier.endsWith(".ts")),
    );
    expect(broken).toEqual([]);
  });

  test("imports only packages that package.json names, and outside tests only those that are installed with the product", () => {
    // npm fills these two tables; a missing one fails the test.
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const product = new Set(Object.keys(manifest.dependencies));
    const development = new Set([...product, ...Object.keys(manifest.devDependencies)]);
    // The benches compare with a package that the product does not need.
    const mayUseAll = (path: string) => isTest(path) || path.startsWith("sim/benches/");
    const broken = pathsWhere(modules, ({ path, text }) =>
      specifiersOf(text)
        .filter((specifier) => !relative(specifier) && !specifier.startsWith("node:") && !isOfSdk(path, specifier))
        .some((specifier) => !(mayUseAll(path) ? development : product).has(packageOf(specifier))),
    );
    expect(broken).toEqual([]);
  });

  test("never imports a test, unless it is one", () => {
    const broken = pathsWhere(
      modules,
      ({ path, text }) => !isTest(path) && specifiersOf(text).some((specifier) => /(^|\/)tests\//.test(specifier)),
    );
    expect(broken).toEqual([]);
  });

  test("takes no types by a reference comment, and silences neither the compiler nor the rules of its room", () => {
    const silenced =
      /@ts-(ignore|nocheck|expect-error)|biome-ignore[^\n]*(noRestricted|plugin|noExplicitAny|noDefault)/;
    const broken = pathsWhere(
      modules,
      ({ path, text }) => /^\s*\/\/\/\s*<reference/m.test(text) || (!isTest(path) && silenced.test(text)),
    );
    expect(broken).toEqual([]);
  });
});

describe("every committed file", () => {
  test("names no folder of one machine, no package registry, and no plan that is not in the repository", () => {
    const forbidden = [
      /(?:^|[\s"'`(=:,])\/(?:work|root|home|Users)\//m,
      /\bregistry\.[\w-]+\.\w|\bnpmjs\.(?:org|com)|\bartifactory\b|\bjfrog\b/i,
      /\bDESIGN(?:\.md| section)/,
    ];
    expect(pathsWhere(files, ({ text }) => forbidden.some((pattern) => pattern.test(text)))).toEqual([]);
  });

  test("what runs on the meter imports cborg and @noble, and nothing else from outside", () => {
    const pure = Object.keys(rooms).filter((room) => rooms[room]?.types.length === 0);
    const broken = pathsWhere(
      modules.filter(({ path }) => !isTest(path) && pure.includes(roomOf(path) ?? "")),
      ({ path, text }) =>
        specifiersOf(text).some(
          (specifier) => !relative(specifier) && !isOfSdk(path, specifier) && !/^(cborg|@noble\/)/.test(specifier),
        ),
    );
    expect(broken).toEqual([]);
  });
});
