/** Files that tests of the street read: committed ones beside the tests, and real load data that is not part of the repository. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "@jest/globals";

// Tests run from dist/sim/tests.
const repository = new URL("../../../", import.meta.url);

/** A committed JSON file of sim/tests/data. */
export function testData(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`sim/tests/data/${name}`, repository), "utf8"));
}

/** The path of a real load file. */
export function loadData(name: string): string {
  return fileURLToPath(new URL(`../shared/data/swiss15min/${name}`, repository));
}

/** A `describe` for tests that read these real load files; where they are absent, one test says that they are skipped. */
export function describeWithLoadData(title: string, files: readonly string[], tests: () => void): void {
  const absent = files.filter((name) => !existsSync(loadData(name)));
  if (absent.length === 0) describe(title, tests);
  else describe(title, () => test.skip(`skipped: no ../shared/data/swiss15min/${absent.join(", ")}`, () => undefined));
}
