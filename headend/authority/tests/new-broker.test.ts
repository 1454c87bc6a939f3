/** `choir authority broker`: a password for each party in its own folder, hashes alone for the broker, and the same files from the same roll. */

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { Password } from "../../../core/password.ts";
import { passwordLine } from "../broker-passwords.ts";
import { meterLogin, newBroker } from "../new-broker.ts";
import type { CeremonyFolder } from "./ceremony.ts";
import { METERS, signRoll, townDeployment } from "./town-plan.ts";

const authorities = fileURLToPath(new URL("../../../../headend/authority/tests/data/authorities.pem", import.meta.url));
const PLAN = { authorities: [authorities], nowMs: Date.parse("2027-01-01T00:00:00Z"), folder: "/f", stateFolder: "/s" };

let ceremony: CeremonyFolder;
beforeEach(async () => {
  ceremony = await townDeployment();
});
afterEach(() => rmSync(ceremony.path, { recursive: true }));

const file = (name: string): string => join(ceremony.deployment, name);
const read = (name: string): string => readFileSync(file(name), "utf8");
const generate = () => newBroker(ceremony.deployment, PLAN, MODULUS_BITS.tests);

describe("the broker's files", () => {
  test("hold hashes alone, and passwords are their owners'", () => {
    // provider, operator, two aggregators, three trustees, a feeder, nine homes; with 2, 1, 3 + 9, 6, 1 and 9 connections
    expect(generate()).toEqual({ parties: 17, users: 31 });
    const passwords = [...ceremony.contents().keys()].filter((name) => name.endsWith(".password"));
    expect(passwords.length).toBe(17);
    for (const name of passwords) {
      expect([name, statSync(file(name)).mode & 0o777]).toEqual([name, 0o600]);
      expect(read(name)).toMatch(/^[A-Za-z0-9_-]{32}\n$/);
      for (const made of ["mosquitto.conf", "acl", "passwords"])
        expect(read(`broker/${made}`)).not.toContain(read(name).trim());
    }
    expect(new Set(passwords.map(read)).size).toBe(17);
    // use_username_as_clientid alone keeps out who has no name; should it ever go, this still does
    expect(read("broker/mosquitto.conf")).toContain("\nallow_anonymous false\n");
    expect(read("broker/mosquitto.conf")).toContain("listener 8884\ncertfile /f/broker.crt\n");
    expect(JSON.parse(read("aggregators/north/aggregator.json"))).toMatchObject({
      connections: 2,
      brokerCa: "../../broker-ca.pem",
      brokerPasswordFile: "broker.password",
    });
    expect(JSON.parse(read("trustees/union/trustee.json"))).toMatchObject({
      trustee: "union",
      brokerCa: "broker-ca.pem",
      brokerPasswordFile: "broker.password",
    });
    const login = meterLogin(ceremony.deployment, "m1");
    expect([login?.user, login?.password.reveal()]).toEqual(["meter.m1", read("meters/m1.password").trim()]);
    expect(meterLogin(ceremony.deployment, "m10")).toBeUndefined();
  });

  test("are the same from the same roll; a new roll takes the password of who has left, and nobody else's", async () => {
    generate();
    const before = ceremony.contents();
    generate();
    expect(ceremony.contents()).toEqual(before);
    writeFileSync(file("meters/notes"), "kept");
    await signRoll(ceremony, ["m1"]);
    generate();
    expect(existsSync(file("meters/m1.password"))).toBe(false);
    for (const meter of METERS.slice(1)) {
      expect(read(`meters/${meter}.password`)).toBe(before.get(`meters/${meter}.password`)?.toString());
    }
    expect(read("meters/notes")).toBe("kept");
    expect(read("broker/acl")).not.toContain("meter.m1\n");
  });

  test("are not made for a broker without TLS", () => {
    const config = file("provider/provider.json");
    for (const broker of ["mqtt://broker.example:1883", "mqtts://user:hunter2@broker.example"]) {
      writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, "utf8")), broker }));
      expect(generate).toThrow(/provider\.json: broker: expected mqtts:\/\/HOST\[:PORT\], without a user, got another/);
      expect(existsSync(file("broker"))).toBe(false);
    }
  });
});

test("a hash is the one of mosquitto_passwd for its salt, and differs from user to user", () => {
  const line = passwordLine("meter.m1", new Password("word"));
  expect(line).toMatch(/^meter\.m1:\$7\$101\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/);
  expect(passwordLine("meter.m2", new Password("word")).split("$").slice(3)).not.toEqual(line.split("$").slice(3));
});
