/** A real aggregator process, killed 50 times at random moments under load: sums stay exact, nothing acknowledged is lost, nothing counts twice. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { connectAsync } from "mqtt";
import { bytesToInteger } from "../../../core/integers.ts";
import { unpack } from "../../../core/paillier/packing.ts";
import { Opener } from "../../../core/secret/opener.ts";
import { type Aggregate, decodeAggregate } from "../../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope } from "../../../core/wire/envelope.ts";
import { topics } from "../../../core/wire/topics.ts";
import { nodeVerifier } from "../../service/crypto.ts";
import { openSslPower } from "../../service/power.ts";
import { SteppedProcess, startAedes } from "../../service/tests/child.ts";
import { Town } from "../../service/tests/town.ts";

const KILLS = 50;
const SEED = 20_261_122;
const FIRST = 2_000;
const BLOCKS = 3;
const SEATS = 4;
const main = new URL("./main-512.js", import.meta.url);

/** A seeded generator, uniform in 0 <= u < 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test(`killed ${KILLS} times under load, an aggregator loses nothing that it acknowledged and counts nothing twice`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-"));
  const broker = await startAedes();
  const uniform = random(SEED);
  const town = new Town({ blocksPerGroup: BLOCKS, seatsPerBlock: SEATS, kMin: SEATS });
  const config = town.write(folder, broker.url).aggregator("g0");
  const names = [...town.meters.keys()];
  const value = (interval: number, meter: string): number => (interval % 1000) * 1000 + names.indexOf(meter);

  const outside = await connectAsync(broker.url);
  const heard = new Map<string, Buffer>();
  const aggregates: Aggregate[] = [];
  const verify = nodeVerifier();
  outside.on("message", (_topic, payload) => {
    const envelope = parseEnvelope("aggregate", payload);
    checkSignature(envelope, town.aggregator("g0").publicKey, verify, "aggregate");
    const aggregate = decodeAggregate(envelope.payload, town.keyFile.key);
    const name = `${aggregate.interval}/${aggregate.part}`;
    const before = heard.get(name);
    if (before === undefined) aggregates.push(aggregate);
    // what is sent again is what was sent
    else if (!before.equals(payload)) throw new Error(`part ${name} was sealed twice`);
    heard.set(name, payload);
  });
  await outside.subscribeAsync(topics.aggregate("g0"), { qos: 1 });

  const published: Promise<unknown>[] = [];
  const publish = (interval: number): void => {
    const order = names.map((meter) => ({ meter, at: uniform() })).sort((a, b) => a.at - b.at);
    for (const { meter } of order) {
      const message = Buffer.from(town.reading(meter, interval, value(interval, meter), 1));
      published.push(outside.publishAsync(topics.reading("g0", meter), message, { qos: 1 }));
      // the broker may deliver twice at any time
      if (uniform() < 0.1) published.push(outside.publishAsync(topics.reading("g0", meter), message, { qos: 1 }));
    }
  };

  for (let round = 0; round < KILLS; round++) {
    const interval = FIRST + round;
    const child = new SteppedProcess(main, config, "stepped");
    if (round % 5 === 4) {
      // while it opens its store and connects
      publish(interval);
      await pause(uniform() * 400);
    } else {
      await child.ready;
      void child.step(town.after(interval, 1));
      publish(interval);
      await pause(uniform() * 60);
    }
    await child.kill();
  }
  const child = new SteppedProcess(main, config, "stepped");
  await child.ready;
  await Promise.all(published);
  const last = FIRST + KILLS - 1;
  const isDone = (): boolean => aggregates.reduce((sum, { blocks }) => sum + blocks.length, 0) >= KILLS * BLOCKS;
  for (let step = 0; !isDone() && step < 100; step++) {
    await child.step(town.after(last, 15_000 + step * 7_500));
    await pause(20);
  }
  // and nothing more comes when all has been summed
  await child.step(town.after(last + 1, 30_000));
  await pause(50);
  expect(await child.terminate()).toBe(0);

  const opener = new Opener(town.secret, openSslPower);
  const counted = new Map<string, number>();
  const wrong: object[] = [];
  for (const { interval, part, blocks, product } of aggregates) {
    if (product === undefined) continue;
    const members = names.filter((meter) => blocks.some((block) => meter.startsWith(`${block}-`)));
    const { sums } = unpack(town.keyFile.layout, opener.open(bytesToInteger(product)), members.length);
    const truth = members.reduce((sum, meter) => sum + value(interval, meter), 0);
    if (sums[0] !== BigInt(truth) || sums[1] !== BigInt(members.length)) wrong.push({ interval, part, sums, truth });
    for (const block of blocks) counted.set(`${interval}/${block}`, (counted.get(`${interval}/${block}`) ?? 0) + 1);
  }
  expect(wrong).toEqual([]);
  expect([...counted.values()].filter((times) => times !== 1)).toEqual([]);
  expect(counted.size).toBe(KILLS * BLOCKS);
  await outside.endAsync(true);
  await broker.close();
  rmSync(folder, { recursive: true });
});
