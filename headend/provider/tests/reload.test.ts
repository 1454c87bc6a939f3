/** Aggregator and provider as processes that run on while the roll changes: told by SIGHUP, or by whoever steps them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { connectAsync, type MqttClient } from "mqtt";
import { signRoll } from "../../../core/wire/roll.ts";
import { topics } from "../../../core/wire/topics.ts";
import { SteppedProcess, startAedes, type TestBroker } from "../../service/tests/child.ts";
import { nextRoll } from "../../service/tests/next-roll.ts";
import { Identity, Town } from "../../service/tests/town.ts";

const aggregatorMain = new URL("../../aggregator/tests/main-512.js", import.meta.url);
const providerMain = new URL("./main-512.js", import.meta.url);
const INTERVAL = 2000;
const OLD = "g0-b0-m0";
const NEW = "replacement";

let folder: string;
let broker: TestBroker;
let meters: MqttClient;
let running: readonly SteppedProcess[];
const town = new Town();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-"));
  broker = await startAedes();
  meters = await connectAsync(broker.url);
  const configs = town.write(folder, broker.url);
  running = [
    new SteppedProcess(aggregatorMain, configs.aggregator("g0"), "stepped"),
    new SteppedProcess(providerMain, configs.provider(), "stepped"),
  ];
  await Promise.all(running.map(({ ready }) => ready));
});

afterEach(async () => {
  await Promise.all(running.map((child) => child.kill()));
  await meters.endAsync(true);
  await broker.close();
  rmSync(folder, { recursive: true });
});

const write = (roll: Uint8Array): void => writeFileSync(join(folder, "roll.cose"), roll);
const step = (utcMs: number): Promise<unknown> => Promise.all(running.map((child) => child.step(utcMs)));

/** All these meters report, the interval closes, and its sum is opened. */
async function count(interval: number, reporting: readonly string[]): Promise<object | undefined> {
  const [aggregator, provider] = running as [SteppedProcess, SteppedProcess];
  await step(town.after(interval, 1));
  for (const meter of reporting) {
    const message = town.reading(meter, interval, 1000, 0);
    await meters.publishAsync(topics.reading("g0", meter), Buffer.from(message), { qos: 1 });
  }
  await aggregator.handled(reporting.length);
  await step(town.after(interval, 15_000));
  await provider.handled(1);
  await aggregator.handled(1);
  return provider.lines.at(-1);
}

test("a new roll counts from its first interval on; one that is refused by SIGHUP changes nothing, and all run on", async () => {
  const all = [...town.meters.keys()];
  await step(town.after(INTERVAL - 1, 20_000));
  write(signRoll({ ...town.roll, version: 2 }, new Identity().signer));
  for (const child of running) child.process.kill("SIGHUP");
  while (running.some(({ log }) => !log.includes("refused a roll"))) await new Promise((done) => setTimeout(done, 5));
  for (const { log } of running) expect(log).toContain("signature_wrong");
  expect(await count(INTERVAL, all)).toMatchObject({
    type: "opened",
    interval: INTERVAL,
    contributors: 6,
    leftOut: [],
  });

  write(town.signedRoll(nextRoll(town, INTERVAL + 2, { "g0-b0-s0": NEW })));
  for (const child of running) await child.reload();
  expect(await count(INTERVAL + 1, all)).toMatchObject({ interval: INTERVAL + 1, contributors: 6, leftOut: [] });
  const after = [...all.filter((meter) => meter !== OLD), NEW];
  expect(await count(INTERVAL + 2, after)).toMatchObject({ interval: INTERVAL + 2, contributors: 6, leftOut: [] });
});
