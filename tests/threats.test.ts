/** docs/THREATS.md against the tests: each test that it names is there, and each attack is on the page. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "./repository.ts";

const ATTACKS = "tests/attacks";

/** The text of a test file: of the attacks where no folder is given. */
function fileOf(name: string): string {
  return join(root, name.includes("/") ? `${name}.test.ts` : `${ATTACKS}/${name}.test.ts`);
}

/** Tests as the page names them, `file > test`. */
const named = [...readFileSync(join(root, "docs/THREATS.md"), "utf8").matchAll(/`([\w/-]+) > ([^`]+)`/g)].map(
  ([, file = "", name = ""]) => ({ file, name }),
);

/** Names of the tests in a file, as they are written. */
function testsIn(path: string): readonly string[] {
  const calls = readFileSync(path, "utf8").matchAll(/\btest(?:\.each\([\s\S]*?\]\))?\(\s*"([^"]+)"/g);
  return [...calls].map(([, name = ""]) => name);
}

test("every test that the page names is there", () => {
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ file, name }) => {
    const path = fileOf(file);
    return !existsSync(path) || !testsIn(path).includes(name);
  });
  expect(missing).toEqual([]);
});

test("every attack is on the page", () => {
  const files = readdirSync(join(root, ATTACKS)).filter((name) => name.endsWith(".test.ts"));
  const attacks = files.flatMap((name) => {
    const file = name.replace(/\.test\.ts$/, "");
    return testsIn(fileOf(file)).map((attack) => ({ file, name: attack }));
  });
  expect(attacks.length).toBeGreaterThan(30);
  const onPage = new Set(named.map(({ file, name }) => `${file} > ${name}`));
  expect(attacks.filter(({ file, name }) => !onPage.has(`${file} > ${name}`))).toEqual([]);
});
