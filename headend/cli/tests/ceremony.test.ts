/** A whole ceremony by hand at 2048 bits, as the handbook tells it: three trustees, a dealer, countersignatures, a roll, and a head end that takes it. */

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { nodeVerifier } from "../../service/crypto.ts";
import { loadTrust } from "../../service/trust.ts";
import { choir, cli, type Ended } from "./choir.ts";

let folder = "";
const file = (name: string): string => join(folder, name);
const run = (line: string): Promise<Ended> =>
  choir(line.split(" ").map((word) => word.replace(/\{([^}]*)\}/g, (_, name: string) => file(name))));
const BROKER = "mqtt://127.0.0.1:1883";
const NAMES = ["t1", "t2", "t3"] as const;
const fingerprints = new Map<string, string>();
const trustees = (names: readonly string[]): string =>
  names.map((name) => `--trustee {${name}}/identity.json:${fingerprints.get(name)}`).join(" ");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-by-hand-"));
  for (const name of NAMES) {
    const made = await run(`trustee new --out {${name}} --id ${name}`);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const [, told = ""] = /^fingerprint: ([0-9a-f-]{39})$/m.exec(made.stdout) ?? [];
    fingerprints.set(name, told);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begun = `authority new --out {deployment} --broker ${BROKER} --key-bits 2048 --from 2026-01-01T00:00:00Z --custody shared`;

const STARTED = '"msg":"started"';

/** Runs a process of the head end until it says that it has started; its exit status after SIGTERM. */
async function untilStarted(args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const before = log;
    log += text;
    // once: a second signal ends it on the spot
    if (!before.includes(STARTED) && log.includes(STARTED)) child.kill("SIGTERM");
  });
  return new Promise((resolve) => child.once("close", resolve));
}

describe("the dealer", () => {
  test("makes nothing with a fingerprint that was not told, nor where the provider and one trustee could read homes", async () => {
    const [first = "", ...rest] = trustees(NAMES).split(" --trustee ");
    const wrong = await run(`${begun} ${first.slice(0, -4)}0000 --trustee ${rest.join(" --trustee ")}`);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain(
      "t1/identity.json: expected the fingerprint that its trustee tells, got another one",
    );
    const weak = await run(`${begun} ${trustees(["t1", "t2"])}`);
    expect(weak).toMatchObject({ code: 1, stdout: "" });
    expect(weak.stderr).toMatch(/^choir: threshold: expected 3 or more where the provider holds a share[^\n]*\n$/);
    expect(existsSync(file("deployment"))).toBe(false);
  });

  test("shares a key among three trustees and the provider, who countersign it and a roll; then the head end takes both", async () => {
    const made = await run(`${begun} ${trustees(NAMES)}`);
    expect(made.code).toBe(0);
    expect(made.stderr).toMatch(/^safe primes: searching two, which takes seconds to a minute \(0 s\)$/m);
    expect(made.stderr).toMatch(/^safe primes: found 2 of 2 \(\d+ s\)$/m);
    expect(made.stdout).toContain("custody: shared. 3 of 4 shares open a sum; nobody holds the key.");
    expect(made.stdout).not.toContain("can read homes");

    const seats = Array.from({ length: 20 }, (_, i) => `s${i},m${i},${String(i).padStart(64, "0")},b1,north`);
    writeFileSync(file("seats.csv"), `seat,meter,key,block,groups\n${seats.join("\n")}\n`);
    const roll = `authority roll --deployment {deployment} --seats {seats.csv} --broker ${BROKER} --from 2026-01-02T00:00:00Z`;
    expect((await run(roll)).stderr).toContain("2 trustees' countersignatures, got 0 (countersignatures_missing)");

    const root = readFileSync(file("deployment/root.pub"), "utf8").trim();
    const countersign = (name: string) =>
      run(`trustee countersign --identity {${name}} --deployment {deployment} --root ${root}`);
    expect((await countersign("t3")).stdout).toContain("key.cose: 1 countersignatures, 2 needed.");
    const second = await countersign("t1");
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toMatch(/^t1: this share is the one that the key file promises\. Key [0-9a-f]{32}, 3 of 4/);
    const signed = await run(roll);
    expect(signed).toMatchObject({ code: 0, stderr: "" });
    expect(signed.stdout).toContain("It counts once 2 trustees have countersigned it.");
    for (const name of ["t1", "t2"]) expect((await countersign(name)).stdout).toContain("Roll 1: 1 groups, 1 blocks.");

    // as the handbook says: what the dealer hands round goes beside the trustee's keys
    for (const name of ["key.cose", "roll.cose", "trustees/t3/key.share", "trustees/t3/trustee.json"]) {
      copyFileSync(file(`deployment/${name}`), file(`t3/${basename(name)}`));
    }
    expect(await untilStarted(["trustee", "--config", file("t3/trustee.json")])).toBe(0);
    expect(await run("trustee audit --config {t3}/trustee.json")).toMatchObject({ code: 0, stdout: "", stderr: "" });

    const entries = { rootKey: root, keyFile: "key.cose", roll: "roll.cose" };
    const { keyFile } = loadTrust(file("deployment/party.json"), entries, nodeVerifier(), 2048);
    expect(keyFile).toMatchObject({ custody: "shared", sharing: { threshold: 3, providerHolder: "provider" } });
  });
});

describe("a trustee", () => {
  test.each([
    ["new --out {t1} --id t1", "a folder without a trustee's keys"],
    ["new --out {new} --id a/b", "(field_wrong)"],
    ["countersign --identity {t1} --deployment {absent} --root abcd", "--root: expected 64 hex digits"],
    [`countersign --identity {t1} --deployment {absent} --root ${"ab".repeat(32)}`, "`choir authority new` makes"],
  ])("is told in one line: %s", async (line, says) => {
    const ended = await run(`trustee ${line}`);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^choir: [^\n]*\n$/);
    expect(ended.stderr).toContain(says);
  });
});
