/** Aggregator and provider over Mosquitto with TLS, on the generated configuration, each with its own password: sums are exact, receipts come. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { toHex } from "../../../core/bytes.ts";
import { topics } from "../../../core/wire/topics.ts";
import { describeWithMosquitto } from "../../../hosts/tests/mosquitto.ts";
import { Certificates, SecuredBroker } from "../../authority/tests/secured-broker.ts";
import { SteppedProcess } from "../../service/tests/child.ts";
import { Town } from "../../service/tests/town.ts";

const aggregatorMain = new URL("../../aggregator/tests/main-512.js", import.meta.url);
const providerMain = new URL("./main-512.js", import.meta.url);

describeWithMosquitto("a deployment behind its own broker", () => {
  let ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
  });

  test("opens exact sums, and a meter hears its receipt", async () => {
    const folder = mkdtempSync(join(tmpdir(), "choir-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const certificates = new Certificates();
    ends.push(() => certificates.remove());
    const town = new Town();
    const put = (name: string, content: string): void => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    };
    put("root.pub", toHex(town.root.signer.publicKey));
    put("provider/provider.json", "{}");
    put("aggregators/g0/aggregator.json", '{"connections":3}');
    town.write(folder, "mqtts://localhost");
    const broker = await SecuredBroker.start(folder, certificates);
    ends.push(() => broker.stop());

    const configs = town.write(folder, broker.url);
    const start = (main: URL, config: string, brokerPasswordFile: string): SteppedProcess => {
      const entries = { ...JSON.parse(readFileSync(config, "utf8")), brokerCa: "broker-ca.pem", brokerPasswordFile };
      writeFileSync(config, JSON.stringify(entries));
      const child = new SteppedProcess(main, config, "stepped");
      ends.push(() => child.kill());
      return child;
    };
    const aggregator = start(aggregatorMain, configs.aggregator("g0"), "aggregators/g0/broker.password");
    const provider = start(providerMain, configs.provider(), "provider/broker.password");
    await Promise.all([aggregator.ready, provider.ready]);

    const interval = 2000;
    for (const party of [aggregator, provider]) await party.step(town.after(interval, 1));
    const receipts: string[] = [];
    for (const [i, meter] of [...town.meters.keys()].entries()) {
      const link = await broker.connect(`meter.${meter}`, `meters/${meter}.password`, {}, (topic) =>
        receipts.push(topic),
      );
      await link.subscribeAsync(topics.receipt("g0"), { qos: 1 });
      const reading = Buffer.from(town.reading(meter, interval, 1000 + i, i));
      await link.publishAsync(topics.reading("g0", meter), reading, { qos: 1 });
    }
    await aggregator.handled(town.meters.size);
    await provider.step(town.after(interval, 15_000));
    await aggregator.step(town.after(interval, 15_000));
    await provider.handled(1);
    await aggregator.handled(1);
    expect(provider.lines).toMatchObject([
      { type: "opened", contributors: 6, sumsMilliwattHours: { "1-0:1.8.0": 6015, "1-0:2.8.0": 15 } },
    ]);
    while (receipts.length < town.meters.size) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(new Set(receipts)).toEqual(new Set([topics.receipt("g0")]));
  });
});
