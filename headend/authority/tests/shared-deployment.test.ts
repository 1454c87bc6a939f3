/** The ceremony of shared custody: who gets what, that the secret itself is nowhere, what the transcript tells, and what is refused. */

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { factorial, integerToBytes, invert } from "../../../core/integers.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { combine } from "../../../core/secret/combining.ts";
import type { KeyShare } from "../../../core/secret/key-share.ts";
import { openKeyShare } from "../../../core/secret/open-key-share.ts";
import type { KeyFile } from "../../../core/wire/key-file.ts";
import { openSslPower } from "../../service/power.ts";
import { readIdentity, readSealingKey } from "../identity.ts";
import { deploymentKeyFile } from "../new-roll.ts";
import { fingerprint } from "../trustee.ts";
import { CeremonyFolder, NAMES, START } from "./ceremony.ts";

let ceremony: CeremonyFolder;
beforeEach(() => {
  ceremony = new CeremonyFolder(mkdtempSync(join(tmpdir(), "choir-ceremony-")));
});
afterEach(() => rmSync(ceremony.path, { recursive: true, force: true }));

/** The key file once two trustees have countersigned it. */
async function keyFile(): Promise<KeyFile> {
  for (const name of NAMES.slice(0, 2)) await ceremony.countersign(name);
  return deploymentKeyFile(ceremony.deployment, MODULUS_BITS.tests);
}

/** Every holder's share, opened with the holder's own key. */
function sharesOf(file: KeyFile): Promise<readonly KeyShare[]> {
  const powerMod = openSslPower(file.key.nSquared);
  const contents = ceremony.contents();
  const holders = file.sharing?.holders ?? [];
  return Promise.all(
    holders.map(({ holder }) => {
      const own = holder === "provider" ? join(ceremony.deployment, "provider") : ceremony.ownFolder(holder);
      const path = holder === "provider" ? "provider/key.share" : `trustees/${holder}/key.share`;
      const unseal = readSealingKey(join(own, "sealing.pem")).open;
      return openKeyShare(new Uint8Array(contents.get(path) ?? []), file, holder, unseal, powerMod);
    }),
  );
}

describe("a ceremony", () => {
  test("makes these files, and what is secret or may hold a password is its owner's alone", async () => {
    await ceremony.hold();
    const modes = [...ceremony.contents().keys()].map((name) => [
      name,
      (statSync(join(ceremony.deployment, name)).mode & 0o777).toString(8),
    ]);
    expect(Object.fromEntries(modes)).toEqual({
      "key.cose": "644",
      "provider/key.share": "644",
      "provider/provider.json": "600",
      "provider/sealing.pem": "600",
      "provider/signing.pem": "600",
      "root.pem": "600",
      "root.pub": "644",
      "table.bin": "644",
      "transcript.jsonl": "644",
      "trustees/court/key.share": "644",
      "trustees/court/trustee.json": "600",
      "trustees/union/key.share": "644",
      "trustees/union/trustee.json": "600",
      "trustees/works-council/key.share": "644",
      "trustees/works-council/trustee.json": "600",
    });
    const config = JSON.parse(ceremony.contents().get("provider/provider.json")?.toString() ?? "");
    expect(config).toMatchObject({ sealingKey: "sealing.pem", keyShare: "key.share", signingKey: "signing.pem" });
    expect(config).not.toHaveProperty("secretKey");
  });

  test("deals each holder a share that it alone opens, and any three of them open a sum", async () => {
    await ceremony.hold();
    const file = await keyFile();
    expect(file).toMatchObject({ custody: "shared", kMin: 3, sharing: { threshold: 3, providerHolder: "provider" } });
    expect(file.sharing?.holders.map(({ holder }) => holder)).toEqual(["court", "provider", "union", "works-council"]);
    expect(file.providerKey).toEqual(readIdentity(join(ceremony.deployment, "provider/signing.pem")).publicKey);
    const { key, sharing } = file;
    if (sharing === undefined) throw new Error("no sharing");
    const shares = await sharesOf(file);
    const powerMod = openSslPower(key.nSquared);
    const c = ((1n + 4711n * key.n) * powerMod(key.base, 99n)) % key.nSquared;
    const values = shares.map((share) => ({
      index: share.index,
      value: share.use((s) => powerMod(c, 2n * factorial(4) * s)),
    }));
    for (let away = 0; away < 4; away++) {
      const present = values.filter((_, i) => i !== away);
      expect(combine(key, sharing, present, powerMod)).toBe(4711n);
    }
    const stranger = readSealingKey(join(ceremony.ownFolder("union"), "sealing.pem")).open;
    const bytes = new Uint8Array(ceremony.contents().get("trustees/court/key.share") ?? []);
    await expect(openKeyShare(bytes, file, "court", stranger, powerMod)).rejects.toThrow("(sealing_wrong)");
  });

  test("writes p, q, d and the shares nowhere, in no notation", async () => {
    await ceremony.hold();
    const shares = await sharesOf(await keyFile());
    const secrets = shares.map((share) => share.use((s) => s));
    ceremony.primes?.use((p, q) => {
      const m = ((p - 1n) * (q - 1n)) / 4n;
      const d = m * invert(m, p * q);
      secrets.push(p, q, (p - 1n) / 2n, (q - 1n) / 2n, m, d, (p - 1n) * (q - 1n));
    });
    expect(secrets.length).toBe(11);
    const notations = secrets.flatMap((secret) => {
      const hex = secret.toString(16);
      const bytes = Buffer.from(integerToBytes(secret, Math.ceil(hex.length / 2)));
      // a part, so that a cut or padded copy is found, too; of the lower half, which (p-1)(q-1) does not share with n
      const part = (text: string) => Buffer.from(text.slice(-36, -4));
      return [
        part(hex),
        part(hex.toUpperCase()),
        part(secret.toString(10)),
        bytes.subarray(-18, -2),
        Buffer.from(bytes).reverse().subarray(2, 18),
        part(bytes.toString("base64")),
      ];
    });
    for (const [name, content] of ceremony.contents()) {
      const found = notations.filter((notation) => content.includes(notation));
      expect([name, found.length]).toEqual([name, 0]);
    }
    // the search itself finds what is there
    const n = ceremony.primes?.n.toString(16) ?? "";
    expect(ceremony.contents().get("key.cose")?.includes(Buffer.from(n, "hex").subarray(-18, -2))).toBe(true);
  });

  test("without a share of the provider's gives it none, and needs all signatures from trustees", async () => {
    await ceremony.hold({ providerHolds: false, threshold: 2 });
    expect(ceremony.contents().has("provider/key.share")).toBe(false);
    const file = await keyFile();
    expect(file.sharing).toMatchObject({ threshold: 2, providerHolder: undefined });
    expect(file.sharing?.holders.map(({ holder }) => holder)).toEqual([...NAMES]);
  });

  test("tells in its transcript what was done, each line bound to the one before", async () => {
    await ceremony.hold();
    await keyFile();
    const text = ceremony.contents().get("transcript.jsonl")?.toString() ?? "";
    const lines = text.trimEnd().split("\n");
    const steps = lines.map((line) => JSON.parse(line));
    expect(steps.map(({ step }) => step)).toEqual([
      "ceremony",
      ...Array(4).fill("holder"),
      "key",
      ...Array(4).fill("share"),
      "signed",
      "countersigned",
      "countersigned",
    ]);
    const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
    const hashes = lines.map(sha256);
    expect(steps.map(({ previous }) => previous)).toEqual([null, ...hashes.slice(0, -1)]);
    expect(steps[0]).toMatchObject({ at: new Date(START).toISOString(), threshold: 3, holders: 4, custody: "shared" });
    for (const { step, file, sha256: told } of steps) {
      if (step === "share") expect(told).toBe(sha256(ceremony.contents().get(file) ?? ""));
    }
    const court = steps.find(({ holder }) => holder === "court");
    expect(court.fingerprint).toBe(fingerprint(ceremony.trustee("court")));
    const [signed, first] = steps.slice(-3);
    expect(first).toMatchObject({ trustee: "court", envelopeSha256: signed.envelopeSha256 });
  });
});

describe("what is refused, and nothing is written:", () => {
  test.each([
    ["a threshold with which the provider and one trustee open alone", { threshold: 2 }, "value_out_of_range"],
    ["a threshold of 1", { threshold: 1, providerHolds: false }, "value_out_of_range"],
    ["a threshold above the shares", { threshold: 5 }, "value_out_of_range"],
    ["no trustees", { trustees: [] }, "value_out_of_range"],
  ] as const)("%s", async (_, change, code) => {
    await expect(ceremony.hold(change)).rejects.toThrow(`(${code})`);
    expect(existsSync(ceremony.deployment)).toBe(false);
  });

  test("a trustee twice, one with the provider's name, and one key under two names", async () => {
    const [court, union] = [ceremony.trustee("court"), ceremony.trustee("union")];
    for (const trustees of [
      [court, court, union],
      [court, union, { ...union, trustee: "provider" }],
      [court, union, { ...union, trustee: "works-council" }],
      [court, union, { ...ceremony.trustee("works-council"), sealingKey: court.sealingKey }],
    ]) {
      await expect(ceremony.hold({ trustees })).rejects.toThrow("(field_wrong)");
      expect(existsSync(ceremony.deployment)).toBe(false);
    }
  });

  test("what no custody allows, and a folder that holds a deployment", async () => {
    await expect(ceremony.hold({}, { kMin: 19, demonstration: false })).rejects.toThrow("(group_too_small)");
    expect(existsSync(ceremony.deployment)).toBe(false);
    await ceremony.hold();
    const before = ceremony.contents();
    await expect(ceremony.hold()).rejects.toThrow("a folder without a deployment");
    expect(ceremony.contents()).toEqual(before);
  });

  test("the weak threshold is taken when it is asked for by name", async () => {
    await ceremony.hold({ threshold: 2, providerWithOneTrustee: true });
    await ceremony.countersign("court");
    expect(deploymentKeyFile(ceremony.deployment, MODULUS_BITS.tests).sharing?.threshold).toBe(2);
  });
});
