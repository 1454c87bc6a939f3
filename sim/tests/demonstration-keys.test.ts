/** The demonstration's published primes: they make a whole ceremony at once, and no command takes its key outside a street. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromHex, toHex } from "../../core/bytes.ts";
import { bitLength } from "../../core/integers.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { generateSecretKey } from "../../core/secret/key-pair.ts";
import { paillierVector, sharedVector } from "../../core/tests/vectors.ts";
import { startAggregator } from "../../headend/aggregator/main.ts";
import { countersignDeployment } from "../../headend/authority/countersign.ts";
import { deploymentKeyFile, newRoll } from "../../headend/authority/new-roll.ts";
import { newSharedDeployment } from "../../headend/authority/shared-deployment.ts";
import { newTrustee } from "../../headend/authority/trustee.ts";
import { nodeVerifier } from "../../headend/service/crypto.ts";
import { isPublished } from "../../headend/service/published-keys.ts";
import type { ServiceHost } from "../../headend/service/service.ts";
import { loadTrust } from "../../headend/service/trust.ts";
import { demonstrationPrimes } from "../demonstration-keys.ts";

test.each([2048, 3072])("there are safe primes for %i bits, known as published", async (bits) => {
  const primes = await demonstrationPrimes(bits);
  expect([bitLength(primes.n), isPublished(primes.n)]).toEqual([bits, true]);
});

test("there are none for other lengths, and a new key is not published", async () => {
  for (const bits of [0, 512, 4096]) {
    await expect(demonstrationPrimes(bits)).rejects.toThrow("2048 or 3072");
  }
  expect(isPublished(generateSecretKey(2048).n)).toBe(false);
});

test("the keys of the vectors are published as well", () => {
  for (const { n } of [paillierVector(2048), paillierVector(3072), sharedVector(2048)]) {
    expect(isPublished(BigInt(`0x${n}`))).toBe(true);
  }
});

describe("a deployment with a published key", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-demonstration-"));
  const deployment = join(folder, "deployment");
  const names = ["t1", "t2", "t3"] as const;
  const published = expect.objectContaining({ code: "key_published" });
  const START = Date.parse("2026-01-01T00:00:00Z");
  const countersign = (name: string, publishedKeys: boolean) =>
    countersignDeployment({ identity: join(folder, name), deployment, rootKey: rootKey(), publishedKeys });
  const rootKey = () => fromHex(readFileSync(join(deployment, "root.pub"), "utf8").trim());

  beforeAll(async () => {
    const options = {
      keyBits: 2048,
      intervalMs: 900_000,
      channels: ["1-0:1.8.0"],
      largestGroup: 10,
      kMin: 3,
      firstUtcMs: START,
      lastUtcMs: START + 86_400_000,
      broker: "mqtt://127.0.0.1:1883",
      demonstration: true,
    };
    const trustees = names.map((name) => newTrustee(join(folder, name), name));
    const among = { trustees, threshold: 3, providerHolds: true, providerWithOneTrustee: false, atUtcMs: START };
    await newSharedDeployment(deployment, options, among, demonstrationPrimes);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is countersigned, given a roll and loaded in a street, and refused by every command outside", async () => {
    await expect(countersign("t1", false)).rejects.toThrow(published);
    for (const name of ["t1", "t2"]) await countersign(name, true);
    expect(() => deploymentKeyFile(deployment)).toThrow(published);
    const seats = [1, 2, 3].map((i) => ({
      seat: `s${i}`,
      occupant: { meter: `m${i}`, key: new Uint8Array(32).fill(i) },
    }));
    const plan = {
      groups: [{ group: "g", scheme: "paillier" as const, feeder: undefined, blocks: ["b"] }],
      blocks: [{ block: "b", seats }],
      feeders: [],
      firstInterval: START / 900_000,
    };
    const broker = "mqtt://127.0.0.1:1883";
    expect(() => newRoll(deployment, plan, broker)).toThrow(published);
    newRoll(deployment, plan, broker, MODULUS_BITS.least, true);
    for (const name of ["t1", "t3"]) await countersign(name, true);

    const entries = { rootKey: toHex(rootKey()), keyFile: "key.cose", roll: "roll.cose" };
    const load = (...allowed: readonly boolean[]) =>
      loadTrust(join(deployment, "party.json"), entries, nodeVerifier(), MODULUS_BITS.least, ...allowed.slice(0, 1));
    expect(() => load()).toThrow(published);
    expect(load(true).keyFile.sharing?.threshold).toBe(3);

    // refused before a clock, a store or a broker is touched
    const host = {} as ServiceHost;
    const rules = { leastKeyBits: MODULUS_BITS.least, publishedKeys: false };
    await expect(startAggregator(join(deployment, "aggregators/g/aggregator.json"), rules, host)).rejects.toThrow(
      published,
    );
  });
});
