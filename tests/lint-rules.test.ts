/** Biome closes what project references let through: compiled copies, npm packages, and the globals that every ES library declares. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { root } from "./repository.ts";

const imports = "lint/style/noRestrictedImports";
const globals = "lint/style/noRestrictedGlobals";
const plugin = "plugin";

/** What must be refused: room, text of the file, rule that refuses it. */
const refused: readonly (readonly [room: string, text: string, rule: string])[] = [
  ...["core", "firmware", "hosts/xs/worker"].flatMap((room) => [
    [room, 'export { a } from "../dist/core/secret/key.js";', imports] as const,
    [room, 'export { a } from "node:fs";', imports] as const,
    [room, 'export { a } from "fs";', imports] as const,
    [room, 'export { a } from "mqtt";', imports] as const,
    [room, 'export { a } from "classic-level";', imports] as const,
    [room, 'export const load = () => import("pino");', imports] as const,
    [room, "export const at = Date.now();", globals] as const,
    [room, "export const at = new Date();", globals] as const,
    [room, 'export const run = new Function("return this");', globals] as const,
    [room, "export const at = process.pid;", globals] as const,
    [room, "setTimeout(() => {}, 1);", globals] as const,
  ]),
  ["hosts/desktop", 'export { readFileSync } from "node:fs";', imports],
  ["hosts/desktop", 'export { connect } from "mqtt";', imports],
  ["hosts/desktop", "export const at = process.pid;", globals],
  ["hosts/desktop", "setTimeout(() => {}, 1);", globals],
  ["core", "export const all = globalThis;", globals],
  ["firmware", "export const all = globalThis;", globals],
  ["firmware", "export const at = performance.now();", globals],
  ...[
    "core",
    "core/secret",
    "firmware",
    "hosts/desktop",
    "hosts/node",
    "headend/aggregator",
    "headend/cli",
    "sim",
    "core/tests",
  ].flatMap((room) => [
    [room, "export const roll = Math.random();", plugin] as const,
    [room, "export const { random } = Math;", plugin] as const,
    [room, 'export const roll = Math["random"]();', plugin] as const,
  ]),
  ...["core/secret", "headend/aggregator", "headend/provider"].flatMap((room) => [
    [room, 'export { a } from "../../dist/core/secret/key.js";', imports] as const,
    [room, "export const at = Date.now();", plugin] as const,
    [room, "export const at = new Date();", plugin] as const,
  ]),
  ["sim", "export const load: any = 1;", "lint/suspicious/noExplicitAny"],
  ["sim", "const a = 1;\nexport default a;", "lint/style/noDefaultExport"],
];

const accepted: readonly (readonly [room: string, text: string])[] = [
  ["core", 'export { encode } from "cborg";\nexport { ed25519 } from "@noble/curves/ed25519.js";'],
  ["core", 'export { a } from "./errors.ts";\nexport { b } from "../firmware/host.ts";'],
  ["core", "export const width = Math.ceil(1.5);"],
  ["core/tests", 'export { readFileSync } from "node:fs";'],
  ["hosts/xs/worker", "export const all = globalThis;"],
  ["hosts/desktop", 'import Timer from "timer";\nexport const at = Date.now();\nTimer.set(() => {}, 1);'],
  ["hosts/desktop", 'import TCP from "embedded:io/socket/tcp";\nexport const made = TCP;'],
  ["hosts/desktop/runner", 'export { spawn } from "node:child_process";'],
  ["hosts/node", 'export { connect } from "mqtt";\nexport const at = Date.now();'],
  ["headend/provider", "export const start = (utcMs: number) => new Date(utcMs).toISOString();"],
];

let found: ReadonlyMap<string, ReadonlySet<string>> = new Map();
let folder = "";
const pathOf = (kind: string, room: string, index: number) => `${room}/${kind}-${index}.ts`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-lint-"));
  for (const path of ["biome.json", "no-math-random.grit", "no-system-clock.grit", ".gitignore"]) {
    cpSync(join(root, path), join(folder, path));
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  };
  refused.forEach(([room, text], index) => {
    write(pathOf("refused", room, index), text);
  });
  accepted.forEach(([room, text], index) => {
    write(pathOf("accepted", room, index), text);
  });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules/@biomejs/biome/bin/biome"), "lint", "--reporter=json", "--max-diagnostics=none", "."],
    { cwd: folder, encoding: "utf8" },
  );
  if (stdout === "") throw new Error(`biome reported nothing: ${stderr}`);
  // The reporter's shape; another shape throws below.
  const report = JSON.parse(stdout) as {
    readonly diagnostics: readonly {
      readonly category: string;
      readonly severity: string;
      readonly location: { readonly path: string };
    }[];
  };
  const rules = new Map<string, Set<string>>();
  for (const { category, severity, location } of report.diagnostics) {
    if (severity !== "error") continue;
    const path = location.path.replace(/^\.\//, "");
    rules.set(path, (rules.get(path) ?? new Set()).add(category));
  }
  found = rules;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what a room must not use is an error of the rule that forbids it", () => {
  const through = refused.filter(([room, , rule], index) => !found.get(pathOf("refused", room, index))?.has(rule));
  expect(through).toEqual([]);
});

test("what a room may use is no error", () => {
  expect(accepted.filter(([room], index) => found.has(pathOf("accepted", room, index)))).toEqual([]);
});
