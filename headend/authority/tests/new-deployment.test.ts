/** `choir authority new`: which files it makes, who may read them, what it refuses, and that nothing is left of what it refused. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fromHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { openKeyFile } from "../../../core/wire/key-file.ts";
import { readSecretKey } from "../../provider/secret-file.ts";
import { nodeDigest, nodeVerifier } from "../../service/crypto.ts";
import { readIdentity } from "../identity.ts";
import { leastKMin, maximumMilliwattHours, type NewDeployment, newDeployment } from "../new-deployment.ts";
import { deploymentKeyFile } from "../new-roll.ts";

const QUARTER_HOUR_MS = 900_000;
const START = Date.parse("2026-01-01T00:00:00Z");

/** A demonstration with a key that is made quickly. */
const SMALL: NewDeployment = {
  keyBits: 512,
  intervalMs: QUARTER_HOUR_MS,
  channels: ["1-0:1.8.0", "1-0:2.8.0"],
  largestGroup: 10,
  kMin: 3,
  firstUtcMs: START,
  lastUtcMs: START + 86_400_000 - 1,
  broker: "mqtt://user:word@127.0.0.1:1883",
  demonstration: true,
};

let parent = "";
let folder = "";

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "choir-authority-"));
  folder = join(parent, "deployment");
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** Paths and modes of all files under a folder. */
function filesOf(path: string): Readonly<Record<string, string>> {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(path, name)).isFile(),
  );
  return Object.fromEntries(files.sort().map((name) => [name, (statSync(join(path, name)).mode & 0o777).toString(8)]));
}

describe("a new deployment", () => {
  test("has these files, and what is secret or may hold a password is its owner's alone", () => {
    newDeployment(folder, SMALL);
    expect(filesOf(folder)).toEqual({
      "key.cose": "644",
      "provider/provider.json": "600",
      "provider/secret.json": "600",
      "provider/signing.pem": "600",
      "root.pem": "600",
      "root.pub": "644",
      "table.bin": "644",
    });
  });

  test("has a key file that the root key opens and no other, and that fixes what was asked for", () => {
    newDeployment(folder, SMALL);
    newDeployment(join(parent, "other"), SMALL);
    const bytes = new Uint8Array(readFileSync(join(folder, "key.cose")));
    const open = (root: string) =>
      openKeyFile(bytes, fromHex(readFileSync(root, "utf8").trim()), nodeVerifier(), nodeDigest, MODULUS_BITS.tests);
    expect(() => open(join(parent, "other/root.pub"))).toThrow("signature_wrong");
    const file = open(join(folder, "root.pub"));
    expect(file).toMatchObject({
      version: 1,
      custody: "provider",
      intervalMs: QUARTER_HOUR_MS,
      channels: SMALL.channels.map((obis) => ({ obis, maximumMilliwattHours: 25_000_000 })),
      largestGroup: 10,
      kMin: 3,
      firstInterval: START / QUARTER_HOUR_MS,
      lastInterval: START / QUARTER_HOUR_MS + 95,
    });
    expect(deploymentKeyFile(folder, MODULUS_BITS.tests).keyId).toEqual(file.keyId);
    expect(file.tableHash).toEqual(nodeDigest.sha256(new Uint8Array(readFileSync(join(folder, "table.bin")))));
    expect(file.providerKey).toEqual(readIdentity(join(folder, "provider/signing.pem")).publicKey);
    expect(readSecretKey(join(folder, "provider/secret.json")).n).toBe(file.n);
  });

  test("tells its secrets in one file each: the public files and the config hold none of them", () => {
    newDeployment(folder, SMALL);
    const { p, q } = JSON.parse(readFileSync(join(folder, "provider/secret.json"), "utf8"));
    const secrets = [Buffer.from(p.padStart(64, "0"), "hex"), Buffer.from(q.padStart(64, "0"), "hex")];
    for (const name of ["key.cose", "table.bin", "root.pub", "provider/provider.json"]) {
      const content = readFileSync(join(folder, name));
      for (const secret of secrets) expect(content.includes(secret)).toBe(false);
      for (const text of [p, q]) expect(content.includes(text)).toBe(false);
    }
    expect(JSON.parse(readFileSync(join(folder, "provider/provider.json"), "utf8"))).toEqual({
      party: "provider",
      broker: SMALL.broker,
      rootKey: readFileSync(join(folder, "root.pub"), "utf8").trim(),
      keyFile: "../key.cose",
      roll: "../roll.cose",
      signingKey: "signing.pem",
      secretKey: "secret.json",
      store: "store",
    });
  });

  test("is never the same key again", () => {
    newDeployment(folder, SMALL);
    newDeployment(join(parent, "other"), SMALL);
    for (const name of ["root.pub", "key.cose", "provider/secret.json"]) {
      expect(readFileSync(join(folder, name)).equals(readFileSync(join(parent, "other", name)))).toBe(false);
    }
  });
});

describe("what is refused", () => {
  test("a folder that holds a deployment: not a byte of it changes", () => {
    newDeployment(folder, SMALL);
    const contents = () => Object.keys(filesOf(folder)).map((name) => readFileSync(join(folder, name)).toString("hex"));
    const before = contents();
    expect(() => newDeployment(folder, SMALL)).toThrow("a folder without a deployment");
    expect(contents()).toEqual(before);
  });

  test.each([
    ["a k_min below 20 at 15 minutes", { kMin: 19, demonstration: false }, "group_too_small"],
    ["a k_min below 20 at an hour", { kMin: 19, intervalMs: 3_600_000, demonstration: false }, "group_too_small"],
    ["a k_min below 100 below 15 minutes", { kMin: 99, intervalMs: 60_000, demonstration: false }, "group_too_small"],
    [
      "a short key that is for no demonstration",
      { kMin: 20, largestGroup: 100, demonstration: false },
      "key_too_short",
    ],
    ["a key that even tests are too good for", { keyBits: 256 }, "key_too_short"],
    ["a k_min that no group can have", { kMin: 11 }, "value_out_of_range"],
    ["a group larger than any", { largestGroup: 2 ** 20 + 1 }, "value_out_of_range"],
    ["no channel", { channels: [] }, "value_out_of_range"],
    ["nine channels", { channels: Array.from({ length: 9 }, (_, i) => `1-0:${i}.8.0`) }, "value_out_of_range"],
    ["a channel twice", { channels: ["1-0:1.8.0", "1-0:1.8.0"] }, "field_wrong"],
    ["an end before the beginning", { lastUtcMs: START - 1 }, "value_out_of_range"],
    ["an interval that is none", { intervalMs: 500 }, "value_out_of_range"],
  ] as const)("%s, and nothing is written", (_, change, code) => {
    expect(() => newDeployment(folder, { ...SMALL, ...change })).toThrow(`(${code})`);
    expect(existsSync(folder)).toBe(false);
  });

  test("the floors of k_min themselves are allowed", () => {
    expect([leastKMin(QUARTER_HOUR_MS - 1000), leastKMin(QUARTER_HOUR_MS), leastKMin(86_400_000)]).toEqual([
      100, 20, 20,
    ]);
    newDeployment(folder, { ...SMALL, keyBits: 2048, kMin: 20, largestGroup: 20, demonstration: false });
    expect(deploymentKeyFile(folder).kMin).toBe(20);
  });

  test("a folder in which an earlier attempt was cut short is none that holds a deployment", () => {
    newDeployment(folder, SMALL);
    rmSync(join(folder, "root.pem"));
    writeFileSync(join(folder, "key.cose"), "half");
    newDeployment(folder, SMALL);
    expect(deploymentKeyFile(folder, MODULUS_BITS.tests).kMin).toBe(3);
  });
});

test("the largest reading is 25 kWh in a quarter hour, scaled with the interval and never rounded down", () => {
  expect([QUARTER_HOUR_MS, 3_600_000, 60_000, 5000].map(maximumMilliwattHours)).toEqual([
    25_000_000, 100_000_000, 1_666_667, 138_889,
  ]);
});
