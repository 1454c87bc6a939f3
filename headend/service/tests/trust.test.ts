/** What a head-end process trusts, and what it does not start with. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { toHex } from "../../../core/bytes.ts";
import { signKeyFile } from "../../../core/wire/key-file.ts";
import { signRoll } from "../../../core/wire/roll.ts";
import { nodeVerifier } from "../crypto.ts";
import { loadSigner, loadTrust, type Trust } from "../trust.ts";
import { Identity, Town } from "./town.ts";

const folder = mkdtempSync(join(tmpdir(), "choir-"));
const config = join(folder, "party.json");
const town = new Town();
const { root } = town;

afterAll(() => rmSync(folder, { recursive: true }));

function load(keyFile: Uint8Array, roll: Uint8Array, rootKey = root.signer.publicKey, leastBits = 512): Trust {
  writeFileSync(join(folder, "key.cose"), keyFile);
  writeFileSync(join(folder, "roll.cose"), roll);
  const entries = { rootKey: toHex(rootKey), keyFile: "key.cose", roll: "roll.cose" };
  return loadTrust(config, entries, nodeVerifier(), leastBits);
}

describe("trust", () => {
  test("takes the key file and the roll that the root signed", () => {
    const { keyFile, roll } = load(town.keyFileBytes, town.rollBytes);
    expect(keyFile.keyId).toEqual(town.keyFile.keyId);
    expect(roll).toEqual(town.roll);
  });

  const other = new Identity().signer;
  const small = { ...town.roll, blocks: town.roll.blocks.map((block) => ({ ...block, seats: block.seats.slice(1) })) };
  const refusals: readonly (readonly [string, string, () => unknown])[] = [
    ["another root's key file", "signature_wrong", () => load(signKeyFile(town.keyFile, other), town.rollBytes)],
    ["another root's roll", "signature_wrong", () => load(town.keyFileBytes, signRoll(town.roll, other))],
    [
      "a key of 512 bits outside tests",
      "key_too_short",
      () => load(town.keyFileBytes, town.rollBytes, undefined, 2048),
    ],
    [
      "a base that the seed does not determine",
      "base_wrong",
      () => load(signKeyFile({ ...town.keyFile, seed: new Uint8Array(32) }, root.signer), town.rollBytes),
    ],
    ["a block below k_min", "group_too_small", () => load(town.keyFileBytes, signRoll(small, root.signer))],
  ];

  for (const [what, code, make] of refusals) {
    test(`refuses ${what} as ${code}`, () => {
      expect(make).toThrow(expect.objectContaining({ code }));
    });
  }

  test("refuses a signing key that the roll does not name", () => {
    writeFileSync(join(folder, "signing.pem"), new Identity().pem);
    const signer = (): unknown => loadSigner(config, "signing.pem", town.aggregator("g0").publicKey, "the roll names");
    expect(signer).toThrow(expect.objectContaining({ code: "signer_unknown" }));
  });
});
