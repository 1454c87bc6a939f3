/** Config files: each fault is named by file, path, what was expected and what came, and no password is shown. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { ChoirError } from "../../../core/errors.ts";
import { besideConfig, COMMON_ENTRIES, ConfigId, readConfig, readNamedFile } from "../config.ts";

const folder = mkdtempSync(join(tmpdir(), "choir-"));
const file = join(folder, "party.json");
const Schema = v.strictObject({ party: v.literal("party"), group: ConfigId, ...COMMON_ENTRIES });

const good = {
  party: "party",
  group: "north-1",
  broker: "mqtts://user:hunter2@broker.example:8883",
  rootKey: "ab".repeat(32),
  keyFile: "key.cose",
  roll: "../roll.cose",
  signingKey: "/keys/signing.pem",
  store: "store",
};

afterAll(() => rmSync(folder, { recursive: true }));

function faultOf(content: unknown): ChoirError {
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  try {
    readConfig(file, Schema);
  } catch (error) {
    if (error instanceof ChoirError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

const faults: readonly { what: string; content: unknown; path: string; expected: string; got: string }[] = [
  { what: "no JSON", content: '{"broker": hunter2', path: "", expected: "JSON", got: "text that is not JSON" },
  { what: "no object", content: "7", path: "", expected: "Object", got: "7" },
  {
    what: "an entry missing",
    content: { ...good, store: undefined },
    path: "store",
    expected: '"store"',
    got: "undefined",
  },
  { what: "an entry unknown", content: { ...good, stroe: "x" }, path: "stroe", expected: "never", got: '"stroe"' },
  {
    what: "another party",
    content: { ...good, party: "provider" },
    path: "party",
    expected: '"party"',
    got: '"provider"',
  },
  {
    what: "a bad id",
    content: { ...good, group: "a/b" },
    path: "group",
    expected: "1 to 32 of A-Z a-z 0-9 _ -",
    got: '"a/b"',
  },
  {
    what: "a short root key",
    content: { ...good, rootKey: "ab" },
    path: "rootKey",
    expected: "64 hex digits",
    got: '"ab"',
  },
  {
    what: "a broker that is no URL",
    content: { ...good, broker: "user:hunter2@broker" },
    path: "broker",
    expected: "a URL of mqtt, mqtts, ws or wss",
    got: "another text",
  },
  { what: "an empty path", content: { ...good, roll: "" }, path: "roll", expected: ">=1", got: "0" },
  {
    what: "a port of text",
    content: { ...good, metrics: { port: "9100" } },
    path: "metrics.port",
    expected: "number",
    got: '"9100"',
  },
  {
    what: "a port too high",
    content: { ...good, metrics: { port: 65_536 } },
    path: "metrics.port",
    expected: "<=65535",
    got: "65536",
  },
  {
    what: "a level unknown",
    content: { ...good, logLevel: "loud" },
    path: "logLevel",
    expected: '("fatal" | "error" | "warn" | "info" | "debug" | "silent")',
    got: '"loud"',
  },
];

describe("a config file", () => {
  test("that is whole is taken, with its defaults", () => {
    writeFileSync(file, JSON.stringify(good));
    expect(readConfig(file, Schema)).toEqual({ ...good, logLevel: "info", allowPlaintextBroker: false });
  });

  for (const { what, content, path, expected, got } of faults) {
    test(`with ${what} is refused as config_invalid, by name`, () => {
      const fault = faultOf(content);
      const subject = path === "" ? file : `${file}: ${path}`;
      expect({ code: fault.code, subject: fault.subject }).toEqual({ code: "config_invalid", subject });
      expect({ expected: fault.expected, got: fault.got }).toEqual({ expected, got });
      expect(`${fault.message}${fault.stack}`).not.toContain("hunter2");
    });
  }

  test("that is not there is named", () => {
    const missing = join(folder, "missing.json");
    expect(() => readConfig(missing, Schema)).toThrow(
      expect.objectContaining({ code: "config_invalid", subject: missing, got: "ENOENT" }),
    );
    expect(() => readNamedFile(missing, "roll", "roll.cose")).toThrow(
      expect.objectContaining({ code: "config_invalid", subject: `${missing}: roll`, got: "ENOENT" }),
    );
  });

  test("names other files relative to its own folder", () => {
    expect(besideConfig(file, "../roll.cose")).toBe(join(folder, "..", "roll.cose"));
    expect(besideConfig(file, "/keys/a.pem")).toBe("/keys/a.pem");
  });
});
