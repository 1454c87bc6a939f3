/** `choir street` as a newcomer runs it: what it prints, what its flags do, and what it says of wrong ones. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { choir, smallStreet } from "./choir.ts";
import { expectWhole, streetLines } from "./street-lines.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-street-test-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a clean run", () => {
  test("prints a line per group and interval and a summary, opens every sum exactly, and leaves nothing behind", async () => {
    const run = await choir(smallStreet("--meters", "7", "--groups", "2", "--intervals", "2", "--seed", "clean"));
    const lines = streetLines(run.stdout);
    expectWhole(lines);
    const first = Date.parse("2026-01-13T17:00:00+01:00") / 900_000;
    expect(lines.opened.map(({ group, interval, start, part }) => ({ group, interval, start, part }))).toEqual(
      ["2026-01-13T17:00:00+01:00", "2026-01-13T17:15:00+01:00"].flatMap((start, i) =>
        ["group-1", "group-2"].map((group) => ({ group, interval: first + i, start, part: 0 })),
      ),
    );
    for (const line of lines.opened) {
      expect(line).toMatchObject({ members: 7, contributors: 7, missing: [], left_out: [] });
      expect(Object.keys(line.channels)).toEqual(["1-0:1.8.0", "1-0:2.8.0"]);
      expect(line.channels["1-0:1.8.0"]?.sum_mwh).toBeGreaterThan(0);
      expect(line.feeder.residual_mwh).toBe(0);
    }
    const engine = `Node ${process.versions.node}`;
    expect(lines.summary).toMatchObject({ intervals: 2, opened: 4, meters: 14, host: "node", engine });
    expect(run).toMatchObject({ code: 0, stderr: "", leftBehind: [] });
  });

  test("for a person shows each sum and ends with the verdict", async () => {
    const args = smallStreet("--meters", "3", "--groups", "1", "--intervals", "1").filter((arg) => arg !== "--json");
    const run = await choir(args);
    expect(run).toMatchObject({ code: 0, stderr: "", leftBehind: [] });
    expect(run.stdout).toContain("group-1    3/3");
    expect(run.stdout).toContain("✓ Every opened sum is exact, and no reading was lost.");
  });
});

describe("a run that does not hold", () => {
  /** Alters what every provider process prints: `line` is a parsed line, and null prints nothing. */
  const provider = (change: string): string => `
    if (process.argv[2] === "provider") {
      const write = process.stdout.write.bind(process.stdout);
      const change = (line) => { ${change} };
      process.stdout.write = (text) => {
        const line = change(JSON.parse(text));
        return line === null || write(JSON.stringify(line) + "\\n");
      };
    }`;

  test("since one sum is 1 mWh off says so of that sum and of the whole, and exits with 1", async () => {
    const preload = provider(
      `if (line.interval % 2 === 1 && line.sumsMilliwattHours) line.sumsMilliwattHours["1-0:2.8.0"] += 1; return line;`,
    );
    const run = await choir(smallStreet("--meters", "3", "--groups", "1", "--intervals", "2"), { preload });
    const { opened, summary } = streetLines(run.stdout);
    expect(opened.map(({ interval, exact }) => [interval % 2, exact])).toEqual([
      [0, true],
      [1, false],
    ]);
    expect(summary).toMatchObject({ exact: false, coverage: 1 });
    expect(run.code).toBe(1);
  });

  test("since the provider keeps a sum to itself has lost readings, and exits with 1", async () => {
    const preload = provider("return line.interval % 2 === 1 ? null : line;");
    const run = await choir(smallStreet("--meters", "3", "--groups", "1", "--intervals", "2"), { preload });
    const { opened, summary } = streetLines(run.stdout);
    expect(opened.length).toBe(1);
    expect(summary).toMatchObject({ exact: true, coverage: 0.5 });
    expect(run.code).toBe(1);
  });
});

describe("flags", () => {
  test("--channels, --groups, --from, --custody and --keep do what they say", async () => {
    const keep = file("kept/street");
    const flags = [
      "--meters",
      "3",
      "--groups",
      "1",
      "--intervals",
      "1",
      "--channels",
      "1-0:1.8.0",
      "--custody",
      "provider",
    ];
    const run = await choir(smallStreet(...flags, "--from", "2026-07-01T12:00:00-04:30", "--keep", keep));
    const lines = streetLines(run.stdout);
    expectWhole(lines);
    expect(lines.opened.length).toBe(1);
    expect(lines.opened[0]).toMatchObject({ group: "group-1", start: "2026-07-01T12:00:00-04:30", contributors: 3 });
    expect(lines.opened[0]?.trustees).toEqual([]);
    expect(lines.opened[0]?.interval).toBe(Date.parse("2026-07-01T16:30:00Z") / 900_000);
    expect(Object.keys(lines.opened[0]?.channels ?? {})).toEqual(["1-0:1.8.0"]);
    expect(run).toMatchObject({ code: 0, leftBehind: [] });

    expect(readdirSync(keep).sort()).toEqual([
      "aggregators",
      "group-1.log",
      "key.cose",
      "meters.log",
      "provider",
      "provider.log",
      "roll.cose",
      "root.pem",
      "root.pub",
      "table.bin",
    ]);
    expect(readdirSync(join(keep, "provider")).sort()).toEqual([
      "provider.json",
      "secret.json",
      "signing.pem",
      "store",
    ]);
    expect(readdirSync(join(keep, "aggregators/group-1")).sort()).toEqual(["aggregator.json", "signing.pem", "store"]);
    const secrets = ["root.pem", "provider/secret.json", "provider/signing.pem", "aggregators/group-1/signing.pem"];
    for (const path of secrets) expect(statSync(join(keep, path)).mode & 0o777).toBe(0o600);
    // the log of a run tells no secret: both factors are in secret.json alone
    const factors: string[] = Object.values(JSON.parse(readFileSync(join(keep, "provider/secret.json"), "utf8")));
    for (const log of ["provider.log", "group-1.log"]) {
      const text = readFileSync(join(keep, log), "utf8");
      expect(factors.filter((factor) => text.includes(factor))).toEqual([]);
    }

    const before = readdirSync(keep);
    const again = await choir(smallStreet("--keep", keep));
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("choir: --keep: expected a new or empty folder, got");
    expect(readdirSync(keep)).toEqual(before);
  });

  test("--channels puts the import channel first wherever it stood", async () => {
    const flags = ["--meters", "3", "--groups", "1", "--intervals", "1", "--channels", "1-0:2.8.0, 1-0:1.8.0"];
    const lines = streetLines((await choir(smallStreet(...flags))).stdout);
    expectWhole(lines);
    expect(Object.keys(lines.opened[0]?.channels ?? {})).toEqual(["1-0:1.8.0", "1-0:2.8.0"]);
  });
});

describe("where the XS engine is not installed", () => {
  const preload = `
    import Module from "node:module";
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (request, ...rest) => {
      if (request.startsWith("@agoric/")) throw new Error("not installed");
      return resolve(request, ...rest);
    };`;

  test("--host xs is an error that says how to get it", async () => {
    const run = await choir(["street", "--host", "xs"], { preload });
    expect(run).toMatchObject({ code: 1, stdout: "", leftBehind: [] });
    expect(run.stderr).toMatch(/^choir: --host xs: expected a C compiler .* got no XS engine \(engine_absent\)\n$/);
  });

  test("a run that asked for no host says in one line that its meters run on Node", async () => {
    const flags = [
      "--json",
      "--key-bits",
      "2048",
      "--k-min",
      "3",
      "--meters",
      "3",
      "--groups",
      "1",
      "--intervals",
      "1",
    ];
    const run = await choir(["street", ...flags], { preload });
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^choir: no XS engine here, so the meters run on Node; .*\n$/);
    expect(streetLines(run.stdout).summary.host).toBe("node");
  });
});

describe("what is wrong is told in one line with its code, and nothing is begun", () => {
  beforeAll(() => {
    writeFileSync(file("faults.json"), '{"name":"x","faults":[{"kind":"loss","interval":9,"at":0.5}]}');
    writeFileSync(file("broken.json"), "{");
    writeFileSync(
      file("broken.csv"),
      "meter_id,timestamp_start,energy_wh\na,2026-01-13T17:00:00+01:00,1\nb,2026-01-13T17:15:00+01:00,x\n",
    );
    mkdirSync(file("full"));
    writeFileSync(file("full/letter.txt"), "mine");
  });

  // words in braces are files of the test
  test.each([
    ["--meters 0", "--meters: expected a whole number from 1 to 10000", "input_invalid"],
    ["--meters 2.5", "--meters: expected a whole number", "input_invalid"],
    ["--meters 3 --k-min 4", "group: expected at least k_min = 4 meters, got 3", "group_too_small"],
    ["--k-min none", "--k-min: expected a whole number", "input_invalid"],
    ["--groups 0", "--groups: expected a whole number from 1 to 100", "input_invalid"],
    ["--intervals some", "--intervals: expected a whole number", "input_invalid"],
    ["--intervals all", "--intervals all: expected --data", "input_invalid"],
    ["--from today", "--from: expected a time of RFC 3339", "input_invalid"],
    ["--from 2026-01-13T17:01:00Z", "expected the start of an interval", "input_invalid"],
    ["--host esp32", "Allowed choices are xs, node, desktop.", "input_invalid"],
    ["--data {absent.csv}", "absent.csv: expected a readable file, got ENOENT", "input_invalid"],
    ["--data {broken.csv}", "broken.csv:3 energy_wh: expected Wh as a plain decimal", "input_invalid"],
    ["--feeder {absent.csv}", "absent.csv: expected a readable file", "input_invalid"],
    ["--broker localhost", "--broker: expected a URL like mqtt://127.0.0.1:1883", "input_invalid"],
    ["--broker mqtt://a:secret@127.0.0.1:1", "broker: expected one at mqtt://127.0.0.1:1, got", "broker_failed"],
    ["--key-bits 1024", "--key-bits: expected 2048 or 3072", "input_invalid"],
    ["--channels energy", "--channels: expected an OBIS code like 1-0:1.8.0", "field_wrong"],
    ["--channels 1-0:1.8.0,1-0:1.8.0", "--channels: expected each OBIS code once", "input_invalid"],
    ["--faults weather", "expected a file, or one of none, meter_power_cut,", "input_invalid"],
    ["--faults {absent.json}", "absent.json: expected a readable file", "input_invalid"],
    ["--faults {broken.json}", "broken.json: expected JSON", "input_invalid"],
    ["--faults {faults.json}", "interval: expected 0 to 5 in a run of 6, got 9", "input_invalid"],
    ["--keep {full}", "--keep: expected a new or empty folder, got letter.txt in it", "input_invalid"],
    ["--keep {full/letter.txt}", "--keep: expected a new or empty folder, got EEXIST", "input_invalid"],
    ["--keep {full/letter.txt/below}", "--keep: expected a new or empty folder, got ENOTDIR", "input_invalid"],
    ["--keep {never} --faults weather", "expected a file, or one of none", "input_invalid"],
    ["--meter 3", "unknown option '--meter' (Did you mean --meters?)", "input_invalid"],
    ["--seed", "option '--seed <s>' argument missing", "input_invalid"],
    ["north", "too many arguments", "input_invalid"],
  ])("street %s", async (flags, says, code) => {
    const args = flags.split(" ").map((word) => word.replace(/^\{(.*)\}$/, (_, name: string) => file(name)));
    const run = await choir(["street", "--host", "node", ...args]);
    expect(run).toMatchObject({ code: 1, stdout: "", leftBehind: [] });
    expect(run.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(run.stderr).toContain(says);
    expect(run.stderr.endsWith(` (${code})\n`)).toBe(true);
    expect(run.stderr).not.toContain("secret");
    expect(existsSync(file("never"))).toBe(false);
    expect(readdirSync(file("full"))).toEqual(["letter.txt"]);
  });
});

describe("a run that is ended early", () => {
  const endless = smallStreet("--meters", "3", "--groups", "1", "--intervals", "5000");

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends its processes, removes its folder, and exits as shells expect", async (signal, code) => {
    const run = await choir(endless, { onFirstLine: (command) => command.kill(signal) });
    expect(run).toMatchObject({ code, stderr: "", leftBehind: [] });
    expect(run.stdout).not.toContain('"summary"');
  });

  test("by a reader that has seen enough ends as quietly", async () => {
    const run = await choir(endless, { onFirstLine: (command) => command.stdout?.destroy() });
    expect(run).toMatchObject({ code: 1, stderr: "", leftBehind: [] });
  });
});
