/** Aggregator and provider as processes over a broker, under a stepped clock: envelopes in, opened sums out. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectAsync, type MqttClient } from "mqtt";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { decodeReceipt } from "../../../core/wire/receipt.ts";
import { topics } from "../../../core/wire/topics.ts";
import { SteppedProcess, startAedes, type TestBroker } from "../../service/tests/child.ts";
import { Town } from "../../service/tests/town.ts";

const aggregatorMain = new URL("../../aggregator/tests/main-512.js", import.meta.url);
const providerMain = new URL("./main-512.js", import.meta.url);

let folder: string;
let broker: TestBroker;
let meters: MqttClient;
const running: SteppedProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-"));
  broker = await startAedes();
  meters = await connectAsync(broker.url);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.kill()));
  await meters.endAsync(true);
  await broker.close();
  rmSync(folder, { recursive: true });
});

function start(main: URL, config: string): SteppedProcess {
  const child = new SteppedProcess(main, config, "stepped");
  running.push(child);
  return child;
}

describe("aggregator and provider", () => {
  test("turn envelopes into exact sums, late blocks too, and answer with receipts", async () => {
    const town = new Town();
    const configs = town.write(folder, broker.url);
    const aggregator = start(aggregatorMain, configs.aggregator("g0"));
    const provider = start(providerMain, configs.provider());
    await Promise.all([aggregator.ready, provider.ready]);
    const receipts: unknown[] = [];
    meters.on("message", (_topic, payload) => receipts.push(decodeReceipt(parseEnvelope("receipt", payload).payload)));
    await meters.subscribeAsync(topics.receipt("g0"), { qos: 1 });

    const interval = 2000;
    await aggregator.step(town.after(interval - 1, 20_000));
    await provider.step(town.after(interval - 1, 20_000));
    const all = [...town.meters.keys()];
    const late = "g0-b1-m2";
    await aggregator.step(town.after(interval, 1));
    await provider.step(town.after(interval, 1));
    for (const [i, meter] of all.entries()) {
      if (meter !== late)
        await meters.publishAsync(
          topics.reading("g0", meter),
          Buffer.from(town.reading(meter, interval, 1000 + i, i)),
          { qos: 1 },
        );
    }
    await aggregator.handled(all.length - 1);
    await provider.step(town.after(interval, 15_000));
    const closed = await aggregator.step(town.after(interval, 15_000));
    expect(closed.sent).toHaveLength(1);
    await provider.handled(1);
    const lateReading = town.reading(late, interval, 1005, 5);
    await meters.publishAsync(topics.reading("g0", late), Buffer.from(lateReading), { qos: 1 });
    await meters.publishAsync(topics.feeder("g0"), Buffer.from(town.feederReading("f-g0", interval, 7000, 15)), {
      qos: 1,
    });
    await aggregator.handled(2);
    await provider.handled(1);
    const { nextMs } = await aggregator.settle();
    expect(nextMs).toBe(town.after(interval, 22_500));
    await aggregator.step(town.after(interval, 22_500));
    await provider.handled(1);
    await aggregator.handled(1);

    const common = { group: "g0", interval, members: 6, trustees: [] };
    expect(provider.lines).toEqual([
      {
        type: "opened",
        ...common,
        part: 0,
        blocks: ["g0-b0"],
        leftOut: [{ block: "g0-b1", reason: "missing", meters: [late] }],
        contributors: 3,
        sumsMilliwattHours: { "1-0:1.8.0": 3003, "1-0:2.8.0": 3 },
        feederMilliwattHours: null,
      },
      {
        type: "feeder",
        group: "g0",
        interval,
        feederMilliwattHours: { "1-0:1.8.0": 7000, "1-0:2.8.0": 15 },
        sumsMilliwattHours: { "1-0:1.8.0": 3003, "1-0:2.8.0": 3 },
        residualMilliwattHours: { "1-0:1.8.0": 3997, "1-0:2.8.0": 12 },
      },
      {
        type: "opened",
        ...common,
        part: 1,
        blocks: ["g0-b1"],
        leftOut: [],
        contributors: 3,
        sumsMilliwattHours: { "1-0:1.8.0": 3012, "1-0:2.8.0": 12 },
        feederMilliwattHours: { "1-0:1.8.0": 7000, "1-0:2.8.0": 15 },
      },
    ]);
    const { keyId } = town.keyFile;
    while (receipts.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(receipts).toEqual([
      { group: "g0", interval, keyId, part: 0, status: "opened", blocks: ["g0-b0"] },
      { group: "g0", interval, keyId, part: 1, status: "opened", blocks: ["g0-b1"] },
    ]);
    expect(await Promise.all([aggregator.terminate(), provider.terminate()])).toEqual([0, 0]);
  });

  test("end at once on SIGTERM, with a broker and without one", async () => {
    const town = new Town();
    const alone = new SteppedProcess(
      aggregatorMain,
      town.write(folder, "mqtt://127.0.0.1:1").aggregator("g0"),
      "system",
    );
    running.push(alone);
    while (!alone.log.includes("no broker")) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await alone.terminate()).toBe(0);
  });

  test("do not start on what they cannot trust, and say why", async () => {
    const town = new Town();
    const configs = town.write(folder, broker.url);
    const provider = configs.provider();
    chmodSync(join(folder, "secret.json"), 0o644);
    const aggregator = configs.aggregator("g0");
    writeFileSync(join(folder, "roll.cose"), new Town().rollBytes);
    for (const [main, config, code] of [
      [aggregatorMain, aggregator, "signature_wrong"],
      [providerMain, aggregator, "config_invalid"],
    ] as const) {
      const child = start(main, config);
      expect(await child.ended).not.toBe(0);
      expect(child.log).toContain(code);
    }
    writeFileSync(join(folder, "roll.cose"), town.rollBytes);
    const child = start(providerMain, provider);
    expect(await child.ended).not.toBe(0);
    expect(child.log).toContain("mode 0600");
  });
});
