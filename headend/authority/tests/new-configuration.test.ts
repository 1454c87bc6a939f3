/** `choir provision`'s configuration: for whom one is signed, with which version, and which certificates go into it. */

import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { fromHex, toHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { Password } from "../../../core/password.ts";
import { openConfiguration } from "../../../core/wire/configuration.ts";
import { nodeVerifier } from "../../service/crypto.ts";
import { readAuthorities } from "../certificates.ts";
import { type MeterPlan, newConfiguration, readConfiguration } from "../new-configuration.ts";
import { newDeployment } from "../new-deployment.ts";
import { newRoll } from "../new-roll.ts";
import { readPlan } from "../plan-file.ts";

const BROKER = "mqtt://127.0.0.1:1883";
const FIRST = 1_964_800;
const NOW = Date.parse("2027-01-01T00:00:00Z");
const key = (n: number): string => n.toString(16).padStart(64, "0");
const data = (name: string): string =>
  fileURLToPath(new URL(`../../../../headend/authority/tests/data/${name}`, import.meta.url));

const HOME: MeterPlan = {
  meter: "m1",
  role: "home",
  metering: {
    checkpointMs: 60_000,
    checkpointPulses: 100,
    poolTarget: 2,
    outboxCapacity: 672,
    boundaryToleranceMs: 5_000,
    statusMs: 900_000,
  },
  broker: {
    host: "broker.example",
    port: 8883,
    authorities: undefined,
    user: "m1",
    password: new Password("secret-1"),
  },
  wifi: { ssid: "home", password: new Password("secret-2") },
  timeServers: [],
  sensors: [
    { kind: "pulse", obis: "1-0:1.8.0", input: 0, pulsesPerKilowattHour: 1000, minHighMicros: 1, minLowMicros: 1 },
  ],
};

let folder = "";
let deployment = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-configuration-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a configuration", () => {
  beforeEach(() => {
    deployment = mkdtempSync(join(folder, "deployment-"));
    newDeployment(deployment, {
      keyBits: 512,
      intervalMs: 900_000,
      channels: ["1-0:1.8.0"],
      largestGroup: 7,
      kMin: 3,
      firstUtcMs: FIRST * 900_000,
      lastUtcMs: (FIRST + 96) * 900_000,
      broker: BROKER,
      demonstration: true,
    });
    const seats = [1, 2, 3].map((n) => `s${n},m${n},${key(n)},b1,north`);
    writeFileSync(join(deployment, "seats.csv"), `seat,meter,key,block,groups\n${seats.join("\n")}\n`);
    writeFileSync(join(deployment, "feeders.csv"), `feeder,key,groups\nf1,${key(9)},north\nf2,${key(8)},\n`);
  });

  const signRoll = (): void => {
    const plan = readPlan(join(deployment, "seats.csv"), join(deployment, "feeders.csv"), FIRST);
    newRoll(deployment, plan, BROKER, MODULUS_BITS.tests);
  };
  const make = (changes: Partial<MeterPlan> = {}) =>
    newConfiguration(deployment, { ...HOME, ...changes }, MODULUS_BITS.tests);

  test("is signed by the deployment's root for a meter of the roll, and holds both files", () => {
    signRoll();
    const { bytes, meterKey, role, version } = make();
    expect({ meterKey: toHex(meterKey), role, version }).toEqual({ meterKey: key(1), role: "home", version: 1 });
    const root = fromHex(readFileSync(join(deployment, "root.pub"), "utf8").trim());
    const opened = openConfiguration(bytes, root, nodeVerifier());
    expect(opened).toMatchObject({ version: 1, meter: "m1", wifi: { ssid: "home" }, sensors: HOME.sensors });
    for (const [held, file] of [
      [opened.keyFile, "key.cose"],
      [opened.roll, "roll.cose"],
    ] as const) {
      expect(toHex(held)).toBe(readFileSync(join(deployment, file)).toString("hex"));
    }
    expect(readConfiguration(bytes, MODULUS_BITS.tests)).toEqual({ bytes, meterKey, role, version, meter: "m1" });
  });

  test("has a version one higher each time, by meter; the folder keeps that and no password", () => {
    signRoll();
    expect([make().version, make().version, make({ meter: "m2" }).version, make().version]).toEqual([1, 2, 1, 3]);
    const record = join(deployment, "meters/m1.version");
    expect(readFileSync(record, "utf8")).toBe("3\n");
    expect(statSync(record).size).toBeLessThan(20);
    writeFileSync(record, "three\n");
    expect(() => make()).toThrow("the last configuration's version");
  });

  test("of a feeder has the feeder's key", () => {
    signRoll();
    expect(toHex(make({ meter: "f1", role: "feeder" }).meterKey)).toBe(key(9));
  });

  test.each<readonly [what: string, changes: Partial<MeterPlan>, says: RegExp]>([
    ["a meter that the roll does not list", { meter: "m9" }, /member_unknown/],
    ["a feeder in a home's role", { meter: "f1" }, /member_unknown/],
    ["a home in a feeder's role", { role: "feeder" }, /member_unknown/],
    ["a feeder that no group names", { meter: "f2", role: "feeder" }, /member_unknown/],
    ["a meter that is no id", { meter: "../m1" }, /field_wrong/],
    ["what no meter takes", { timeServers: ["a", "b", "c", "d", "e"] }, /value_out_of_range/],
  ])("is not signed for %s, and no version is used up", (_what, changes, says) => {
    signRoll();
    expect(() => make(changes)).toThrow(says);
    expect(existsSync(join(deployment, "meters"))).toBe(false);
  });

  test("is not signed before there is a roll", () => {
    expect(() => make()).toThrow("roll.cose: expected a file that `choir authority roll` makes");
  });
});

describe("certificates", () => {
  const [one, two] = readFileSync(data("authorities.pem"), "utf8")
    .split(/(?=-----BEGIN)/)
    .map((pem) => new X509Certificate(pem).raw);

  test("are read from PEM files with any number of them and from DER, in their order", () => {
    writeFileSync(join(folder, "two.der"), two ?? "");
    writeFileSync(join(folder, "notes.pem"), `Our authorities\n\n${readFileSync(data("authorities.pem"), "utf8")}`);
    const read = (...files: readonly string[]) => readAuthorities(files, NOW).map(toHex);
    const [first, second] = [one?.toString("hex"), two?.toString("hex")];
    expect(read(data("authorities.pem"))).toEqual([first, second]);
    expect(read(join(folder, "two.der"), join(folder, "notes.pem"))).toEqual([second, first, second]);
  });

  test.each([
    ["a file that is not there", () => join(folder, "absent.pem"), "no readable file"],
    [
      "a private key",
      () => write("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"),
      "something else",
    ],
    [
      "a certificate that is none",
      () => write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "something else",
    ],
    ["an empty file", () => write(""), "something else"],
    [
      "a certificate of a server",
      () => data("leaf.pem"),
      "certificates of authorities (CA:TRUE), got CN=broker.example",
    ],
  ])("%s is refused", (_what, file, says) => {
    expect(() => readAuthorities([file()], NOW)).toThrow(says);
  });

  test("that have expired are refused", () => {
    expect(() => readAuthorities([data("authorities.pem")], Date.parse("2200-01-01T00:00:00Z"))).toThrow(
      /certificates that are valid, got one until .* 2126/,
    );
  });

  function write(text: string): string {
    const path = join(folder, "written.pem");
    writeFileSync(path, text);
    return path;
  }
});
