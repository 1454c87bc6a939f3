/** A false aggregator (docs/THREATS.md, Aggregators): what it adds, drops, weighs or invents, and what trustees say to that. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bytesToInteger, integerToBytes, power } from "../../core/integers.ts";
import { product } from "../../core/paillier/ciphertext.ts";
import { Opener } from "../../core/secret/opener.ts";
import { openSslPower } from "../../headend/service/power.ts";
import { Identity } from "../../headend/service/tests/town.ts";
import type { Draft } from "../../headend/trustee/tests/chamber.ts";
import {
  Coalition,
  channelOf,
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
const VICTIM = "g0-b0-m2";
const town = sharedTown({ groups: 2 });
const { key } = town.keyFile;
let sound: Coalition;
let readings: ReadonlyMap<string, Uint8Array>;

beforeEach(async () => {
  sound = await Coalition.before(town);
  readings = sound.readings([BLOCK]);
});
afterEach(() => sound.end());

function numbersOf(messages: Iterable<Uint8Array>): readonly Uint8Array[] {
  return [...messages].map((message) => readingOf(town, message).ciphertext);
}

function drawn(envelopes: Iterable<Uint8Array>, change: Partial<Draft["aggregate"]> = {}): Draft {
  return sound.draft("g0", [BLOCK], envelopes, change);
}

/** What the sum of these messages is, where nobody checks where it comes from. */
function unchecked(messages: Iterable<Uint8Array>): number {
  return channelOf(town, plainSum(town, numbersOf(messages)), IMPORT);
}

test("dropping a reading under a sound list of contributors tells what was dropped: the product is compared", async () => {
  const kept = [...readings.values()].filter((message) => message !== readings.get(VICTIM));
  expect(unchecked(readings.values()) - unchecked(kept)).toBe(energyOf(town, VICTIM));

  const told = integerToBytes(product(numbersOf(kept).map(bytesToInteger), key), 2 * key.bytes);
  await sound.expectRefused(drawn(readings.values(), { product: told }), "product_wrong", []);
});

test("a ciphertext multiplied k times, another k for each home, tells every home: the product is compared", async () => {
  const factors = numbersOf(readings.values()).map((c, i) =>
    power(bytesToInteger(c), 1n << BigInt(64 * i), key.nSquared),
  );
  const weighed = product(factors, key);
  const plaintext = new Opener(town.secret, openSslPower).open(weighed);
  const each = homesOf(town, [BLOCK]).map((_, i) => channelOf(town, plaintext >> BigInt(64 * i), IMPORT));
  expect(each).toEqual(homesOf(town, [BLOCK]).map((home) => energyOf(town, home)));

  const change = { product: integerToBytes(weighed, 2 * key.bytes) };
  await sound.expectRefused(drawn(readings.values(), change), "product_wrong", []);
});

test("a changed ciphertext is no longer its meter's", async () => {
  const changed = [...readings].map(([meter, message]) => {
    const reading = readingOf(town, message);
    const more = numberTimes(
      reading.ciphertext,
      1n + key.n * (500n << BigInt(town.keyFile.layout.slots[0]?.offset ?? 0)),
    );
    return meter === VICTIM ? town.message({ ...reading, ciphertext: more }, new Identity().signer) : message;
  });
  expect(unchecked(changed) - unchecked(readings.values())).toBe(500);

  await sound.expectRefused(drawn(changed), "signature_wrong", [BLOCK]);
});

test("a reading added from elsewhere counts in no block, a duplicate block in no part", async () => {
  const stray = town.reading("g1-b0-m0", INTERVAL, energyOf(town, "g1-b0-m0"), 0);
  expect(unchecked([...readings.values(), stray]) - unchecked(readings.values())).toBe(energyOf(town, "g1-b0-m0"));

  await sound.expectRefused(drawn([...readings.values(), stray]), "member_unknown", []);
  await sound.expectRefused(sound.draft("g0", [BLOCK, "g1-b0"], [...readings.values(), stray]), "block_unknown", [
    "g1-b0",
  ]);
});

test("invented members around one home tell it: only meters of the roll contribute", async () => {
  const invented = ["ghost-1", "ghost-2"].map((ghost) =>
    town.message(town.sealed(ghost, INTERVAL, [10, 0]), new Identity().signer),
  );
  const victim = readings.get(VICTIM) ?? new Uint8Array(0);
  expect(unchecked([victim, ...invented]) - 20).toBe(energyOf(town, VICTIM));

  const draft = drawn([victim, ...invented]);
  const [trustee] = sound.trustees;
  const before = await trustee?.records();
  expect(await trustee?.receive(draft)).toMatchObject({ kind: "refused", reason: "member_unknown" });
  expect(await trustee?.records()).toEqual(before);
  await expect(sound.open(draft)).rejects.toMatchObject({ code: "shares_missing" });
});

test("members invented under names of the roll are signed by nobody of the roll", async () => {
  const careless = await Coalition.before(town, { verify: () => true });
  const forged = [...readings].map(([meter, message]) =>
    meter === VICTIM ? message : town.message(town.sealed(meter, INTERVAL, [10, 0]), new Identity().signer),
  );
  expect((await careless.energy(drawn(forged))) - 20).toBe(energyOf(town, VICTIM));
  await careless.end();

  await sound.expectRefused(drawn(forged), "signature_wrong", [BLOCK]);
});

test("an aggregate in another aggregator's name is nobody's word: it is not even answered", async () => {
  const careless = await Coalition.before(town, { verify: () => true });
  const stranger = new Identity().signer;
  const [[open], [shut]] = [careless.trustees, sound.trustees];
  const draft = drawn(readings.values());
  expect(await open?.receive(sound.trustees[0]?.encode(draft, stranger) ?? new Uint8Array(0))).toMatchObject({
    kind: "share",
  });
  await careless.end();

  const before = await shut?.records();
  expect(await shut?.receive(shut.encode(draft, stranger))).toEqual({ kind: "ignored", code: "signature_wrong" });
  expect([shut?.answers, await shut?.records()]).toEqual([[], before]);
  expect(await sound.energy(draft)).toBe(energyOfAll(town, [BLOCK]));
});

function numberTimes(ciphertext: Uint8Array, factor: bigint): Uint8Array {
  return integerToBytes((bytesToInteger(ciphertext) * factor) % key.nSquared, 2 * key.bytes);
}
