/** A provider's pin: a stolen root alone brings it no other trustees and no other custody. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { contents, forgeries, handedOn, trustOf } from "../../service/tests/stolen-root.ts";
import { Town } from "../../service/tests/town.ts";
import { Books } from "../books.ts";
import { BOOKS_FORMAT } from "../records.ts";

const trustees = ["t1", "t2", "t3"];
const [town, thief] = [new Town({ trustees }), new Town({ trustees })];
const folder = mkdtempSync(join(tmpdir(), "choir-"));
const records = (): Promise<ReadonlyMap<string, string>> => contents(folder, ["choir provider", BOOKS_FORMAT]);

afterAll(() => rmSync(folder, { recursive: true }));

describe("a provider that has pinned a key file", () => {
  test.each(forgeries(town, thief))("refuses one with $what, and nothing changes", async ({ code, trust }) => {
    await (await Books.open(folder, trustOf(town))).close();
    const before = await records();
    await expect(Books.open(folder, trust)).rejects.toMatchObject({ code });
    expect(await records()).toEqual(before);
  });

  test("takes the one that enough of its trustees handed on to, and then no way back", async () => {
    await (await Books.open(folder, handedOn(town, thief))).close();
    await expect(Books.open(folder, trustOf(town))).rejects.toMatchObject({ code: "version_not_higher" });
  });
});
