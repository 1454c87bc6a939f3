/** Bundle, snapshot and start: TypeScript becomes an engine that continues where its snapshot was taken. */

import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bundleForXs, sourcePath } from "../bundle.ts";
import { buildSnapshot, startFromSnapshot } from "../snapshot.ts";
import { shrinkSnapshot } from "../snapshot-memory.ts";
import { bytesOf, describeWithWorker, textOf } from "./with-worker.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "choir-xs-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const echo = "handleCommand = (b) => b;";
const entropy = (): Uint8Array => Uint8Array.of(4);

describe("bundle for XS", () => {
  test("a source path is found from dist as from the sources", async () => {
    expect(JSON.parse(await readFile(sourcePath("package.json"), "utf8"))).toMatchObject({ name: "choir" });
    await expect(stat(sourcePath("hosts/xs/bundle.ts"))).resolves.toBeDefined();
  });

  test("what does not resolve is named", async () => {
    const entry = join(folder, "broken.ts");
    await writeFile(entry, 'import { absent } from "./absent.ts";\nabsent();\n');
    await expect(bundleForXs(entry)).rejects.toThrow("./absent.ts");
  });

  test("bytes that are no snapshot are left as they are", () => {
    const junk = Uint8Array.from({ length: 500 }, (_, index) => (index * 7) & 0xff);
    const before = [...junk];
    expect(shrinkSnapshot(junk)).toBe(false);
    expect([...junk]).toEqual(before);
  });
});

describeWithWorker("XS snapshot", ({ workerPath, start }) => {
  test("TypeScript with a class that names itself in a static initialiser and private fields runs", async () => {
    const entry = join(folder, "entry.ts");
    await writeFile(join(folder, "one.ts"), "export const one: bigint = 1n;\n");
    await writeFile(
      entry,
      `import { one } from "./one.ts";
       class Point { static readonly BASE: Point = new Point(one); static zero: Point; static { Point.zero = new Point(0n); }
         #x: bigint; constructor(x: bigint) { this.#x = x; } get x(): bigint { return this.#x; } }
       Object.assign(globalThis, { handleCommand: () => Uint8Array.of(Number(Point.BASE.x + Point.zero.x)).buffer });`,
    );
    const worker = start();
    await worker.evaluate(await bundleForXs(entry));
    expect([...(await worker.command(bytesOf("x"))).reply]).toEqual([1]);
    expect(bundleForXs(entry)).toBe(bundleForXs(entry));
  });

  test("the engine's own signatures, digest and CBOR libraries load without a console or randomness and agree with Node", async () => {
    const entry = join(sourcePath("hosts/xs/tests"), "libraries-entry.ts");
    const worker = start();
    await worker.evaluate(await bundleForXs(entry));
    const { libraries } = await import("./libraries.ts");
    expect((await worker.command(bytesOf("message"))).reply).toEqual(libraries(bytesOf("message")));
  });

  test("every worker continues where the snapshot was taken, none sees another", async () => {
    const bundle =
      "let table; let n = 0; handleCommand = (b) => { table ??= b; n++; return Uint8Array.of(n, ...new Uint8Array(table)).buffer; };";
    const path = await buildSnapshot({ workerPath, bundle, commands: [Uint8Array.of(7, 8)] }, folder);
    for (const _ of [1, 2]) {
      const worker = startFromSnapshot(workerPath, path, entropy);
      expect([...(await worker.command(bytesOf("x"))).reply]).toEqual([2, 7, 8]);
      expect([...(await worker.command(bytesOf("x"))).reply]).toEqual([3, 7, 8]);
      await worker.kill();
    }
  });

  test("a snapshot is built once per bundle and public data", async () => {
    const content = { workerPath, bundle: `${echo} // once`, commands: [bytesOf("ab"), bytesOf("c")] };
    const paths = await Promise.all([buildSnapshot(content, folder), buildSnapshot(content, folder)]);
    expect(paths[0]).toBe(paths[1]);
    const built = (await stat(paths[0])).mtimeMs;
    expect(await buildSnapshot(content, folder)).toBe(paths[0]);
    expect((await stat(paths[0])).mtimeMs).toBe(built);
    expect(await buildSnapshot({ ...content, commands: [bytesOf("a"), bytesOf("bc")] }, folder)).not.toBe(paths[0]);
    expect(await buildSnapshot({ ...content, bundle: `${echo} // twice` }, folder)).not.toBe(paths[0]);
  });

  test.each([
    ["asks the host while it loads", "issueCommand(new ArrayBuffer(1));", "no query before the snapshot"],
    ["asks the host for a command", "handleCommand = (b) => issueCommand(b);", "no query before the snapshot"],
    ["throws", "throw new Error('not ready');", "not ready"],
    ["rejects without a handler", "Promise.reject(new Error('lost'));", "lost"],
  ])("a bundle that %s gives no snapshot and leaves no file", async (_, bundle, message) => {
    const empty = join(folder, "empty");
    await mkdir(empty, { recursive: true });
    const content = { workerPath, bundle, commands: [bytesOf("x")] };
    await expect(buildSnapshot(content, empty)).rejects.toThrow(message);
    expect(await readdir(empty)).toEqual([]);
  });

  test("a worker from a snapshot starts with a small heap, and grows far beyond it when it must", async () => {
    const bundle = `let kept = []; handleCommand = (b) => {
      for (let i = 0; i < 200; i++) { const bytes = new ArrayBuffer(100000); new Uint8Array(bytes)[i] = i; kept.push(bytes); }
      for (let i = 0; i < 200000; i++) kept.push({ i });
      let sum = 0; for (const k of kept) sum += k.i ?? new Uint8Array(k).reduce((a, v) => a + v, 0);
      return new TextEncoder().encode(String(sum)).buffer; };`;
    const path = await buildSnapshot({ workerPath, bundle, commands: [] }, folder);
    const worker = startFromSnapshot(workerPath, path, entropy);
    try {
      const { reply } = await worker.command(bytesOf("grow"));
      expect(textOf(reply)).toBe(`${(199 * 200) / 2 + (199_999 * 200_000) / 2}`);
    } finally {
      await worker.kill();
    }
    // shrinkSnapshot knows the layout that this binary writes, and refuses it once shrunk
    const shrunk = await readFile(path);
    expect(shrinkSnapshot(shrunk)).toBe(false);
    const whole = join(folder, "whole.xss");
    await start().writeSnapshot(whole);
    expect(shrinkSnapshot(await readFile(whole))).toBe(true);
  });
});
