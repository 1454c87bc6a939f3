/** How processes reach their broker: never in the clear to another machine, and with a password that its owner alone can read. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { brokerAccess } from "../broker-access.ts";

const folder = mkdtempSync(join(tmpdir(), "choir-access-"));
const config = join(folder, "party.json");
writeFileSync(join(folder, "own"), "the word\n", { mode: 0o600 });
writeFileSync(join(folder, "wide"), "the word\n", { mode: 0o644 });
writeFileSync(join(folder, "ca.pem"), "a certificate");
afterAll(() => rmSync(folder, { recursive: true }));

const access = (broker: string, more: object = {}) =>
  brokerAccess(config, { broker, allowPlaintextBroker: false, ...more });

test("the clear is for this machine alone, unless somebody says so", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"]) {
    expect(access(`mqtt://${host}:1883`).url).toBe(`mqtt://${host}:1883`);
  }
  for (const broker of [
    "mqtt://broker.example",
    "ws://127.0.0.1.example",
    "tcp://10.0.0.1",
    "mqtt://u:hunter2@[::2]",
  ]) {
    expect(() => access(broker)).toThrow(/broker: expected mqtts:\/\/, or a broker on this machine, got one elsewhere/);
    expect(access(broker, { allowPlaintextBroker: true }).url).toBe(broker);
  }
  expect(access("mqtts://broker.example").url).toBe("mqtts://broker.example");
});

test("authorities and password come from the named files, and the password prints as nothing", () => {
  const { authorities, password } = access("mqtts://b", { brokerCa: "ca.pem", brokerPasswordFile: "own" });
  expect(Buffer.from(authorities ?? []).toString()).toBe("a certificate");
  expect([password?.reveal(), `${password}`]).toEqual(["the word", "Password(hidden)"]);
});

test.each([
  ["mqtts://b", { brokerPasswordFile: "wide" }, "mode 0600"],
  ["mqtts://b", { brokerPasswordFile: "none" }, "brokerPasswordFile"],
  ["mqtts://u@b", { brokerPasswordFile: "own" }, "no user"],
  ["mqtt://localhost", { brokerCa: "ca.pem" }, "mqtts://, where there is a brokerCa"],
  ["mqtt://[", {}, "expected a URL, got another text"],
])("%s with %j is refused", (broker, more, says) => {
  expect(() => access(broker, more)).toThrow(says);
});
