/** A wrong import does not compile: the project references equal the table of allowed imports, and tsc itself refuses what the table forbids. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isTest, roomOf, rooms, root, sourceFiles } from "./repository.ts";

type Project = {
  readonly extends?: string;
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly references?: readonly { readonly path: string }[];
};

// The checks below fail on any file of another shape.
const project = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Project;
const names = Object.keys(rooms);
const referenced = (folder: string, config: Project) =>
  (config.references ?? []).map(({ path }) => posix.join(folder, path)).sort();

describe("the table of allowed imports", () => {
  test.each(names)("%s references exactly the rooms it may import, and sees exactly the types it may", (room) => {
    const config = project(`${room}/tsconfig.json`);
    expect(referenced(room, config)).toEqual([...(rooms[room]?.imports ?? [])].sort());
    const inner = names.filter((other) => other.startsWith(`${room}/`)).map((other) => other.slice(room.length + 1));
    const up = posix.relative(room, ".");
    expect({ ...config, references: [] }).toEqual({
      extends: `${up}/tsconfig.base.json`,
      compilerOptions: {
        rootDir: ".",
        outDir: `${up}/dist/${room}`,
        tsBuildInfoFile: `${up}/dist/${room}/.tsbuildinfo`,
        types: rooms[room]?.types,
      },
      include: ["**/*.ts"],
      exclude: [...inner, "**/tests"],
      references: [],
    });
  });

  test("the base gives no ambient types, no DOM, and no path that could stand for another", () => {
    const options = project("tsconfig.base.json").compilerOptions;
    expect(options).toMatchObject({ lib: ["ES2022"], types: [], composite: true, strict: true });
    for (const hole of ["paths", "baseUrl", "rootDirs", "typeRoots"]) expect(options).not.toHaveProperty(hole);
  });

  test("the root builds every room and the tests, and the tests may see every room", () => {
    const tests = project("tsconfig.tests.json");
    expect(referenced(".", project("tsconfig.json"))).toEqual([...names, "tsconfig.tests.json"].sort());
    expect(referenced(".", tests)).toEqual([...names].sort());
    expect(project("tsconfig.json").references?.length).toBe(names.length + 1);
  });

  test("there is no project outside the table, and no source outside a room", () => {
    const files = sourceFiles();
    const projects = files
      .filter((path) => path.endsWith("/tsconfig.json"))
      .map((path) => dirname(path))
      .sort();
    expect(projects).toEqual([...names].sort());
    const homeless = files.filter((path) => path.endsWith(".ts") && !isTest(path) && roomOf(path) === undefined);
    expect(homeless).toEqual([]);
  });

  test("nothing that the meter or the aggregator can reach, over any number of references, can decrypt", () => {
    const reach = (room: string): readonly string[] => [room, ...(rooms[room]?.imports ?? []).flatMap(reach)];
    for (const room of [
      "firmware",
      "hosts/moddable",
      "hosts/desktop",
      "hosts/desktop/window",
      "hosts/esp32",
      "hosts/node",
      "hosts/xs",
      "hosts/xs/worker",
      "headend/aggregator",
    ]) {
      expect(reach(room)).not.toContain("core/secret");
    }
    expect(names.filter((room) => rooms[room]?.imports.includes("sim"))).toEqual(["headend/cli"]);
    expect(names.filter((room) => rooms[room]?.imports.includes("headend/cli"))).toEqual([]);
  });
});

/** TS6059 and TS6307: a file outside the project and its references. TS2304, TS2584, TS2591 and TS2868: a name that nothing declares. TS2307: no such module. */
const outside = /TS6059|TS6307/;
const unknown = /TS2304|TS2552|TS2580|TS2584|TS2591|TS2868|TS2307/;

const use = (from: string, to: string) =>
  `import { room } from "${posix.relative(dirname(from), `${to}/room.ts`).replace(/^(?!\.)/, "./")}";\nexport const used = room;\n`;

/** One file each, in the room that must not be able to hold it. */
const wrong: readonly (readonly [path: string, text: string, refusal: RegExp])[] = [
  ...(
    [
      ["headend/aggregator", "core/secret"],
      ["headend/aggregator", "headend/provider"],
      ["headend/provider", "headend/aggregator"],
      ["headend/provider", "headend/authority"],
      ["headend/service", "core/secret"],
      ["headend/authority", "sim"],
      ["firmware", "headend/service"],
      ["firmware", "core/secret"],
      ["firmware", "hosts/node"],
      ["core", "core/secret"],
      ["core", "firmware"],
      ["core/secret", "headend/service"],
      ["hosts/node", "hosts/xs"],
      ["hosts/desktop", "hosts/node"],
      ["hosts/desktop", "core/secret"],
      ["hosts/desktop", "hosts/desktop/runner"],
      ["hosts/desktop", "hosts/desktop/window"],
      ["hosts/desktop/runner", "hosts/desktop"],
      ["hosts/esp32", "hosts/desktop"],
      ["hosts/desktop", "hosts/esp32"],
      ["hosts/esp32", "core/secret"],
      ["hosts/esp32", "hosts/esp32/runner"],
      ["hosts/moddable", "hosts/desktop"],
      ["hosts/moddable", "core/secret"],
      ["hosts/xs", "hosts/node"],
      ["hosts/xs", "hosts/xs/worker"],
      ["hosts/xs/worker", "hosts/xs"],
      ["hosts/xs/worker", "core/secret"],
      ["hosts/node", "headend/service"],
      ["sim", "headend/cli"],
    ] as const
  ).map(([from, to]) => {
    const path = `${from}/wrong-${to.replaceAll("/", "-")}.ts`;
    return [path, use(path, to), outside] as const;
  }),
  [
    "headend/aggregator/wrong-type.ts",
    'import type { Name } from "../../core/secret/other-type.ts";\nexport type N = Name;\n',
    outside,
  ],
  [
    "headend/aggregator/wrong-dynamic.ts",
    'export const load = () => import("../../core/secret/other-load.ts");\n',
    outside,
  ],
  ...["core", "firmware", "hosts/desktop", "hosts/xs/worker"].flatMap((room) =>
    Object.entries({
      process: "process.pid",
      console: 'console.log("")',
      timer: "setTimeout(() => {}, 1)",
      encoder: 'new TextEncoder().encode("")',
      crypto: "crypto.randomUUID()",
      buffer: "Buffer.alloc(1)",
      sorted: "[1].toSorted()",
    }).map(
      ([name, text]) =>
        [
          `${room}/wrong-${name}.ts`,
          `export const x = ${text};\n`,
          name === "sorted" ? /TS2550|TS2339/ : unknown,
        ] as const,
    ),
  ),
  ["core/wrong-node.ts", 'export { readFileSync } from "node:fs";\n', unknown],
  ["firmware/wrong-node.ts", 'export { readFileSync } from "node:fs";\n', unknown],
  ["core/wrong-suffix.ts", 'export { room } from "./room";\n', /TS2835/],
  ["core/wrong-enum.ts", "export enum Colour {\n  Red,\n}\n", /TS1294/],
];

describe("tsc, on a copy of every project with one sound file in each room", () => {
  let folder = "";
  const build = () => spawnSync(process.execPath, [tsc, "-b", "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  const tsc = join(root, "node_modules/typescript/bin/tsc");

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "choir-rooms-"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
    for (const path of ["package.json", "tsconfig.base.json", "tsconfig.json", "tsconfig.tests.json"]) {
      cpSync(join(root, path), join(folder, path));
    }
    // tsc names one importer of a file only, so each way of importing has a file of its own.
    mkdirSync(join(folder, "core/secret"), { recursive: true });
    for (const name of ["type", "load"]) {
      writeFileSync(join(folder, `core/secret/other-${name}.ts`), "export type Name = string;\n");
    }
    for (const [room, { imports }] of Object.entries(rooms)) {
      mkdirSync(join(folder, room), { recursive: true });
      cpSync(join(root, room, "tsconfig.json"), join(folder, room, "tsconfig.json"));
      writeFileSync(join(folder, room, "room.ts"), `export const room = "${room}";\nexport type Name = typeof room;\n`);
      for (const other of imports) {
        const path = `${room}/uses-${other.replaceAll("/", "-")}.ts`;
        writeFileSync(join(folder, path), use(path, other));
      }
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("every allowed import compiles", () => {
    expect(build().stdout).toBe("");
  });

  test("every wrong import, and every platform word where there is no platform, is refused by name", () => {
    for (const [path, text] of wrong) writeFileSync(join(folder, path), text);
    const { stdout, status } = build();
    expect(status).not.toBe(0);
    const lines = stdout.split("\n");
    const through = wrong.filter(
      ([path, , refusal]) => !lines.some((line) => line.startsWith(`${path}(`) && refusal.test(line)),
    );
    expect({ through: through.map(([path]) => path), stdout: through.length > 0 ? stdout : "" }).toEqual({
      through: [],
      stdout: "",
    });
  });
});
