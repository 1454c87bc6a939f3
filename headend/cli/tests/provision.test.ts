/** From a board as it comes to a meter that reports: enrolled, on the roll, provisioned, over TCP and over a serial port. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { toHex } from "../../../core/bytes.ts";
import { ConsoleDevice } from "../../../hosts/tests/console-device.ts";
import { describeWithTerminals, openTerminal } from "../../../hosts/tests/pseudo-terminal.ts";
import { newDeployment } from "../../authority/new-deployment.ts";
import { newRoll } from "../../authority/new-roll.ts";
import { readPlan } from "../../authority/plan-file.ts";
import { choir, type Ended } from "./choir.ts";

const BROKER = "mqtts://u%40home@broker.example";
const INTERVAL_MS = 900_000;
const FIRST = Math.floor(Date.now() / INTERVAL_MS) - 1;
const PASSWORDS = { broker: "broker's secret", wifi: "correct horse" } as const;
const authorities = fileURLToPath(new URL("../../../../headend/authority/tests/data/authorities.pem", import.meta.url));

let folder = "";
let deployment = "";
let home: ConsoleDevice;
let feeder: ConsoleDevice;
/** All that the command ever printed. */
const printed: string[] = [];

const file = (name: string): string => join(folder, name);
const run = async (...args: readonly string[]): Promise<Ended> => {
  const ended = await choir(args);
  printed.push(ended.stdout, ended.stderr);
  return ended;
};

/** Every flag that a home needs besides where it goes. */
const flags = (...more: readonly string[]): readonly string[] => [
  "provision",
  ...["--deployment", deployment, "--meter", "m-home", "--role", "home", "--broker", BROKER, "--ca", authorities],
  ...["--broker-password-file", file("broker-password"), "--pulses-per-kwh", "800"],
  ...more,
];
const plan = (): ReturnType<typeof readPlan> => readPlan(file("seats.csv"), file("feeders.csv"), FIRST);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-provision-"));
  deployment = file("deployment");
  newDeployment(deployment, {
    keyBits: 2048,
    intervalMs: INTERVAL_MS,
    channels: ["1-0:1.8.0", "1-0:2.8.0"],
    largestGroup: 4,
    kMin: 2,
    firstUtcMs: FIRST * INTERVAL_MS,
    lastUtcMs: (FIRST + 1000) * INTERVAL_MS,
    broker: BROKER,
    demonstration: true,
  });
  writeFileSync(file("broker-password"), `${PASSWORDS.broker}\n`);
  writeFileSync(file("wifi-password"), PASSWORDS.wifi);
  writeFileSync(
    file("seats.csv"),
    `seat,meter,key,block,groups\ns1,,,b1,north\ns2,m-other,${"5".repeat(64)},b1,north\n`,
  );
  writeFileSync(file("feeders.csv"), "feeder,key,groups\nf-north,,north\n");
  [home, feeder] = await Promise.all([ConsoleDevice.open(file("home")), ConsoleDevice.open(file("feeder"))]);
});

afterAll(async () => {
  await Promise.all([home.close(), feeder.close()]);
  rmSync(folder, { recursive: true, force: true });
});

describe("choir enrol", () => {
  const enrol = (...more: readonly string[]): Promise<Ended> =>
    run("enrol", "--deployment", deployment, "--seats", file("seats.csv"), ...more);

  test("asks a home for its key, writes it into its seat's row, and tells what comes next", async () => {
    const ended = await enrol("--seat", "s1", "--meter", "m-home", "--port", home.port);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toBe(
      `m-home ${toHex(home.publicKey)}: enrolled\n` +
        `next: choir authority roll --deployment ${deployment} --seats ${file("seats.csv")} --broker URL, then choir provision\n`,
    );
    expect(readFileSync(file("seats.csv"), "utf8").split("\n")[1]).toBe(`s1,m-home,${toHex(home.publicKey)},b1,north`);
  });

  test("takes a feeder's key as it is told", async () => {
    const key = toHex(feeder.publicKey);
    const ended = await enrol("--feeders", file("feeders.csv"), "--meter", "f-north", "--key", key);
    expect(ended).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining(`f-north ${key}: enrolled\nnext: `),
    });
    expect(readFileSync(file("feeders.csv"), "utf8").split("\n")[1]).toBe(`f-north,${key},north`);
  });

  test.each<readonly [what: string, more: readonly string[], says: string]>([
    ["without a key", ["--seat", "s1", "--meter", "m"], "enrol: expected --key or --port, got neither"],
    [
      "with both",
      ["--seat", "s1", "--meter", "m", "--key", "00", "--port", "/dev/null"],
      "expected --key or --port, got both",
    ],
    [
      "for a taken seat",
      ["--seat", "s2", "--meter", "m", "--key", "3".repeat(64)],
      "expected nobody there, or --replace",
    ],
    ["for a key of small order", ["--seat", "s1", "--meter", "m", "--key", "0".repeat(64)], "one of small order"],
    [
      "from a port that is none",
      ["--seat", "s1", "--meter", "m", "--port", "/dev/null"],
      "not a terminal (device_failed)",
    ],
  ])("%s ends with one line, and nothing is written", async (_what, more, says) => {
    const before = readFileSync(file("seats.csv"), "utf8");
    const ended = await enrol(...more);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(ended.stderr).toContain(says);
    expect(readFileSync(file("seats.csv"), "utf8")).toBe(before);
  });
});

describe("choir provision", () => {
  beforeAll(() => newRoll(deployment, plan(), BROKER));

  test("hands a home its table and configuration, and sees its meter start", async () => {
    const wifi = [
      "--wifi-ssid",
      "Zwölf",
      "--wifi-password-file",
      file("wifi-password"),
      "--time-server",
      "a.example",
      "b.example",
    ];
    const clamp = ["--clamp-microamperes-per-count", "69054", "--clamp-noise-milliamperes", "40"];
    const ended = await run(...flags(...wifi, ...clamp, "--checkpoint-seconds", "30", "--port", home.port));
    expect(ended.stdout.split("\n").map((line) => line.replace(/\d{4,}/g, "N"))).toEqual([
      "m-home: configuration 1, N bytes",
      `${home.port}: {"firmware":"0.1.0","host":"node","meter":null,"configuration":null,"fault":null}`.replace(
        /\d{4,}/,
        "N",
      ),
      "table: committed",
      "configuration: committed",
      `${home.port}: restarted; its meter has started`.replace(/\d{4,}/, "N"),
      "",
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^(table: [1-9]?\d0 %\n){10}(configuration: \d+ %\n){5,10}$/);
    expect(home.said).not.toContainEqual(expect.stringContaining("only counts"));
    expect(home.meter?.diagnostics().boots).toBe(1);
    expect(home.provisioning.current()).toMatchObject({
      version: 1,
      meter: "m-home",
      role: "home",
      metering: { checkpointMs: 30_000, checkpointPulses: 100, poolTarget: 2, outboxCapacity: 672, statusMs: 900_000 },
      broker: { host: "broker.example", port: 8883, user: "u@home" },
      wifi: { ssid: "Zwölf" },
      timeServers: ["a.example", "b.example"],
      sensors: [
        {
          obis: "1-0:1.8.0",
          kind: "pulse",
          input: 0,
          pulsesPerKilowattHour: 800,
          minHighMicros: 10_000,
          minLowMicros: 10_000,
        },
        {
          obis: "1-0:2.8.0",
          kind: "clamp",
          input: 0,
          microAmperesPerCount: 69_054,
          nominalMilliVolts: 230_000,
          noiseFloorMilliAmperes: 40,
        },
      ],
    });
    expect(home.provisioning.current()?.broker.authorities?.length).toBe(2);
    expect(home.provisioning.current()?.broker.password?.reveal()).toBe(PASSWORDS.broker);
    expect(home.provisioning.current()?.wifi?.password?.reveal()).toBe(PASSWORDS.wifi);
  });

  test("makes the next version for a meter that has one, and sends no table twice", async () => {
    const told = home.told.length;
    const ended = await run(...flags("--port", home.port));
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('"meter":"m-home","configuration":1');
    expect(ended.stdout).toContain("table: is there already\nconfiguration: committed\n");
    expect(home.told.slice(told).filter((line) => line.startsWith("put table"))).toEqual([]);
    expect(home.provisioning.current()).toMatchObject({ version: 2, wifi: undefined, sensors: [{ kind: "pulse" }] });
    expect(home.meter?.diagnostics().boots).toBe(2);
  });

  test("writes a configuration for its owner's eyes, and hands it over another day", async () => {
    const made = await run(...flags("--out", file("m-home.cose")));
    expect(made).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^m-home: configuration 3, \d+ bytes\n$/),
    });
    expect(statSync(file("m-home.cose")).mode & 0o777).toBe(0o600);
    const send = ["provision", "--send", file("m-home.cose"), "--port", home.port];
    expect(await run(...send)).toMatchObject({ code: 1, stderr: expect.stringContaining("--table") });
    const sent = await run(...send, "--table", join(deployment, "table.bin"));
    expect(sent.stdout).toContain("configuration: committed");
    expect(home.provisioning.current()?.version).toBe(3);
    const again = await run(...send, "--table", join(deployment, "table.bin"));
    expect(again.stdout).toContain("table: is there already\nconfiguration: is there already\n");
  });

  test("needs no table for a feeder", async () => {
    const args = [
      "--deployment",
      deployment,
      "--meter",
      "f-north",
      "--role",
      "feeder",
      "--broker",
      "mqtt://192.0.2.1:1884",
    ];
    const ended = await run(
      "provision",
      ...args,
      "--pulses-per-kwh",
      "1-0:2.8.0=500,1-0:1.8.0=1000",
      "--port",
      feeder.port,
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain("--broker without TLS");
    expect(ended.stdout).not.toContain("table");
    expect(feeder.provisioning.current()).toMatchObject({
      broker: { host: "192.0.2.1", port: 1884, authorities: undefined, user: undefined },
      sensors: [
        { obis: "1-0:1.8.0", input: 1, pulsesPerKilowattHour: 1000 },
        { obis: "1-0:2.8.0", input: 0, pulsesPerKilowattHour: 500 },
      ],
    });
    expect(feeder.said.at(-1)).toBe(`started ${toHex(feeder.publicKey)}`);
  });

  test("gives nothing to a machine that the roll lists for somebody else", async () => {
    const before = feeder.told.length;
    const ended = await run(...flags("--port", feeder.port));
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toContain(
      `expected the machine that the roll lists for m-home, ${toHex(home.publicKey)}, got ${toHex(feeder.publicKey)} (member_unknown)`,
    );
    expect(feeder.told.slice(before).every((line) => line === "" || line === "identity")).toBe(true);
  });

  test("tells when the meter does not start, and why", async () => {
    // this machine has no clamp there
    const clamp = [
      "--pulses-per-kwh",
      "1-0:2.8.0=1000",
      "--clamp-microamperes-per-count",
      "1",
      "--clamp-channel",
      "1-0:1.8.0",
    ];
    const ended = await run(...flags(...clamp, "--port", home.port));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("expected a meter that starts, got error config_invalid clamp of 1-0:1.8.0");
    expect((await run(...flags("--port", home.port))).stdout).toContain("its meter has started");
  });

  test("tells what the machine says when it refuses", async () => {
    const configured = await run(...flags("--out", file("old.cose")));
    expect(configured.code).toBe(0);
    await run(...flags("--port", home.port));
    const sent = await run(
      "provision",
      "--send",
      file("old.cose"),
      "--table",
      join(deployment, "table.bin"),
      "--port",
      home.port,
    );
    expect(sent.code).toBe(1);
    expect(sent.stderr).toMatch(
      /\nchoir: tcp:[^\n]* got error version_not_higher configuration.version: [^\n]*\(device_failed\)\n$/,
    );
  });

  test.each<readonly [says: string, ...args: readonly string[]]>([
    ["expected --deployment, got none"],
    ["expected --meter, got none", "--deployment", "{deployment}"],
    ["expected --role, got none", "--deployment", "{deployment}", "--meter", "m-home"],
    ["expected --broker, got none", "--deployment", "{deployment}", "--meter", "m-home", "--role", "home"],
    ["expected --port, got none", "--send", "{old.cose}"],
    [
      "expected a configuration that `choir provision --out` made, got no readable file",
      "--send",
      "{none}",
      "--port",
      "p",
    ],
  ])("is refused in one line: %s", async (says, ...args) => {
    const words = args.map((word) => word.replace(/^\{(.*)\}$/, (_, name: string) => file(name)));
    const ended = await run("provision", ...words);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(ended.stderr).toContain(says);
  });

  test.each<readonly [says: string, ...more: readonly string[]]>([
    ["expected --out or --port, got none"],
    ["--broker: expected a host name", "--broker", "mqtts://[::1]", "--out", "{x}"],
    ["member_unknown", "--meter", "m-nobody", "--out", "{x}"],
    ["ECONNREFUSED", "--port", "tcp://127.0.0.1:1"],
  ])("with all that is needed, is refused too: %s", async (says, ...more) => {
    const words = more.map((word) => word.replace(/^\{(.*)\}$/, (_, name: string) => file(name)));
    const ended = await run(...flags(...words));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(ended.stderr).toContain(says);
    expect(() => statSync(file("x"))).toThrow("ENOENT");
  });
});

describeWithTerminals("over a serial port", () => {
  test("a board is enrolled and provisioned as over TCP", async () => {
    const board = await ConsoleDevice.open(file("board"));
    board.noise = Buffer.from("\u0000ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON)\r\n");
    const tty = file("tty");
    const terminal = await openTerminal(tty, board.port);
    const seats = ["--deployment", deployment, "--seats", file("seats.csv"), "--seat", "s2"];
    const enrolled = await run("enrol", ...seats, "--meter", "m-board", "--port", tty, "--replace");
    expect(enrolled).toMatchObject({ code: 0, stderr: "" });
    newRoll(deployment, plan(), BROKER);
    // the first to leave takes the terminal with it, as a board that is unplugged does
    await terminal.unplug();
    const again = await openTerminal(tty, board.port);
    const provisioned = await run(...flags("--meter", "m-board", "--port", tty));
    expect(provisioned).toMatchObject({ code: 0, stdout: expect.stringContaining("restarted; its meter has started") });
    expect(board.provisioning.current()).toMatchObject({ version: 1, meter: "m-board" });
    expect(board.said).not.toContainEqual(expect.stringContaining("only counts"));
    await again.unplug();
    await board.close();
  });
});

test("no machine ever sent its seed, and nothing that was printed holds a seed or a password", () => {
  const lines = [...printed, ...home.said, ...feeder.said].join("\n");
  expect(lines).toContain(toHex(home.publicKey));
  for (const { seed } of [home, feeder]) {
    expect(seed.length).toBe(32);
    for (const form of ["hex", "base64", "base64url", "latin1"] as const) {
      expect(lines).not.toContain(seed.toString(form).replace(/=*$/, ""));
    }
  }
  for (const password of Object.values(PASSWORDS)) expect(lines).not.toContain(password);
});
