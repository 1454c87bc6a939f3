/** A trustee's ledger is its key's alone: whatever key file a stolen root signs, it opens under no other, and nothing changes. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { contents, forgeries, trustOf } from "../../service/tests/stolen-root.ts";
import { Town } from "../../service/tests/town.ts";
import { Ledger, ledgerFormat } from "../ledger.ts";

const trustees = ["t1", "t2", "t3"];
const [town, thief] = [new Town({ trustees }), new Town({ trustees })];
const folder = mkdtempSync(join(tmpdir(), "choir-"));

afterAll(() => rmSync(folder, { recursive: true }));

test.each(forgeries(town, thief))("a key file with $what is refused", async ({ trust }) => {
  await (await Ledger.open(folder, trustOf(town), "t1")).close();
  const records = (): Promise<ReadonlyMap<string, string>> => contents(folder, ledgerFormat("t1", town.keyFile.keyId));
  const before = await records();
  await expect(Ledger.open(folder, trust, "t1")).rejects.toMatchObject({ code: "store_version_unknown" });
  expect(await records()).toEqual(before);
});
