/** A trustee's keys and countersignatures: it checks what it was dealt and what the root signed before it puts its name to it. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { toHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { decodeSignedFile, encodeSignedFile } from "../../../core/wire/countersigned.ts";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { decodeKeyFile, type KeyFile, signKeyFile } from "../../../core/wire/key-file.ts";
import { decodeRoll, signRoll } from "../../../core/wire/roll.ts";
import { nodeDigest, nodeVerifier } from "../../service/crypto.ts";
import { loadTrust } from "../../service/trust.ts";
import { readIdentity } from "../identity.ts";
import { newRoll } from "../new-roll.ts";
import { confirmedTrustee, fingerprint, newTrustee, readTrustee } from "../trustee.ts";
import { CeremonyFolder, START } from "./ceremony.ts";

let ceremony: CeremonyFolder;
beforeEach(() => {
  ceremony = new CeremonyFolder(mkdtempSync(join(tmpdir(), "choir-countersign-")));
});
afterEach(() => rmSync(ceremony.path, { recursive: true, force: true }));

const file = (name: string): string => join(ceremony.deployment, name);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(file(name)));

/** Signs a roll of one block of three homes and `more`. */
function roll(more = 0): void {
  const seats = Array.from({ length: 3 + more }, (_, i) => ({
    seat: `s${i}`,
    occupant: { meter: `m${i}`, key: new Uint8Array(32).fill(i + 1) },
  }));
  const groups = [{ group: "north", scheme: "paillier" as const, feeder: undefined, blocks: ["b1"] }];
  const plan = { groups, blocks: [{ block: "b1", seats }], feeders: [], firstInterval: START / 900_000 };
  newRoll(ceremony.deployment, plan, "mqtt://127.0.0.1:1883", MODULUS_BITS.tests);
}

function load() {
  const entries = { rootKey: toHex(ceremony.rootKey), keyFile: "key.cose", roll: "roll.cose" };
  return loadTrust(file("party.json"), entries, nodeVerifier(), MODULUS_BITS.tests);
}

/** Writes another key file, signed by the root: what a dealer could do. */
function signAnother(change: (file: KeyFile) => Partial<KeyFile>): void {
  const { envelope } = decodeSignedFile(bytesOf("key.cose"), "key");
  const content = decodeKeyFile(parseEnvelope("key", envelope).payload, nodeDigest, MODULUS_BITS.tests);
  const signed = signKeyFile({ ...content, ...change(content) }, readIdentity(file("root.pem")));
  writeFileSync(file("key.cose"), encodeSignedFile({ envelope: signed, countersignatures: [] }));
}

describe("a deployment", () => {
  test("counts once two trustees have countersigned its key file and its roll", async () => {
    await ceremony.hold();
    expect(() => roll()).toThrow("(countersignatures_missing)");
    expect((await ceremony.countersign("union")).counts).toEqual({ "key.cose": 1 });
    expect(() => roll()).toThrow("expected 2 trustees' countersignatures, got 1");
    await ceremony.countersign("court");
    roll();
    expect(load).toThrow("(countersignatures_missing)");
    await ceremony.countersign("works-council");
    expect(load).toThrow("(countersignatures_missing)");
    const last = await ceremony.countersign("court");
    expect(last).toMatchObject({ trustee: "court", needed: 2, counts: { "key.cose": 3, "roll.cose": 2 } });
    expect(load()).toMatchObject({ keyFile: { custody: "shared" }, roll: { version: 1 } });
  });

  test("is not changed by a trustee who countersigns again", async () => {
    await ceremony.hold();
    await ceremony.countersign("court");
    const before = bytesOf("key.cose");
    await ceremony.countersign("court");
    expect(bytesOf("key.cose")).toEqual(before);
  });

  test("gets a roll of the next version while the last one still waits for trustees", async () => {
    await ceremony.hold();
    for (const name of ["court", "union"]) await ceremony.countersign(name);
    roll();
    roll(1);
    for (const name of ["court", "union"]) await ceremony.countersign(name);
    expect(load().roll.version).toBe(2);
  });
});

describe("a trustee does not countersign", () => {
  /** What the trustee says; neither its own folder nor the deployment has changed. */
  async function refusal(change: Parameters<CeremonyFolder["countersign"]>[1] = {}): Promise<string> {
    const before = ceremony.contents();
    const own = join(ceremony.ownFolder("court"), "countersigned.json");
    const noted = () => {
      try {
        return readFileSync(own, "utf8");
      } catch {
        return undefined;
      }
    };
    const notedBefore = noted();
    const error: unknown = await ceremony.countersign("court", change).catch((reason: unknown) => reason);
    expect(ceremony.contents()).toEqual(before);
    expect(noted()).toBe(notedBefore);
    return String(error);
  }

  test("what another root signed", async () => {
    await ceremony.hold();
    expect(await refusal({ rootKey: new Uint8Array(32).fill(9) })).toContain("(signature_wrong)");
  });

  test("a key file that lists other keys for it, or does not list it", async () => {
    await ceremony.hold();
    const identity = ceremony.ownFolder("stranger");
    newTrustee(identity, "stranger");
    expect(await refusal({ identity })).toContain("(member_unknown)");
    const impostor = ceremony.ownFolder("impostor");
    newTrustee(impostor, "court");
    expect(await refusal({ identity: impostor })).toContain("(member_unknown)");
  });

  test("a key with a config for its process that names another root, or another trustee", async () => {
    await ceremony.hold();
    const own = file("trustees/court/trustee.json");
    const config = JSON.parse(readFileSync(own, "utf8"));
    for (const change of [{ rootKey: "ab".repeat(32) }, { trustee: "union" }]) {
      writeFileSync(own, JSON.stringify({ ...config, ...change }));
      expect(await refusal()).toContain("expected court and the root key that was told");
    }
    writeFileSync(own, "{");
    expect(await refusal()).toContain("trustee.json: expected a config file");
  });

  test("a key whose share for it is another's, is missing, or does not fit its verification value", async () => {
    await ceremony.hold();
    const own = file("trustees/court/key.share");
    const share = readFileSync(own);
    writeFileSync(own, readFileSync(file("trustees/union/key.share")));
    expect(await refusal()).toContain("(member_unknown)");
    rmSync(own);
    expect(await refusal()).toContain("expected the share that the dealer sealed to this trustee, got no file");
    writeFileSync(
      own,
      share.map((byte, i) => (i === share.length - 1 ? byte ^ 1 : byte)),
    );
    expect(await refusal()).toContain("(sealing_wrong)");
  });

  test("a key of another dealing, or with a base that its seed does not give", async () => {
    await ceremony.hold();
    const original = bytesOf("key.cose");
    signAnother(({ sharing }) => (sharing === undefined ? {} : { sharing: { ...sharing, v: sharing.v + 1n } }));
    expect(await refusal()).toContain("(key_unknown)");
    signAnother(({ base, key }) => ({ base: (base * base) % key.nSquared }));
    expect(await refusal()).toContain("(base_wrong)");
    writeFileSync(file("key.cose"), original);
    expect((await ceremony.countersign("court")).counts).toEqual({ "key.cose": 1 });
  });

  test("a short key outside tests", async () => {
    await ceremony.hold();
    expect(await refusal({ leastKeyBits: MODULUS_BITS.least })).toContain("(key_too_short)");
  });

  test("another roll of a version that it countersigned, or an older one", async () => {
    await ceremony.hold();
    for (const name of ["court", "union"]) await ceremony.countersign(name);
    roll();
    const first = bytesOf("roll.cose");
    await ceremony.countersign("court");
    rmSync(file("roll.cose"));
    roll(1);
    expect(await refusal()).toContain("(version_not_higher)");
    writeFileSync(file("roll.cose"), first);
    roll(2);
    await ceremony.countersign("court");
    writeFileSync(file("roll.cose"), first);
    expect(await refusal()).toContain("(version_not_higher)");
  });

  test("a roll with a block below k_min", async () => {
    await ceremony.hold();
    for (const name of ["court", "union"]) await ceremony.countersign(name);
    roll();
    const { envelope } = decodeSignedFile(bytesOf("roll.cose"), "roll");
    const content = decodeRoll(parseEnvelope("roll", envelope).payload);
    const small = content.blocks.map((block) => ({ ...block, seats: block.seats.slice(1) }));
    const signed = signRoll({ ...content, version: 2, blocks: small }, readIdentity(file("root.pem")));
    writeFileSync(file("roll.cose"), encodeSignedFile({ envelope: signed, countersignatures: [] }));
    expect(await refusal()).toContain("(group_too_small)");
  });

  test("with a note of what it countersigned that is damaged", async () => {
    await ceremony.hold();
    writeFileSync(join(ceremony.ownFolder("court"), "countersigned.json"), '{"key":{"version":-1}}');
    expect(await refusal()).toContain("(store_corrupt)");
  });
});

describe("a trustee's identity", () => {
  test("is made once, its secrets for its owner alone, and read back by the dealer", () => {
    const own = join(ceremony.path, "new");
    const made = newTrustee(own, "court");
    expect(readTrustee(join(own, "identity.json"))).toEqual(made);
    for (const name of ["signing.pem", "sealing.pem"]) expect(statSync(join(own, name)).mode & 0o777).toBe(0o600);
    expect(() => newTrustee(own, "court")).toThrow("a folder without a trustee's keys, got signing.pem");
    expect(() => newTrustee(join(ceremony.path, "other"), "a/b")).toThrow("(field_wrong)");
  });

  test("is confirmed by its fingerprint alone, however that is written", () => {
    const own = join(ceremony.path, "new");
    const made = newTrustee(own, "court");
    const path = join(own, "identity.json");
    const told = fingerprint(made);
    expect(told).toMatch(/^([0-9a-f]{4}-){7}[0-9a-f]{4}$/);
    for (const written of [told, told.toUpperCase(), told.replaceAll("-", ""), told.replaceAll("-", " ")]) {
      expect(confirmedTrustee(path, written)).toEqual(made);
    }
    for (const wrong of ["", told.slice(0, -1), `${told.slice(0, -1)}g`, fingerprint({ ...made, trustee: "courts" })]) {
      expect(() => confirmedTrustee(path, wrong)).toThrow("expected the fingerprint that its trustee tells");
    }
    // each of what it stands for changes it
    const others = [
      { ...made, trustee: "union" },
      { ...made, signingKey: made.sealingKey },
      { ...made, sealingKey: made.signingKey },
      { ...made, signingKey: made.sealingKey, sealingKey: made.signingKey },
    ].map(fingerprint);
    expect(new Set([told, ...others]).size).toBe(5);
  });

  test("in a file of another shape is refused by name", () => {
    const path = join(ceremony.path, "identity.json");
    const key = "ab".repeat(32);
    for (const [content, says] of [
      ["", "a file that `choir trustee new` makes"],
      ["[]", "three entries"],
      [`{"trustee":"a","signingKey":"${key}"}`, "three entries"],
      [`{"trustee":"a b","signingKey":"${key}","sealingKey":"${key}"}`, "1 to 32 of"],
      [`{"trustee":"a","signingKey":"${key}","sealingKey":"${key}00"}`, "sealingKey: expected 64 hex digits, got 66"],
      [`{"trustee":"a","signingKey":7,"sealingKey":"${key}"}`, "signingKey: expected text"],
    ] as const) {
      writeFileSync(path, content);
      expect(() => readTrustee(path)).toThrow(says);
    }
    expect(() => readTrustee(join(ceremony.path, "absent.json"))).toThrow("absent.json");
  });
});
