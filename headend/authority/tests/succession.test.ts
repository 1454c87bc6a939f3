/** The next key under the same root: what its deployment keeps, who must put their names to it, and what a trustee puts no name to. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { generateSafePrimes } from "../../../core/secret/safe-primes.ts";
import { decodeSignedFile, encodeSignedFile } from "../../../core/wire/countersigned.ts";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { decodeKeyFile, type KeyFile, openKeyFile, signKeyFile } from "../../../core/wire/key-file.ts";
import { decodeRoll } from "../../../core/wire/roll.ts";
import { checkSuccessor, pinOf } from "../../../core/wire/succession.ts";
import { nodeDigest, nodeVerifier } from "../../service/crypto.ts";
import { readIdentity } from "../identity.ts";
import { type NewDeployment, newDeployment } from "../new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../new-roll.ts";
import { Predecessor } from "../predecessor.ts";
import { newSharedDeployment } from "../shared-deployment.ts";
import { countersignNext } from "../succeed.ts";
import { CeremonyFolder, NAMES, OPTIONS } from "./ceremony.ts";

const leastKeyBits = MODULUS_BITS.tests;
const BROKER = "mqtt://127.0.0.1:1883";
let ceremony: CeremonyFolder;
let after = "";
let options: NewDeployment;

const bytesOf = (folder: string, name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

/** Signs a roll of one block of three homes. */
function roll(folder: string, firstInterval: number): void {
  const seats = [1, 2, 3].map((i) => ({
    seat: `s${i}`,
    occupant: { meter: `m${i}`, key: new Uint8Array(32).fill(i) },
  }));
  const groups = [{ group: "north", scheme: "paillier" as const, feeder: undefined, blocks: ["b1"] }];
  newRoll(folder, { groups, blocks: [{ block: "b1", seats }], feeders: [], firstInterval }, BROKER, leastKeyBits);
}

function rollIn(folder: string): ReturnType<typeof decodeRoll> {
  const { envelope } = decodeSignedFile(bytesOf(folder, "roll.cose"), "roll");
  return decodeRoll(parseEnvelope("roll", envelope).payload);
}

function succeed(name: string, deployment = after): ReturnType<typeof countersignNext> {
  const places = { identity: ceremony.ownFolder(name), before: ceremony.deployment, deployment };
  return countersignNext({ ...places, rootKey: ceremony.rootKey, leastKeyBits });
}

/** A deployment with the next key file changed, and signed by the root again. */
function changed(change: (file: KeyFile) => Partial<KeyFile>): string {
  const folder = mkdtempSync(join(ceremony.path, "changed-"));
  const { envelope } = decodeSignedFile(bytesOf(after, "key.cose"), "key");
  const content = decodeKeyFile(parseEnvelope("key", envelope).payload, nodeDigest, leastKeyBits);
  const signed = signKeyFile({ ...content, ...change(content) }, readIdentity(join(after, "root.pem")));
  writeFileSync(join(folder, "key.cose"), encodeSignedFile({ envelope: signed, countersignatures: [] }));
  return folder;
}

beforeAll(async () => {
  ceremony = new CeremonyFolder(mkdtempSync(join(tmpdir(), "choir-succession-")));
  after = join(ceremony.path, "after");
  await ceremony.hold();
  for (const name of ["court", "union"]) await ceremony.countersign(name);
  roll(ceremony.deployment, OPTIONS.firstUtcMs / OPTIONS.intervalMs);
  for (const name of ["court", "union"]) await ceremony.countersign(name);
  const successorOf = new Predecessor(ceremony.deployment, leastKeyBits);
  const [firstUtcMs, lastUtcMs] = [successorOf.endUtcMs, successorOf.endUtcMs + 86_400_000 - 1];
  options = { ...OPTIONS, firstUtcMs, lastUtcMs, successorOf };
  const trustees = NAMES.map((name) => ceremony.trustee(`${name}-2`));
  const sharing = { trustees, threshold: 3, providerHolds: true, providerWithOneTrustee: false };
  await newSharedDeployment(after, options, { ...sharing, atUtcMs: firstUtcMs }, generateSafePrimes);
});

afterAll(() => rmSync(ceremony.path, { recursive: true, force: true }));

describe("the next key", () => {
  test("follows once enough trustees of the one before have put their names to it", async () => {
    const before = pinOf(deploymentKeyFile(ceremony.deployment, leastKeyBits));
    for (const name of ["court-2", "union-2"]) await ceremony.countersign(name, { deployment: after });
    const follow = (): void => {
      const bytes = bytesOf(after, "key.cose");
      const file = openKeyFile(bytes, ceremony.rootKey, nodeVerifier(), nodeDigest, leastKeyBits);
      checkSuccessor(bytes, file, before, nodeVerifier());
    };
    expect(follow).toThrow("(countersignatures_missing)");
    expect(succeed("court")).toMatchObject({ trustee: "court", count: 1, needed: 2, keyFile: { version: 2 } });
    expect(follow).toThrow("(countersignatures_missing)");
    expect(succeed("court").count).toBe(1);
    expect(succeed("works-council").count).toBe(2);
    expect(follow).not.toThrow();
    expect(readFileSync(join(after, "transcript.jsonl"), "utf8")).toContain('"step":"succeeded"');
  });

  test("has the same root and the same aggregators, and its first roll a higher version", async () => {
    for (const name of ["court-2", "union-2"]) await ceremony.countersign(name, { deployment: after });
    roll(after, options.firstUtcMs / options.intervalMs);
    for (const name of ["root.pem", "root.pub", "aggregators/north/signing.pem"]) {
      expect(bytesOf(after, name)).toEqual(bytesOf(ceremony.deployment, name));
    }
    const [old, young] = [rollIn(ceremony.deployment), rollIn(after)];
    expect([old.version, young.version]).toEqual([1, 2]);
    expect(young.groups).toEqual(old.groups);
  });

  test("is not made with another custody or interval length, nor for an interval at which the key before begins", async () => {
    const folder = join(ceremony.path, "none");
    expect(() => newDeployment(folder, options)).toThrow("(field_wrong)");
    const make = (change: Partial<NewDeployment>): Promise<void> => {
      const trustees = NAMES.map((name) => ceremony.trustee(`${name}-2`));
      const sharing = { trustees, threshold: 3, providerHolds: true, providerWithOneTrustee: false, atUtcMs: 0 };
      return newSharedDeployment(folder, { ...options, ...change }, sharing, generateSafePrimes);
    };
    await expect(make({ intervalMs: 1_800_000 })).rejects.toMatchObject({ code: "field_wrong" });
    await expect(make({ firstUtcMs: OPTIONS.firstUtcMs })).rejects.toMatchObject({ code: "value_out_of_range" });
    expect(() => readFileSync(join(folder, "root.pem"))).toThrow();
  });
});

describe("a trustee puts no name to", () => {
  test.each<[string, string, (file: KeyFile) => Partial<KeyFile>]>([
    ["a key file that is no newer", "version_not_higher", () => ({ version: 1 })],
    ["another interval length", "field_wrong", ({ intervalMs }) => ({ intervalMs: 2 * intervalMs })],
    ["a base that its seed does not determine", "base_wrong", () => ({ seed: new Uint8Array(32) })],
  ])("%s", (_what, code, change) => {
    const folder = changed(change);
    const before = bytesOf(folder, "key.cose");
    expect(() => succeed("union", folder)).toThrow(expect.objectContaining({ code }));
    expect(bytesOf(folder, "key.cose")).toEqual(before);
  });

  test("a key that another root signed, and none where it was no trustee before", () => {
    expect(() => succeed("court-2")).toThrow(expect.objectContaining({ code: "member_unknown" }));
    const folder = mkdtempSync(join(ceremony.path, "forged-"));
    cpSync(join(after, "key.cose"), join(folder, "key.cose"));
    const places = { identity: ceremony.ownFolder("union"), before: ceremony.deployment, deployment: folder };
    const rootKey = new Uint8Array(32).fill(9);
    expect(() => countersignNext({ ...places, rootKey, leastKeyBits })).toThrow(
      expect.objectContaining({ code: "signature_wrong" }),
    );
  });
});
