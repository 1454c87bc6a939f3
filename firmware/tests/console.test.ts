/** The console: a machine provisioned line by line, what it refuses, and that its identity's seed never shows. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { OBIS_EXPORT } from "../../core/names.ts";
import { aboutMachine } from "../about.ts";
import { type BlobSink, ConfigurationSink, isFile } from "../blob.ts";
import { ABANDONED_MS, Console, MOST_LINE_CHARACTERS, MOST_PUT_BYTES } from "../console.ts";
import { identityOf } from "../identity.ts";
import { type Meter, startMeter } from "../meter.ts";
import { factoryReset, Provisioning } from "../provisioning.ts";
import { FIRMWARE_VERSION } from "../version.ts";
import { type Deployment, makeDeployment, PASSWORDS } from "./deployment.ts";
import { HashEntropy, MapStore, nodeDigest, nodeSigner, nodeVerify } from "./doubles.ts";
import { Machine } from "./machine.ts";

let deployment: Deployment;
let table: Uint8Array;
beforeAll(() => {
  deployment = makeDeployment();
  table = Buffer.concat(Array.from({ length: 257 }, (_, i) => deployment.table.entry(i)));
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A flash with room for one table. */
class TableSink implements BlobSink {
  readonly mostBytes = 100_000;
  bytes: Uint8Array = new Uint8Array(0);

  begin(): void {
    this.bytes = new Uint8Array(0);
  }

  append(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  commit(length: number, hash: Uint8Array): void {
    if (!this.holds(length, hash)) throw new ChoirError("table_wrong", "table", "the bytes of its hash", "others");
  }

  holds(length: number, hash: Uint8Array): boolean {
    return isFile(this.bytes, length, hash, nodeDigest);
  }
}

/** A machine with a console, and all that it ever said. */
class Bench {
  readonly store = new MapStore();
  readonly entropy = new HashEntropy("entropy");
  readonly table = new TableSink();
  readonly said: string[] = [];
  readonly did: string[] = [];
  readonly board = new Machine({ deployment });
  meter: Meter | undefined;
  readonly provisioning = new Provisioning(
    { store: this.store, verify: nodeVerify, digest: nodeDigest },
    () => this.identity(),
    512,
  );
  readonly console = new Console(
    {
      scheduler: this.board.time,
      identity: () => this.identity(),
      about: () => aboutMachine("bench", this.provisioning),
      diagnostics: () => this.meter?.diagnostics(),
      sinks: { configuration: new ConfigurationSink(this.provisioning, nodeDigest), table: this.table },
      pause: () => this.did.push("pause"),
      restart: () => this.did.push("restart"),
      forget: (everything) => {
        this.did.push("forget");
        factoryReset(this.store, everything);
      },
    },
    (line) => this.said.push(line),
    { pulses: (words) => this.said.push(`pulses ${words.join(" ")}`) },
  );

  identity(): Uint8Array {
    return identityOf({ store: this.store, entropy: this.entropy, signer: nodeSigner }).publicKey;
  }

  /** What a line is answered with, all of it. */
  ask(line: string): string {
    const from = this.said.length;
    this.console.obey(line);
    return this.said.slice(from).join("\n");
  }

  /** Puts a file piece by piece and commits it. */
  put(file: string, bytes: Uint8Array, piece = MOST_PUT_BYTES): string {
    for (let at = 0; at < bytes.length; at += piece) {
      const text = Buffer.from(bytes.subarray(at, at + piece)).toString("base64");
      expect(this.ask(`put ${file} ${at} ${text}`)).toBe(`put ${file} ${Math.min(bytes.length, at + piece)}`);
    }
    return this.ask(`commit ${file} ${bytes.length} ${sha256(bytes)}`);
  }

  configuration(version = 1): Uint8Array {
    return deployment.configuration(deployment.roll({ home: this.identity() }), { version });
  }
}

describe("a machine is provisioned line by line", () => {
  test("tells its public key, takes table and configuration, and starts again when told", () => {
    const bench = new Bench();
    const answer = bench.ask("identity");
    expect(answer).toBe(`identity ${toHex(bench.identity())}`);
    expect(JSON.parse(bench.ask("version").slice("version ".length))).toEqual({
      firmware: FIRMWARE_VERSION,
      host: "bench",
      meter: null,
      configuration: null,
      fault: null,
    });
    expect(bench.put("table", table)).toBe("committed table");
    expect(bench.put("configuration", bench.configuration())).toBe("committed configuration");
    expect(JSON.parse(bench.ask("version").slice("version ".length))).toMatchObject({ meter: "h1", configuration: 1 });
    expect(bench.did).toEqual(["pause"]);
    expect(bench.ask("restart")).toBe("restarting");
    expect(bench.did).toEqual(["pause", "restart"]);
    expect(bench.table.bytes.length).toBe(table.length);
  });

  test("goes on counting while a configuration is put, and has it in force only when it is committed", () => {
    const bench = new Bench();
    const bytes = bench.configuration();
    bench.put("configuration", bytes.slice(0, -1));
    expect(bench.provisioning.current()).toBeUndefined();
    bench.put("configuration", bytes, 100);
    expect(bench.provisioning.current()?.version).toBe(1);
    expect(bench.did).toEqual([]);
  });

  test("answers a piece that came already, and a commit that was done already, as it did before", () => {
    const bench = new Bench();
    const bytes = bench.configuration();
    const piece = (at: number, length: number): string =>
      `put configuration ${at} ${Buffer.from(bytes.subarray(at, at + length)).toString("base64")}`;
    const twice = (line: string, answer: string): void => {
      expect([bench.ask(line), bench.ask(line)]).toEqual([answer, answer]);
    };
    for (let at = 0; at < bytes.length; at += 300) {
      twice(piece(at, 300), `put configuration ${Math.min(at + 300, bytes.length)}`);
    }
    twice(`commit configuration ${bytes.length} ${sha256(bytes)}`, "committed configuration");
    expect(bench.provisioning.bytes()).toEqual(bytes);
    bench.put("table", table);
    twice(`commit table ${table.length} ${sha256(table)}`, "committed table");
  });

  test("says that it has a table already, so that it need not come again", () => {
    const bench = new Bench();
    bench.table.bytes = table;
    expect(bench.ask(`commit table ${table.length} ${sha256(table)}`)).toBe("committed table");
    expect(bench.ask(`commit table ${table.length} ${"0".repeat(64)}`)).toMatch(/^error input_invalid /);
    expect(bench.did).toEqual([]);
  });
});

describe("what is put wrong is refused, and what was in force stays", () => {
  test.each([
    ["a hole", "put configuration 400 QUJD", /^error value_out_of_range .*300/],
    [
      "more bytes than a piece may have",
      `put configuration 300 ${Buffer.alloc(385).toString("base64")}`,
      /^error length_wrong /,
    ],
    ["no base64", "put configuration 300 QUJ", /^error input_invalid /],
    ["an offset that is no number", "put configuration 0x12c QUJD", /^error input_invalid /],
    ["a file that does not exist", "put firmware 0 QUJD", /^error input_invalid /],
    ["a word too many", "put configuration 300 QUJD QUJD", /^error input_invalid /],
    ["two spaces", "put  configuration 300 QUJD", /^error input_invalid /],
    ["another length", `commit configuration 301 ${"0".repeat(64)}`, /^error length_wrong /],
    ["another hash", `commit configuration 300 ${"0".repeat(64)}`, /^error input_invalid /],
    ["a hash cut short", "commit configuration 300 00", /^error input_invalid /],
    ["a hash that is none", `commit configuration 300 ${"x".repeat(64)}`, /^error input_invalid /],
  ])("%s", (_what, line, answer) => {
    const bench = new Bench();
    bench.put("configuration", bench.configuration());
    const before = bench.provisioning.bytes();
    expect(bench.ask(`put configuration 0 ${Buffer.alloc(300, 1).toString("base64")}`)).toBe("put configuration 300");
    expect(bench.ask(line)).toMatch(answer);
    expect(bench.provisioning.bytes()).toEqual(before);
  });

  test("a configuration that provisioning refuses is answered by its code, and another can be put", () => {
    const bench = new Bench();
    const foreign = deployment.configuration(deployment.roll({}));
    expect(bench.put("configuration", foreign)).toMatch(/^error member_unknown [ -~]*$/);
    expect(bench.put("configuration", bench.configuration(3))).toBe("committed configuration");
    expect(bench.put("configuration", bench.configuration(2))).toMatch(/^error version_not_higher /);
    expect(bench.put("configuration", bench.configuration(3))).toBe("committed configuration");
    expect(bench.provisioning.current()?.version).toBe(3);
  });

  test("more than the sink holds", () => {
    const bench = new Bench();
    const piece = Buffer.alloc(MOST_PUT_BYTES).toString("base64");
    let answer = "";
    for (let at = 0; !answer.startsWith("error"); at += MOST_PUT_BYTES)
      answer = bench.ask(`put configuration ${at} ${piece}`);
    expect(answer).toMatch(/^error length_wrong .*at most 65536 bytes/);
  });

  test.each([
    ["", ""],
    [
      "hello",
      "error input_invalid line: expected identity, version, diagnostics, put, commit, restart, forget, pulses, got hello (input_invalid)",
    ],
    ["toString", /^error input_invalid /],
    ["identity please", /^error input_invalid /],
    ["identity\t", /^error input_invalid /],
    ["\u00ff\u0000noise", /^error input_invalid [ -~]*$/],
    ["x".repeat(MOST_LINE_CHARACTERS + 1), /^error input_invalid [ -~]*$/],
    ["forget", /^error input_invalid /],
    ["forget all", /^error input_invalid /],
  ])("the line %j", (line, answer) => {
    const bench = new Bench();
    expect(bench.ask(line)).toMatch(answer);
    expect([bench.did, bench.store.operations]).toEqual([[], []]);
  });

  test("a host's own words are obeyed beside these", () => {
    expect(new Bench().ask("pulses 1-0:1.8.0 3")).toBe("pulses 1-0:1.8.0 3");
  });

  test("no entropy, no identity", () => {
    const bench = new Bench();
    bench.entropy.seeded = false;
    expect(bench.ask("identity")).toMatch(/^error entropy_unseeded /);
  });
});

describe("a machine that was stopped for a table", () => {
  const half = (): string => `put table 0 ${Buffer.alloc(300).toString("base64")}`;

  test("starts again by itself a minute after the last word", async () => {
    const bench = new Bench();
    bench.ask(half());
    await bench.board.time.runTo(bench.board.time.nowMs + ABANDONED_MS - 1);
    bench.ask("identity");
    await bench.board.time.runTo(bench.board.time.nowMs + ABANDONED_MS - 1);
    expect(bench.did).toEqual(["pause"]);
    await bench.board.time.runTo(bench.board.time.nowMs + 1);
    expect(bench.did).toEqual(["pause", "restart"]);
  });

  test("starts again once when it is told", async () => {
    const bench = new Bench();
    bench.ask(half());
    bench.ask("restart");
    await bench.board.time.runTo(bench.board.time.nowMs + 2 * ABANDONED_MS);
    expect(bench.did).toEqual(["pause", "restart"]);
  });
});

test.each([
  ["configuration", ["identity"]],
  ["everything", []],
])("forget %s resets, and starts again", (what, left) => {
  const bench = new Bench();
  bench.put("configuration", bench.configuration());
  expect(bench.ask(`forget ${what}`)).toBe("forgotten");
  expect(bench.did).toEqual(["pause", "forget", "restart"]);
  expect([...bench.store.map.keys()]).toEqual(left);
});

test("a configuration that can no longer be read is told by its code, and does not stop the console", () => {
  const bench = new Bench();
  bench.store.set("configuration", Uint8Array.of(1));
  expect(JSON.parse(bench.ask("version").slice("version ".length))).toMatchObject({
    meter: null,
    fault: "store_corrupt",
  });
  expect(bench.put("configuration", bench.configuration())).toMatch(/^error store_corrupt /);
  bench.ask("forget configuration");
  expect(bench.put("configuration", bench.configuration())).toBe("committed configuration");
});

test("nothing that it says or publishes holds the identity's seed or a password, whatever it is asked", async () => {
  const bench = new Bench();
  bench.put("table", table);
  bench.put("configuration", bench.configuration());
  const samplers = new Map([[OBIS_EXPORT, { read: () => [] }]]);
  const board = new Machine({ deployment, store: bench.store, samplers });
  const settings = bench.provisioning.settings();
  if (settings === undefined) throw new Error("not provisioned");
  bench.meter = startMeter(board.host, settings);
  board.uplink.link(true);
  await board.time.runTo(board.time.nowMs + 4_000_000);
  const word = fc.constantFrom(
    ..."identity version diagnostics put commit restart configuration table seed 0 384 QUJD AAAA= everything start".split(
      " ",
    ),
    "0".repeat(64),
  );
  const lines = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.oneof(lines, fc.string()), (line) => void bench.ask(line)),
    { numRuns: 2000 },
  );
  const seed = Buffer.from(bench.store.map.get("identity") ?? []);
  expect(seed.length).toBe(32);
  const messages = board.uplink.messages.map(({ payload }) => Buffer.from(payload));
  expect(messages.length).toBeGreaterThan(4);
  const everything = Buffer.concat([Buffer.from([...bench.said, ...board.log.lines].join("\n")), ...messages]);
  expect(everything.includes(bench.ask("identity").slice("identity ".length))).toBe(true);
  const secrets = [seed, ...Object.values(PASSWORDS).map((text) => Buffer.from(text))];
  for (const secret of secrets) {
    for (const form of [
      secret,
      ...(["hex", "base64", "base64url"] as const).map((as) => Buffer.from(secret.toString(as).replace(/=*$/, ""))),
    ]) {
      expect(everything.includes(form)).toBe(false);
    }
    expect(everything.toString("latin1").toLowerCase()).not.toContain(secret.toString("hex"));
  }
});

test("the version that it tells is that of package.json", () => {
  const path = new URL("../../../package.json", import.meta.url);
  expect(readFileSync(path, "utf8")).toContain(`"version": "${FIRMWARE_VERSION}"`);
});
