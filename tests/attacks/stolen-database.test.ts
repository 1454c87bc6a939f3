/** An aggregator's database in a thief's hands (docs/THREATS.md, Aggregators): ciphertexts, and no more of them than must be. */

import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { bytesToInteger } from "../../core/integers.ts";
import { LEDGER_FORMAT, readReadingRecord } from "../../headend/aggregator/records.ts";
import { Workshop } from "../../headend/aggregator/tests/workshop.ts";
import { Store } from "../../headend/service/store.ts";
import {
  bareShare,
  channelOf,
  combined,
  homesOf,
  IMPORT,
  INTERVAL,
  plainSum,
  readingOf,
  sharedTown,
} from "./coalition.ts";

const BLOCKS = ["g0-b0", "g0-b1"];
const town = sharedTown();

/** Every reading in the store of a stopped aggregator. */
async function stolen(shop: Workshop): Promise<readonly Uint8Array[]> {
  const store = await Store.open(join(shop.folder, "store"), ["choir aggregator", LEDGER_FORMAT, "g0"]);
  const messages: Uint8Array[] = [];
  for await (const [key, content] of store.scan("reading/", "reading0")) {
    const record = readReadingRecord(key, content);
    if ("envelope" in record) messages.push(record.envelope);
  }
  await store.close();
  return messages;
}

test("a stolen aggregator database opens nothing without t shares, and holds no reading once its block is opened", async () => {
  const shop = new Workshop(town);
  const closed = town.after(INTERVAL, town.options.intervalMs / 4);
  await shop.start(town.after(INTERVAL, 1));
  await shop.report(INTERVAL, 4242);
  await shop.clock.stepTo(closed);
  await shop.stop();
  const ciphertexts = (await stolen(shop)).map((message) => readingOf(town, message).ciphertext);
  const homes = homesOf(town, BLOCKS);
  // with the whole key, as where the provider holds it
  expect(ciphertexts.map((c) => channelOf(town, plainSum(town, [c]), IMPORT))).toEqual(homes.map(() => 4242));

  const first = bytesToInteger(ciphertexts[0] ?? new Uint8Array(0));
  const shares = ["provider", "t1"].map((holder) => bareShare(town, holder, first));
  expect(() => combined(town, shares)).toThrow(expect.objectContaining({ code: "shares_missing" }));

  await shop.start(closed + 1);
  await shop.receipt(INTERVAL, 0, "opened", BLOCKS);
  await shop.stop();
  expect(await stolen(shop)).toEqual([]);
  await shop.start(closed + 2);
  await shop.end();
});
