/** Opening aggregates: exact sums, each block once, every refusal with its reason and its receipt. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ErrorCode } from "../../../core/errors.ts";
import { bytesToInteger } from "../../../core/integers.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { Town } from "../../service/tests/town.ts";
import { Office } from "./office.ts";

const INTERVAL = 20_000;
const ALL = ["g0-b0", "g0-b1", "g0-b2"] as const;
const town = new Town({ groups: 2, blocksPerGroup: 3 });
const { key, layout, keyId } = town.keyFile;
let office: Office;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(INTERVAL, 15_000);
  await office.start();
});

afterEach(() => office.end());

/** The product with something added to its plaintext. */
function moved(aggregate: Aggregate, by: bigint): Aggregate {
  const c = bytesToInteger(aggregate.product ?? new Uint8Array(0));
  return { ...aggregate, product: office.number((c * (1n + key.n * by)) % key.nSquared) };
}

describe("opening", () => {
  test("gives the exact sums, shows them, and answers with a receipt of the blocks", async () => {
    const aggregate = office.aggregate(INTERVAL, ["g0-b0", "g0-b2"], [25_000_000, 3]);
    expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "opened", contributors: 6 });
    expect(office.lines).toEqual([
      {
        type: "opened",
        group: "g0",
        interval: INTERVAL,
        part: 0,
        blocks: ["g0-b0", "g0-b2"],
        leftOut: [{ block: "g0-b1", reason: "missing", meters: ["g0-b1-m0"] }],
        contributors: 6,
        members: 9,
        sumsMilliwattHours: { "1-0:1.8.0": 150_000_000, "1-0:2.8.0": 18 },
        feederMilliwattHours: null,
        trustees: [],
      },
    ]);
    const receipt = { group: "g0", interval: INTERVAL, keyId, part: 0, status: "opened", blocks: aggregate.blocks };
    expect(office.answers()).toEqual([receipt]);
  });

  test("takes a part without blocks as a sum of nothing", async () => {
    expect(await office.receive(office.sign(office.aggregate(INTERVAL, [], [])))).toEqual({
      kind: "opened",
      contributors: 0,
    });
    expect(office.opened).toBe(0);
    expect(office.lines[0]).toMatchObject({ contributors: 0, sumsMilliwattHours: { "1-0:1.8.0": 0, "1-0:2.8.0": 0 } });
  });

  test("opens a part once: the same bytes again get the same receipt, also after a restart", async () => {
    const message = office.sign(office.aggregate(INTERVAL, ALL, [1, 0]));
    await office.receive(message);
    await office.books.synced();
    await office.restart();
    expect(await office.receive(message)).toEqual({ kind: "duplicate" });
    expect([office.opened, office.lines.length, office.receipts.length]).toEqual([1, 1, 2]);
    expect(office.receipts[1]).toEqual(office.receipts[0]);
    expect(office.books.balance("g0", INTERVAL).sums).toEqual([9, 0]);
  });

  test("of the same message twice at once opens one", async () => {
    const message = office.sign(office.aggregate(INTERVAL, ALL, [1, 0]));
    await Promise.all([office.receive(message), office.receive(message)]);
    expect(office.opened).toBe(1);
    expect(office.books.balance("g0", INTERVAL).contributors).toBe(9);
  });

  test("refuses another aggregate for the same part, once, and the first receipt stands", async () => {
    const first = office.sign(office.aggregate(INTERVAL, ALL, [1, 0]));
    const second = office.sign(office.aggregate(INTERVAL, ALL, [2, 0]));
    await office.receive(first);
    expect(await office.receive(second)).toEqual({ kind: "refused", code: "sealed_twice" });
    expect(await office.receive(second)).toEqual({ kind: "duplicate" });
    expect(office.lines.slice(1)).toMatchObject([{ type: "refused", part: 0, reason: "sealed_twice" }]);
    expect(office.answers()).toHaveLength(1);
    expect(office.opened).toBe(1);
  });

  test("counts a block in one part alone, and adds up the parts", async () => {
    await office.receive(office.sign(office.aggregate(INTERVAL, ["g0-b0"], [1, 0])));
    const again = office.aggregate(INTERVAL, ["g0-b0", "g0-b1"], [1, 0], { part: 1, leftOut: [] });
    expect(await office.receive(office.sign(again))).toEqual({ kind: "refused", code: "block_counted_twice" });
    const late = office.aggregate(INTERVAL, ["g0-b1"], [5, 1], { part: 2, leftOut: [] });
    expect(await office.receive(office.sign(late))).toEqual({ kind: "opened", contributors: 3 });
    expect(office.books.balance("g0", INTERVAL)).toMatchObject({ contributors: 6, sums: [18, 3] });
    expect(office.answers().map(({ status, blocks }) => [status, blocks])).toEqual([
      ["opened", ["g0-b0"]],
      ["refused", []],
      ["opened", ["g0-b1"]],
    ]);
  });

  const top = 1n << BigInt(layout.bits);
  const refusals: readonly { what: string; code: ErrorCode; make: () => Aggregate }[] = [
    {
      what: "one reading too few",
      code: "count_wrong",
      make: () => moved(office.aggregate(INTERVAL, ALL, [1, 0]), key.n - 1n),
    },
    {
      what: "one reading too many",
      code: "count_wrong",
      make: () => moved(office.aggregate(INTERVAL, ALL, [1, 0]), 1n),
    },
    {
      what: "a guard bit set",
      code: "guard_bits_set",
      make: () => moved(office.aggregate(INTERVAL, ALL, [1, 0]), top >> 1n),
    },
    {
      what: "bits above the top slot",
      code: "guard_bits_set",
      make: () => moved(office.aggregate(INTERVAL, ALL, [1, 0]), top),
    },
    {
      what: "a sum of zero, count and all",
      code: "count_wrong",
      // a product of n-th powers, whose opening is the power that OpenSSL will not say
      make: () => office.aggregate(INTERVAL, ALL, [1, 0], { product: office.number(town.keyFile.base) }),
    },
    {
      what: "a product that is no unit",
      code: "ciphertext_out_of_range",
      make: () =>
        office.aggregate(INTERVAL, ALL, [1, 0], { product: office.number(town.secret.use((p) => p * 12_345n)) }),
    },
    {
      what: "a product of 0",
      code: "ciphertext_out_of_range",
      make: () => office.aggregate(INTERVAL, ALL, [1, 0], { product: office.number(0n) }),
    },
    {
      what: "blocks of another group",
      code: "block_unknown",
      make: () => ({ ...office.aggregate(INTERVAL, [...ALL], [1, 0]), blocks: [...ALL, "g1-b0"] }),
    },
    {
      what: "a block neither counted nor left out",
      code: "field_wrong",
      make: () => office.aggregate(INTERVAL, ["g0-b0", "g0-b1"], [1, 0], { leftOut: [] }),
    },
  ];

  for (const { what, code, make } of refusals) {
    test(`refuses ${what} as ${code}, says so in its receipt, and counts nothing`, async () => {
      const aggregate = make();
      expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "refused", code });
      const { interval, part, leftOut } = aggregate;
      expect(office.lines).toEqual([
        { type: "refused", group: "g0", interval, part, reason: code, by: ["provider"], leaveOut: [], leftOut },
      ]);
      expect(office.answers()).toMatchObject([{ status: "refused", blocks: [] }]);
      expect(office.books.balance("g0", INTERVAL).contributors).toBe(0);
      expect(office.books.counted("g0", INTERVAL, "g0-b0")).toBeUndefined();
    });
  }

  test("refuses fewer contributors than k_min", async () => {
    Object.assign(town.keyFile, { kMin: 4 });
    const aggregate = office.aggregate(INTERVAL, ["g0-b0"], [1, 0]);
    expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "refused", code: "group_too_small" });
    Object.assign(town.keyFile, { kMin: 3 });
    expect(office.opened).toBe(0);
  });

  const unheard: readonly { what: string; code: ErrorCode; make: () => Uint8Array; group?: string }[] = [
    {
      what: "another signer",
      code: "signature_wrong",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0]), town.aggregator("g1")),
    },
    {
      what: "another group's topic",
      code: "signature_wrong",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0])),
      group: "g1",
    },
    {
      what: "another group's name",
      code: "field_wrong",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0], { group: "g1" }), town.aggregator("g0")),
    },
    {
      what: "a topic of no group",
      code: "field_wrong",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0])),
      group: "g7",
    },
    {
      what: "another key's id",
      code: "key_unknown",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0], { keyId: new Uint8Array(16) })),
    },
    {
      what: "another roll's version",
      code: "roll_unknown",
      make: () => office.sign(office.aggregate(INTERVAL, ALL, [1, 0], { rollVersion: 2 })),
    },
    {
      what: "an interval before the key's",
      code: "key_unknown",
      make: () => office.sign(office.aggregate(999, ALL, [1, 0])),
    },
    {
      what: "a block both counted and left out",
      code: "field_wrong",
      make: () =>
        office.sign(
          office.aggregate(INTERVAL, ALL, [1, 0], { leftOut: [{ block: "g0-b0", reason: "missing", meters: [] }] }),
        ),
    },
    {
      what: "blocks and no product",
      code: "field_wrong",
      make: () => office.sign({ ...office.aggregate(INTERVAL, ALL, [1, 0]), product: undefined }),
    },
    {
      what: "a product and no blocks",
      code: "field_wrong",
      make: () => office.sign(office.aggregate(INTERVAL, [], [], { product: office.number(town.keyFile.base) })),
    },
    {
      what: "an interval that has not ended",
      code: "interval_in_future",
      make: () => office.sign(office.aggregate(INTERVAL + 1, ALL, [1, 0])),
    },
  ];

  for (const { what, code, make, group } of unheard) {
    test(`hears nothing of ${what} (${code}): no result, no receipt, no trace`, async () => {
      await expect(office.receive(make(), group)).rejects.toMatchObject({ code });
      expect([office.lines, office.receipts]).toEqual([[], []]);
      for await (const id of office.books.deliveries()) throw new Error(`left ${id}`);
    });
  }
});
