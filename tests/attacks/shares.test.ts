/** Shares of openings (docs/THREATS.md, Trustees and Broker): forged, taken for another ciphertext, read on the way, withheld, and forgotten by a backup. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bytesToInteger, factorial, invert, reduce } from "../../core/integers.ts";
import type { CheckedShare } from "../../core/secret/combining.ts";
import { lagrange } from "../../core/secret/lagrange.ts";
import { decodePartial } from "../../core/secret/share-proof.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeShare, shareAad, shareInfo } from "../../core/wire/share.ts";
import type { Sharing } from "../../core/wire/sharing.ts";
import { Office } from "../../headend/provider/tests/office.ts";
import { known, Sealing } from "../../headend/service/tests/town.ts";
import {
  bareShare,
  Coalition,
  channelOf,
  combined,
  energyOf,
  energyOfAll,
  IMPORT,
  INTERVAL,
  sharedTown,
  townWithoutBlocks,
} from "./coalition.ts";

const BLOCKS = ["g0-b0", "g0-b1"];
const town = sharedTown();
const { key, layout } = town.keyFile;
// the town has trustees
const sharing = town.keyFile.sharing as Sharing;
let office: Office;
let today: Aggregate;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(INTERVAL, 15_000);
  await office.start();
  today = office.aggregate(INTERVAL, BLOCKS, [7, 0]);
});
afterEach(() => office.end());

function bare(holder: string, { product = new Uint8Array(0) }: Aggregate): CheckedShare {
  return bareShare(town, holder, bytesToInteger(product));
}

function imported(shares: readonly CheckedShare[], threshold?: number): number {
  return channelOf(town, combined(town, shares, threshold), IMPORT);
}

/** Sees the provider refuse t1's share, show nothing, and open the right sum with the others'. */
async function expectOthersOpen(forged: Uint8Array, code: string): Promise<void> {
  await office.receive(office.sign(today));
  await expect(office.receiveShare("t1", forged)).rejects.toMatchObject({ code });
  await office.receiveShare("t2", await office.share("t2", today));
  expect(office.lines).toEqual([]);
  await office.receiveShare("t3", await office.share("t3", today));
  expect(office.lines).toMatchObject([{ sumsMilliwattHours: { "1-0:1.8.0": 42 }, trustees: ["t2", "t3"] }]);
}

test("a forged share moves the sum by what its maker likes: its proof is asked for", async () => {
  const shares = ["provider", "t1", "t2"].map((holder) => bare(holder, today));
  const { index = 0 } = shares[1] ?? {};
  const weight =
    2n *
    lagrange(
      index,
      shares.map((one) => one.index),
      sharing.holders.length,
    );
  const delta = factorial(sharing.holders.length);
  const moved =
    (1000n << BigInt(layout.slots[IMPORT]?.offset ?? 0)) * 4n * delta * delta * invert(reduce(weight, key.n), key.n);
  const forge = (value: bigint): bigint => (value * (1n + key.n * (moved % key.n))) % key.nSquared;
  const forged = shares.map((share) => (share.index === index ? { ...share, value: forge(share.value) } : share));
  expect([imported(shares), imported(forged)]).toEqual([42, 1042]);

  const partial = await office.share("t1", today, { partial: (right) => ({ ...right, value: forge(right.value) }) });
  await expectOthersOpen(partial, "proof_wrong");
});

test("shares for another ciphertext open that one: their proof names what they are of", async () => {
  const yesterday = office.aggregate(INTERVAL - 1, BLOCKS, [3, 0]);
  expect(imported(["t1", "t2", "t3"].map((holder) => bare(holder, yesterday)))).toBe(18);

  const relabelled = { interval: INTERVAL };
  const share = await office.share("t1", yesterday, { aad: relabelled, message: relabelled });
  await expectOthersOpen(share, "proof_wrong");
});

test("shares read at the broker are sealed: three in the clear would open all that passes", async () => {
  expect(imported(["t1", "t2", "t3"].map((holder) => bare(holder, today)))).toBe(42);

  const listener = new Sealing();
  const message = decodeShare(
    parseEnvelope("share", await office.share("t1", today)).payload,
    key,
    sharing.holders.length,
  );
  const { answer } = message;
  const sealed = answer.status === "share" ? answer.sealed : new Uint8Array(0);
  const aad = shareAad(message);
  await expect(listener.key.open(shareInfo(), aad, sealed)).rejects.toMatchObject({ code: "sealing_wrong" });
  const plain = await known(town.holders, "provider").sealing.key.open(shareInfo(), aad, sealed);
  expect(decodePartial(plain, key, sharing.holders.length).value).toBe(bare("t1", today).value);
});

test("a provider and one dishonest trustee open nothing, where two of its kind would open all", async () => {
  expect(imported(["provider", "t1", "t2"].map((holder) => bare(holder, today)))).toBe(42);

  const two = ["provider", "t1"].map((holder) => bare(holder, today));
  expect(() => imported(two)).toThrow(expect.objectContaining({ code: "shares_missing" }));
  expect(() => imported(two, 2)).toThrow(expect.objectContaining({ code: "proof_wrong" }));
});

test("a trustee that answers nothing stops nobody, where all shares were needed it would", async () => {
  const three = ["provider", "t2", "t3"].map((holder) => bare(holder, today));
  expect(() => imported(three, 4)).toThrow(expect.objectContaining({ code: "shares_missing" }));

  await office.receive(office.sign(today));
  for (const trustee of ["t2", "t3"]) await office.receiveShare(trustee, await office.share(trustee, today));
  expect(office.lines).toMatchObject([{ type: "opened", sumsMilliwattHours: { "1-0:1.8.0": 42 } }]);
});

test("a trustee restored from an old backup forgets what it opened: whole blocks need no memory", async () => {
  const all = ["g0-b0", "g0-b1", "g0-b2"];
  const meters = townWithoutBlocks(3);
  const weak = await Coalition.before(meters);
  const readings = weak.readings(all);
  const less = weak.draft("g0", BLOCKS, [...readings.values()].slice(0, 2));
  let opened = 0;
  const first = async (): Promise<void> => {
    opened = await weak.energy(weak.draft("g0", all, readings.values()));
    await expect(weak.energy(less)).rejects.toMatchObject({ code: "shares_missing" });
  };
  await allForgetting(weak, first);
  expect(opened - (await weak.energy(less))).toBe(energyOf(meters, "g0-b2-m0"));
  await weak.end();

  const sound = await Coalition.before(town);
  const whole = sound.draft("g0", BLOCKS, sound.readings(BLOCKS).values());
  await allForgetting(sound, async () => {
    expect(await sound.energy(whole)).toBe(energyOfAll(town, BLOCKS));
  });
  await sound.expectRefused(sound.draft("g0", BLOCKS, whole.envelopes.slice(1)), "block_not_whole", ["g0-b0"]);
  await sound.end();
});

/** All trustees are put back to before `between`. */
async function allForgetting({ trustees }: Coalition, between: () => Promise<void>): Promise<void> {
  const inside = trustees.reduceRight((inner, trustee) => () => trustee.forgetting(inner), between);
  await inside();
}
