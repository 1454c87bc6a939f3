/** The commands besides the street: their help, a deployment made by hand, and what the head end says of a wrong config. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromHex } from "../../../core/bytes.ts";
import { openRoll } from "../../../core/wire/roll.ts";
import { deploymentKeyFile } from "../../authority/new-roll.ts";
import { nodeVerifier } from "../../service/crypto.ts";
import { choir } from "./choir.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-commands-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("--help", () => {
  const street =
    "meters groups intervals from host data feeder broker key-bits channels k-min custody no-tariff seed faults json keep".split(
      " ",
    );

  const provision = (
    "deployment meter role broker broker-password-file ca wifi-ssid wifi-password-file time-server pulses-per-kwh debounce-micros " +
    "clamp-microamperes-per-count clamp-channel clamp-millivolts clamp-noise-milliamperes clamp-power-factor-per-mille " +
    "clamp-samples-per-second checkpoint-seconds checkpoint-pulses pool outbox tolerance-seconds status-seconds out send table port"
  ).split(" ");

  test.each([
    ["street", street],
    ["aggregator", ["config", "clock"]],
    ["provider", ["config", "clock"]],
    [
      "authority new",
      "out broker key-bits interval channels largest-group k-min from successor-of days demonstration custody trustee threshold no-provider-share provider-with-one-trustee".split(
        " ",
      ),
    ],
    ["trustee run", ["config", "clock"]],
    ["trustee new", ["out", "id"]],
    ["trustee audit", ["config"]],
    ["trustee countersign", ["identity", "deployment", "root"]],
    ["trustee succeed", ["identity", "before", "deployment", "root"]],
    ["authority roll", ["deployment", "seats", "feeders", "others", "broker", "from"]],
    ["plan", "points group out k-min spare interval reports previous at nearest json demonstration".split(" ")],
    ["enrol", "deployment seats feeders seat meter key port replace".split(" ")],
    ["provision", provision],
  ])("of %s tells each of its flags, and no other", async (command, flags) => {
    const run = await choir([...command.split(" "), "--help"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const told = [...run.stdout.matchAll(/^ {2}(?:-h, )?--([a-z-]+).* {2}\S/gm)].map(([, flag]) => flag);
    expect(told).toEqual([...flags, "help"]);
  });

  test("of street tells each default of the README's, and every built-in schedule", async () => {
    const words = (await choir(["street", "--help"])).stdout.replace(/\s+/g, " ");
    for (const told of [
      "homes per group (24; with --data the first n of the file, all unless told)",
      "(2; with --data 1)",
      "intervals to run, or `all` of the file (6)",
      "2048 or 3072 (default: 3072)",
      "(default: 1-0:1.8.0,1-0:2.8.0)",
      "the product's is 20 and more (default: 6)",
      'choices: "xs", "node"',
      "none, meter_power_cut, meter_offline, meter_replaced, broker_restart, aggregator_kill, trustee_kill, duplicate, reorder, loss, clock_step, storm",
    ]) {
      expect(words).toContain(told);
    }
  });

  test("of choir tells its commands; without a command the same goes to stderr, and that is an error", async () => {
    const [help, bare] = await Promise.all([choir(["--help"]), choir([])]);
    for (const command of ["street", "aggregator", "provider", "authority", "trustee", "enrol", "provision"])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command}`, "m"));
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(bare).toMatchObject({ code: 1, stdout: "" });
    expect(bare.stderr).toBe(help.stdout);
  });
});

describe("authority", () => {
  test("new and roll make a deployment that its own root key opens", async () => {
    const out = file("deployment");
    const made = await choir(
      `authority new --out ${out} --broker mqtt://127.0.0.1:1883 --key-bits 2048 --interval 3600 --channels 1-0:1.8.0 --largest-group 30 --from 2026-01-01T00:00:00Z --days 30`.split(
        " ",
      ),
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("root.pem stays offline");
    expect(made.stdout).toContain("custody: provider. The provider holds the whole key");
    const first = Date.parse("2026-01-01T00:00:00Z") / 3_600_000;
    const key = deploymentKeyFile(out);
    expect(key).toMatchObject({
      kMin: 20,
      intervalMs: 3_600_000,
      largestGroup: 30,
      firstInterval: first,
      lastInterval: first + 719,
    });

    const seats = Array.from({ length: 20 }, (_, i) => `s${i},m${i},${String(i).padStart(64, "0")},b1,north`);
    writeFileSync(file("seats.csv"), `seat,meter,key,block,groups\n${seats.join("\n")}\n`);
    writeFileSync(file("feeders.csv"), `feeder,key,groups\nf1,${"a".repeat(64)},north\n`);
    const roll = `authority roll --deployment ${out} --seats ${file("seats.csv")} --broker mqtt://127.0.0.1:1883 --from 2026-01-02T00:00:00Z`;
    const signed = await choir([...roll.split(" "), "--feeders", file("feeders.csv")]);
    expect(signed).toMatchObject({ code: 0, stderr: "" });
    expect(signed.stdout).toContain("1 groups, 1 blocks");
    const root = fromHex(readFileSync(join(out, "root.pub"), "utf8").trim());
    expect(openRoll(new Uint8Array(readFileSync(join(out, "roll.cose"))), root, nodeVerifier(), key)).toMatchObject({
      version: 1,
      firstInterval: first + 24,
      groups: [{ group: "north", feeder: "f1", blocks: ["b1"] }],
    });

    const again = await choir(["authority", "new", "--out", out, "--broker", "mqtt://127.0.0.1:1883"]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toBe(`choir: ${out}: expected a folder without a deployment, got root.pem (input_invalid)\n`);
  });

  test.each([
    ["new", "required option '--out <dir>' not specified"],
    ["new --out {x}", "required option '--broker <url>' not specified"],
    ["new --out {x} --broker nowhere", "--broker: expected a URL"],
    [
      "new --out {x} --broker mqtt://b --k-min 19",
      "k_min: expected at least 20 at this interval, got 19 (group_too_small)",
    ],
    [
      "new --out {x} --broker mqtt://b --interval 600 --k-min 99",
      "k_min: expected at least 100 at this interval, got 99",
    ],
    ["new --out {x} --broker mqtt://b --interval 59", "--interval: expected a whole number from 60 to 86400"],
    ["new --out {x} --broker mqtt://b --custody shared", "share holders: expected 2 to 32, got 1"],
    [
      "new --out {x} --broker mqtt://b --custody shared --trustee {absent}:ab",
      "absent: expected a file that `choir trustee new` makes",
    ],
    ["new --out {x} --broker mqtt://b --custody shared --trustee file", "--trustee: expected a file and a fingerprint"],
    ["new --out {x} --broker mqtt://b --custody mine", "Allowed choices are provider, shared."],
    ["new --out {x} --broker mqtt://b --threshold 3", "--custody: expected shared, for trustees and a threshold"],
    ["new --out {x} --broker mqtt://b --no-provider-share", "--custody: expected shared"],
    ["new --out {x} --broker mqtt://b --days 367", "--days: expected a whole number from 1 to 366"],
    ["new --out {x} --broker mqtt://b --from now", "--from: expected a time of RFC 3339"],
    ["new --out {seats.csv}/x --broker mqtt://b --key-bits 2048", "ENOTDIR"],
    [
      "roll --deployment {x} --seats {seats.csv} --broker mqtt://b",
      "key.cose: expected a file that `choir authority new` makes",
    ],
    ["sign", "unknown command 'sign'"],
  ])("%s is refused in one line, and nothing is made", async (command, says) => {
    writeFileSync(file("seats.csv"), "seat,meter,key,block,groups\n");
    const args = command.split(" ").map((word) => word.replace(/\{([^}]*)\}/, (_, name: string) => file(name)));
    const run = await choir(["authority", ...args]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(run.stderr).toContain(says);
    expect(existsSync(file("x"))).toBe(false);
  });
});

describe.each(["aggregator", "provider"])("%s", (party) => {
  test.each([
    ["", "required option '--config <file>' not specified"],
    ["--config {absent.json}", "absent.json: expected a readable config file, got ENOENT (config_invalid)"],
    ["--config {broken.json}", "broken.json: expected JSON, got text that is not JSON (config_invalid)"],
    ["--config {absent.json} --clock sun", "Allowed choices are system, stepped."],
  ])("%s ends with one line", async (flags, says) => {
    writeFileSync(file("broken.json"), "{");
    const words = flags.split(" ").filter((word) => word !== "");
    const run = await choir([
      party,
      ...words.map((word) => word.replace(/^\{(.*)\}$/, (_, name: string) => file(name))),
    ]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(run.stderr).toContain(says);
  });
});
