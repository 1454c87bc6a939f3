/** Ciphertexts that a false meter sends, or that somebody sends in its name (docs/THREATS.md, Meters): what they would tell, and who refuses them. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { bytesToInteger, integerToBytes, invert, power } from "../../core/integers.ts";
import { buildTable, tableInMemory } from "../../core/paillier/comb.ts";
import { pack } from "../../core/paillier/packing.ts";
import { entryShape, makeEntry } from "../../core/paillier/pool-entry.ts";
import { bigIntRing } from "../../core/paillier/ring.ts";
import { encryptOnline } from "../../core/paillier/seal.ts";
import { checkBase, openKeyFile, signKeyFile } from "../../core/wire/key-file.ts";
import { Workshop } from "../../headend/aggregator/tests/workshop.ts";
import { nodeDigest, nodeEntropy, nodeVerifier } from "../../headend/service/crypto.ts";
import { openSslPower } from "../../headend/service/power.ts";
import { Identity, TOWN_BITS, Town } from "../../headend/service/tests/town.ts";
import {
  Coalition,
  channelOf,
  EXPORT,
  energyOf,
  energyOfAll,
  homesOf,
  IMPORT,
  INTERVAL,
  plainSum,
  readingOf,
  sharedTown,
} from "./coalition.ts";

const BLOCK = "g0-b0";
const MALLORY = "g0-b0-m0";
const VICTIM = "g0-b1-m2";
const town = sharedTown();
const { key, layout } = town.keyFile;
let sound: Coalition;
/** Trustees whose check of proofs draws its weights from a generator that stands still: every batch holds. */
let lax: Coalition;

beforeEach(async () => {
  sound = await Coalition.before(town);
  lax = await Coalition.before(town, { entropy: { fill: (bytes) => void bytes.fill(0) } });
});
afterEach(async () => {
  await sound.end();
  await lax.end();
});

/** Mallory's block, with another message in the place of Mallory's. */
function blockWith(message: Uint8Array): readonly Uint8Array[] {
  return [...sound.readings([BLOCK])].map(([meter, bytes]) => (meter === MALLORY ? message : bytes));
}

function ciphertexts(messages: Iterable<Uint8Array>): readonly Uint8Array[] {
  return [...messages].map((message) => readingOf(town, message).ciphertext);
}

function numberBytes(value: bigint): Uint8Array {
  return integerToBytes(value % key.nSquared, 2 * key.bytes);
}

describe("another home's old ciphertext, folded into one's own reading", () => {
  /** Mallory's reading of nothing, times the victim's of the interval before, so many bits up. */
  function folded(bits: number): Uint8Array {
    const [stolen = new Uint8Array(0)] = ciphertexts([town.reading(VICTIM, INTERVAL - 1, energyOf(town, VICTIM), 0)]);
    const own = town.sealed(MALLORY, INTERVAL, [0, 0]);
    const shifted = power(bytesToInteger(stolen), 1n << BigInt(bits), key.nSquared);
    return town.message({ ...own, ciphertext: numberBytes(bytesToInteger(own.ciphertext) * shifted) });
  }

  test("above the slots is refused for its proof", async () => {
    const draft = sound.draft("g0", [BLOCK], blockWith(folded(layout.bits)));
    const above = (await lax.open(draft)) >> BigInt(layout.bits);
    expect(channelOf(town, above, IMPORT)).toBe(energyOf(town, VICTIM));

    await sound.expectRefused(draft, "proof_wrong", [BLOCK]);
  });

  test("inside the slots is refused for its proof", async () => {
    // homes export nothing: what is read there is the victim's import
    const [imported, exported] = layout.slots;
    const bits = (exported?.offset ?? 0) - (imported?.offset ?? 0);
    const draft = sound.draft("g0", [BLOCK], blockWith(folded(bits)));
    expect(channelOf(town, await lax.open(draft), EXPORT)).toBe(energyOf(town, VICTIM));

    await sound.expectRefused(draft, "proof_wrong", [BLOCK]);
  });

  test("alone, under one's own name and signature, is refused for its proof", async () => {
    const stolen = town.sealed(VICTIM, INTERVAL - 1, [energyOf(town, VICTIM), 0]);
    const draft = sound.draft(
      "g0",
      [BLOCK],
      blockWith(town.message({ ...stolen, meter: MALLORY, interval: INTERVAL })),
    );
    const others = homesOf(town, [BLOCK]).filter((meter) => meter !== MALLORY);
    const known = others.reduce((sum, meter) => sum + energyOf(town, meter), 0);
    expect((await lax.energy(draft)) - known).toBe(energyOf(town, VICTIM));

    await sound.expectRefused(draft, "proof_wrong", [BLOCK]);
  });
});

describe("readings that come again", () => {
  test("yesterday's readings, replayed around one of today, are refused", async () => {
    const yesterday = sound.readings([BLOCK], INTERVAL - 1);
    const today = town.reading(MALLORY, INTERVAL, energyOf(town, MALLORY) + 777, 0);
    const replayed = [...yesterday].map(([meter, bytes]) => (meter === MALLORY ? today : bytes));
    const sums = [replayed, yesterday.values()].map((all) => channelOf(town, plainSum(town, ciphertexts(all)), IMPORT));
    expect((sums[0] ?? 0) - (sums[1] ?? 0)).toBe(777);

    await sound.expectRefused(sound.draft("g0", [BLOCK], replayed), "field_wrong", [BLOCK]);
  });

  test("a duplicate counts once at the aggregator, and is no evidence", async () => {
    const messages = [...sound.readings([BLOCK]).values()];
    const doubled = [...messages, messages[1] ?? new Uint8Array(0)];
    const sums = [doubled, messages].map((all) => channelOf(town, plainSum(town, ciphertexts(all)), IMPORT));
    expect((sums[0] ?? 0) - (sums[1] ?? 0)).toBe(energyOf(town, "g0-b0-m1"));

    const [trustee] = sound.trustees;
    const records = await trustee?.records();
    const outcome = await trustee?.receive(sound.draft("g0", [BLOCK], doubled));
    expect(outcome).toEqual({ kind: "ignored", code: "field_wrong" });
    expect(await trustee?.records()).toEqual(records);
    await atAggregator(async (shop, plain) => {
      const message = plain.reading(MALLORY, INTERVAL, 5, 0);
      await shop.send(MALLORY, message);
      const before = await shop.state(INTERVAL);
      await shop.send(MALLORY, message);
      expect([await shop.state(INTERVAL), await shop.judged("duplicate")]).toEqual([before, 1]);
    });
  });

  test("a reading under another key's id or another name is refused", async () => {
    const old = town.sealed(MALLORY, INTERVAL, [9, 0]);
    const careless = await Coalition.before(town, {
      verify: () => true,
      entropy: { fill: (bytes) => void bytes.fill(0) },
    });
    const renamed = { ...town.sealed("g0-b0-m1", INTERVAL - 1, [4321, 0]), meter: MALLORY, interval: INTERVAL };
    const forged = sound.draft("g0", [BLOCK], blockWith(town.message(renamed, new Identity().signer)));
    const known = energyOf(town, "g0-b0-m1") + energyOf(town, "g0-b0-m2");
    expect((await careless.energy(forged)) - known).toBe(4321);
    await careless.end();

    await sound.expectRefused(forged, "signature_wrong", [BLOCK]);
    const rekeyed = town.message({ ...old, keyId: new Uint8Array(16) });
    await sound.expectRefused(sound.draft("g0", [BLOCK], blockWith(rekeyed)), "key_unknown", [BLOCK]);
  });

  test("two sealings of one interval keep their block out, and never tell their difference", async () => {
    const [first, second] = [5, 8].map((energy) => town.reading(MALLORY, INTERVAL, energy, 0));
    const drafts = [first, second].map((message, part) =>
      sound.draft("g0", [BLOCK], blockWith(message ?? new Uint8Array(0)), { part }),
    );
    const sums = drafts.map(({ envelopes }) => channelOf(town, plainSum(town, ciphertexts(envelopes)), IMPORT));
    expect((sums[1] ?? 0) - (sums[0] ?? 0)).toBe(3);

    const [one, two] = drafts;
    if (one !== undefined) await sound.energy(one);
    if (two !== undefined) await sound.expectRefused(two, "sealed_twice", [BLOCK]);
    await atAggregator(async (shop, plain) => {
      await shop.send(MALLORY, plain.reading(MALLORY, INTERVAL, 5, 0));
      const { product } = shop.ledger.block(INTERVAL, BLOCK);
      await shop.send(MALLORY, plain.reading(MALLORY, INTERVAL, 8, 0));
      expect(shop.ledger.block(INTERVAL, BLOCK)).toMatchObject({ product, marks: [{ reason: "sealed_twice" }] });
    });
  });

  test("a meter that floods its topic with sealings leaves one mark behind, and its block out", async () => {
    await atAggregator(async (shop, plain) => {
      const sealing = (energy: number) => shop.send(MALLORY, plain.reading(MALLORY, INTERVAL, energy, 0));
      await sealing(1);
      const honest = await shop.state(INTERVAL);
      await sealing(2);
      const marked = await shop.state(INTERVAL);
      expect(marked).not.toEqual(honest);
      for (let energy = 3; energy < 50; energy++) await sealing(energy);
      expect([await shop.state(INTERVAL), await shop.judged("sealed_twice")]).toEqual([marked, 48]);
    });
  });
});

describe("numbers that are no good", () => {
  test("a ciphertext outside Z* spoils no sum: it is refused", async () => {
    const honest = ciphertexts(sound.readings([BLOCK]).values());
    const wild = numberBytes(5n * key.n);
    const sums = [honest, [...honest, wild]].map((all) => channelOf(town, plainSum(town, all), IMPORT));
    expect(sums).toEqual([energyOfAll(town, [BLOCK]), 0]);

    const message = town.message({ ...town.sealed(MALLORY, INTERVAL, [1, 0]), ciphertext: wild });
    const draft = sound.draft("g0", [BLOCK], blockWith(message), { product: numberBytes(2n) });
    await sound.expectRefused(draft, "ciphertext_out_of_range", [BLOCK]);
    await atAggregator(async (shop, plain) => {
      const before = await shop.state(INTERVAL);
      const { n, bytes } = plain.keyFile.key;
      const bad = { ...plain.sealed(MALLORY, INTERVAL, [1, 0]), ciphertext: integerToBytes(5n * n, 2 * bytes) };
      await shop.send(MALLORY, plain.message(bad));
      expect([await shop.state(INTERVAL), await shop.judged("ciphertext_out_of_range")]).toEqual([before, 1]);
    });
  });

  test("a repeated rho tells the difference of two readings to everybody: it is refused, and no entry makes two", async () => {
    const entry = town.entry();
    const [one, two] = [
      town.sealed(MALLORY, INTERVAL - 1, [400, 0], entry.slice()),
      town.sealed(MALLORY, INTERVAL, [1000, 0], entry.slice()),
    ];
    const quotient =
      (bytesToInteger(two.ciphertext) * invert(bytesToInteger(one.ciphertext), key.nSquared)) % key.nSquared;
    expect(channelOf(town, (quotient - 1n) / key.n, IMPORT)).toBe(600);

    const before = [...sound.readings([BLOCK], INTERVAL - 1)].map(([meter, bytes]) =>
      meter === MALLORY ? town.message(one) : bytes,
    );
    await sound.open(sound.draft("g0", [BLOCK], before, { interval: INTERVAL - 1 }));
    await sound.expectRefused(sound.draft("g0", [BLOCK], blockWith(town.message(two))), "rho_repeated", [BLOCK]);
    town.sealed(MALLORY, INTERVAL, [1, 0], entry);
    expect(() => town.sealed(MALLORY, INTERVAL + 1, [1, 0], entry)).toThrow(
      expect.objectContaining({ code: "pool_entry_spent" }),
    );
  });

  test("a base that the dealer picked lets it read every ciphertext: no head end and no trustee takes it", () => {
    // h_s = (1 + n)^(2^P): all of rho lies above the slots
    const base = 1n + key.n * (1n << BigInt(layout.bits));
    const picked = { ...key, base };
    const table = buildTable(picked, town.keyFile.seed, nodeDigest);
    const shape = entryShape(TOWN_BITS, layout.bits);
    const entry = makeEntry(bigIntRing(key.n), tableInMemory(table, key.bytes, nodeDigest), shape, nodeEntropy);
    const c = bytesToInteger(encryptOnline(bigIntRing(key.n), shape, entry, pack(layout, [1234, 0])));
    expect(channelOf(town, (c - 1n) / key.n, IMPORT)).toBe(1234);

    const bytes = signKeyFile(
      { ...new Town().keyFile, n: key.n, base, tableHash: nodeDigest.sha256(table) },
      town.root.signer,
    );
    const file = openKeyFile(bytes, town.root.signer.publicKey, nodeVerifier(), nodeDigest, TOWN_BITS);
    expect(() => checkBase(file, nodeDigest, openSslPower)).toThrow(expect.objectContaining({ code: "base_wrong" }));
  });
});

/** A town whose key the provider holds, at whose aggregator something comes in. */
async function atAggregator(happens: (shop: Workshop, plain: Town) => Promise<void>): Promise<void> {
  const shop = new Workshop(plainTown);
  await shop.start(plainTown.after(INTERVAL, 1));
  await happens(shop, plainTown);
  await shop.end();
}

const plainTown = new Town();
