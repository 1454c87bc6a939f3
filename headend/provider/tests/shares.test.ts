/** Opening with shares: any t of them, each checked, none that is bad in the way of the others; what waits outlives the process. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { integerToBytes } from "../../../core/integers.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { Identity, Town } from "../../service/tests/town.ts";
import { Office } from "./office.ts";
import type { Forgery } from "./trustee-double.ts";

const INTERVAL = 20_000;
const WEEK_MS = 7 * 86_400_000;
const [A, B, C] = ["g0-b0", "g0-b1", "g0-b2"] as const;
const town = new Town({ groups: 2, blocksPerGroup: 3, trustees: ["t0", "t1", "t2"] });
const { key } = town.keyFile;
let office: Office;
let aggregate: Aggregate;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(INTERVAL, 15_000);
  await office.start();
  aggregate = office.aggregate(INTERVAL, [A, B, C], [7, 1]);
});

afterEach(() => office.end());

const give = async (trustee: string, forgery?: Forgery) =>
  office.receiveShare(trustee, await office.share(trustee, aggregate, forgery));
const opened = { kind: "opened", contributors: 9 } as const;

describe("shares", () => {
  test.each([
    ["t0", "t1"],
    ["t1", "t0"],
    ["t0", "t2"],
    ["t2", "t1"],
  ])("of %s and %s open with the provider's own, and are named", async (first, second) => {
    expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "waiting" });
    expect(await give(first)).toEqual({ kind: "share" });
    expect([office.lines, office.receipts]).toEqual([[], []]);
    expect(await give(second)).toEqual({ kind: "share", decided: opened });
    expect(office.lines).toMatchObject([
      { type: "opened", sumsMilliwattHours: { "1-0:1.8.0": 63, "1-0:2.8.0": 9 }, trustees: [first, second].sort() },
    ]);
    expect(office.answers()).toMatchObject([{ status: "opened", blocks: [A, B, C] }]);
  });

  test("that come again, or after the sum, change nothing", async () => {
    await office.receive(office.sign(aggregate));
    const share = await office.share("t0", aggregate);
    await office.receiveShare("t0", share);
    expect(await office.receiveShare("t0", share)).toEqual({ kind: "duplicate" });
    // made anew it differs in its nonce
    expect(await give("t0")).toEqual({ kind: "duplicate" });
    expect(office.lines).toEqual([]);
    await give("t1");
    expect(await give("t2")).toEqual({ kind: "late" });
    expect(office.lines).toHaveLength(1);
    expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "duplicate" });
    expect(office.receipts[1]).toEqual(office.receipts[0]);
  });

  test("are not needed for a part without blocks", async () => {
    expect(await office.receive(office.sign(office.aggregate(INTERVAL, [], [])))).toEqual({
      kind: "opened",
      contributors: 0,
    });
  });

  test("of another part, or of none, are refused", async () => {
    const share = await office.share("t0", aggregate);
    await expect(office.receiveShare("t0", share)).rejects.toMatchObject({ code: "nothing_to_open" });
    await office.receive(office.sign(aggregate));
    const later = await office.share("t0", { ...aggregate, part: 1 });
    await expect(office.receiveShare("t0", later)).rejects.toMatchObject({ code: "nothing_to_open" });
  });
});

describe("a bad share is refused with its code, and others' open all the same", () => {
  const bump = (value: bigint): bigint => (value * (1n + key.n)) % key.nSquared;
  const other = { group: "g1", interval: INTERVAL, part: 0 };
  test.each<[string, string, Forgery]>([
    ["moved by a multiple of n + 1", "proof_wrong", { partial: (right) => ({ ...right, value: bump(right.value) }) }],
    ["with another response", "proof_wrong", { partial: (right) => ({ ...right, z: right.z + 1n }) }],
    ["outside the units", "ciphertext_out_of_range", { partial: (right) => ({ ...right, value: key.n }) }],
    ["sealed for another group", "sealing_wrong", { aad: { group: "g1" } }],
    ["sealed for another part", "sealing_wrong", { aad: { part: 1 } }],
    ["sealed for another trustee", "sealing_wrong", { aad: { trustee: "t1" } }],
    ["that names another group", "field_wrong", { message: other }],
    ["that names another trustee", "field_wrong", { message: { trustee: "t1" } }],
    ["of another roll", "roll_unknown", { message: { rollVersion: 2 } }],
    ["of another key", "key_unknown", { message: { keyId: new Uint8Array(16) } }],
    ["with another signature", "signature_wrong", { signer: new Identity().signer }],
  ])("%s", async (_, code, forgery) => {
    await office.receive(office.sign(aggregate));
    await expect(give("t0", forgery)).rejects.toMatchObject({ code });
    await give("t1");
    expect(office.lines).toEqual([]);
    expect(await give("t2")).toEqual({ kind: "share", decided: opened });
    expect(office.lines).toMatchObject([{ sumsMilliwattHours: { "1-0:1.8.0": 63 }, trustees: ["t1", "t2"] }]);
  });

  test("for another ciphertext, or other contributors", async () => {
    await office.receive(office.sign(aggregate));
    const moved = { ...aggregate, product: integerToBytes(4n, 2 * key.bytes) };
    for (const wrong of [moved, { ...aggregate, blocks: [A, B] }]) {
      const share = await office.share("t0", wrong);
      await expect(office.receiveShare("t0", share)).rejects.toMatchObject({ code: "proof_wrong" });
    }
    await give("t0");
    expect(await give("t1")).toEqual({ kind: "share", decided: opened });
  });

  test("from one who is no trustee, the provider's own among them", async () => {
    await office.receive(office.sign(aggregate));
    const share = await office.share("t0", aggregate);
    for (const name of ["provider", "t3"]) {
      await expect(office.receiveShare(name, share)).rejects.toMatchObject({ code: "member_unknown" });
    }
  });
});

describe("refusals of trustees", () => {
  const refuse = (trustee: string, reason: Parameters<Office["refusal"]>[2], leaveOut: readonly string[]) =>
    office.receiveShare(trustee, office.refusal(trustee, aggregate, reason, leaveOut));

  beforeEach(async () => {
    await office.receive(office.sign(aggregate));
  });

  test("by one of three keep nothing closed", async () => {
    expect(await refuse("t1", "rho_repeated", [B])).toEqual({ kind: "refusal" });
    await give("t0");
    expect(await give("t2")).toEqual({ kind: "share", decided: opened });
  });

  test("by two refuse the part, and name the fewest blocks without which there are enough", async () => {
    await refuse("t1", "rho_repeated", [A, B]);
    expect(await refuse("t2", "sealed_twice", [C])).toMatchObject({
      decided: { kind: "refused", code: "sealed_twice" },
    });
    expect(office.lines).toMatchObject([
      { type: "refused", reason: "sealed_twice", by: ["t1", "t2"], leaveOut: [C], leftOut: [] },
    ]);
    expect(office.answers()).toMatchObject([{ status: "refused", blocks: [C] }]);
    // the blocks are free for another part
    aggregate = office.aggregate(INTERVAL, [A, B], [7, 1], { part: 1 });
    await office.receive(office.sign(aggregate));
    await give("t0");
    expect(await give("t2")).toMatchObject({ decided: { kind: "opened", contributors: 6 } });
  });

  test("that name no blocks leave it to single blocks", async () => {
    await refuse("t0", "product_wrong", []);
    await refuse("t1", "product_wrong", []);
    expect(office.lines).toMatchObject([{ reason: "product_wrong", by: ["t0", "t1"], leaveOut: [] }]);
    expect(office.answers()).toMatchObject([{ status: "refused", blocks: [] }]);
  });

  test("that time heals decide nothing, and a share takes a refusal's place", async () => {
    for (const reason of ["interval_in_future", "interval_closed", "key_unknown", "roll_unknown"] as const) {
      expect(await refuse("t0", reason, [])).toEqual({ kind: "passing" });
      expect(await refuse("t1", reason, [])).toEqual({ kind: "passing" });
    }
    await refuse("t0", "rho_repeated", [A]);
    await give("t0");
    expect(await give("t1")).toEqual({ kind: "share", decided: opened });
  });

  test("of blocks that the part does not have are refused", async () => {
    await expect(refuse("t0", "rho_repeated", ["g1-b0"])).rejects.toMatchObject({ code: "block_unknown" });
  });
});

describe("what waits", () => {
  test("is there after a restart with the answers so far, and opens with the share that was missing", async () => {
    await office.receive(office.sign(aggregate));
    await give("t0");
    await office.restart();
    expect(office.opening.waiting).toBe(1);
    expect(await office.receive(office.sign(aggregate))).toEqual({ kind: "duplicate" });
    expect(await give("t2")).toEqual({ kind: "share", decided: opened });
    expect(office.lines).toMatchObject([{ trustees: ["t0", "t2"] }]);
    await office.restart();
    expect(office.opening.waiting).toBe(0);
  });

  test("is the first aggregate of a part; a different one is refused", async () => {
    await office.receive(office.sign(aggregate));
    const second = office.sign(office.aggregate(INTERVAL, [A], [8, 1]));
    expect(await office.receive(second)).toEqual({ kind: "refused", code: "sealed_twice" });
    expect(office.receipts).toEqual([]);
    await give("t0");
    expect(await give("t1")).toMatchObject({ decided: opened });
  });

  test("counts no block that another part counted meanwhile", async () => {
    const other = office.aggregate(INTERVAL, [A], [7, 1], { part: 1 });
    await office.receive(office.sign(aggregate));
    await office.receive(office.sign(other));
    for (const trustee of ["t0", "t1"]) await office.receiveShare(trustee, await office.share(trustee, other));
    await give("t0");
    expect(await give("t1")).toMatchObject({ decided: { kind: "refused", code: "block_counted_twice" } });
  });

  test("is a backlog of a week that opens when a trustee is back, and no longer", async () => {
    const old = office.aggregate(INTERVAL - 1, [A, B, C], [1, 0]);
    await office.receive(office.sign(old));
    await office.receive(office.sign(aggregate));
    office.nowMs = town.after(INTERVAL, WEEK_MS);
    const late = await Promise.all(["t0", "t1"].map((trustee) => office.share(trustee, old)));
    // any aggregate makes it look what is overdue
    await office.receive(office.sign(aggregate));
    await expect(office.receiveShare("t0", late[0] as Uint8Array)).rejects.toMatchObject({ code: "nothing_to_open" });
    await give("t0");
    expect(await give("t1")).toEqual({ kind: "share", decided: opened });
    await office.restart();
    expect(office.opening.waiting).toBe(0);
  });
});

test("a wrong count refuses the part without naming a block, and a block alone by name", async () => {
  const short = { ...office.aggregate(INTERVAL, [A, B], [7, 1]), blocks: [A, B, C], leftOut: [] };
  aggregate = short;
  await office.receive(office.sign(short));
  await give("t0");
  expect(await give("t1")).toMatchObject({ decided: { kind: "refused", code: "count_wrong" } });
  aggregate = office.aggregate(INTERVAL, [C], [7, 1], { part: 1, product: short.product });
  await office.receive(office.sign(aggregate));
  await give("t0");
  await give("t1");
  expect(office.lines).toMatchObject([
    { by: ["provider"], leaveOut: [] },
    { reason: "count_wrong", by: ["provider"], leaveOut: [C] },
  ]);
  expect(office.answers().map(({ blocks }) => blocks)).toEqual([[], [C]]);
});
