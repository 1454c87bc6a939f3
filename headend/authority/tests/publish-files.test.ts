/** Files handed to meters over the broker: to all that the roll lists and to those it gave up, kept for whoever is away. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import mqtt from "mqtt";
import { OBIS_IMPORT } from "../../../core/names.ts";
import { decodeFiles } from "../../../core/wire/files.ts";
import { topics } from "../../../core/wire/topics.ts";
import { aedesBroker, type Published } from "../../../hosts/tests/aedes-broker.ts";
import { readDeploymentFile } from "../deployment.ts";
import { newDeployment } from "../new-deployment.ts";
import { newRoll } from "../new-roll.ts";
import { filesToPublish, publishFiles } from "../publish-files.ts";

const folder = mkdtempSync(join(tmpdir(), "choir-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("each meter of the roll, each feeder and each meter named besides gets both files, and the broker keeps them", async () => {
  newDeployment(folder, {
    keyBits: 512,
    intervalMs: 900_000,
    channels: [OBIS_IMPORT],
    largestGroup: 4,
    kMin: 1,
    firstUtcMs: 1_700_000_000_000,
    lastUtcMs: 1_700_100_000_000,
    broker: "mqtt://127.0.0.1",
    demonstration: true,
  });
  const seat = (name: string, i: number) => ({
    seat: name,
    occupant: { meter: `m-${name}`, key: new Uint8Array(32).fill(i) },
  });
  const plan = {
    groups: [{ group: "g1", scheme: "paillier", feeder: "f1", blocks: ["b1"] }],
    blocks: [{ block: "b1", seats: [seat("s1", 1), { seat: "s2", occupant: undefined }] }],
    feeders: [{ feeder: "f1", key: new Uint8Array(32).fill(3) }],
    firstInterval: 1_889_000,
  } as const;
  newRoll(folder, plan, "mqtt://127.0.0.1", 512);
  const seen: Published[] = [];
  const broker = await aedesBroker(seen);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  await publishFiles(filesToPublish(folder, ["m-s2"], 512), url);
  expect(seen.map(({ topic, retain }) => [topic, retain])).toEqual(
    ["f1", "m-s1", "m-s2"].map((meter) => [topics.config(meter), true]),
  );
  const late = await mqtt.connectAsync(url);
  const kept = new Promise<Uint8Array>((resolve) =>
    late.once("message", (_, payload) => resolve(new Uint8Array(payload))),
  );
  await late.subscribeAsync(topics.config("m-s2"), { qos: 1 });
  expect(decodeFiles(await kept)).toEqual({
    keyFile: readDeploymentFile(folder, "keyFile", ""),
    roll: readDeploymentFile(folder, "roll", ""),
  });
  await late.endAsync();
  await broker.stop();
});

test("nothing is sent that no meter would take, and a broker that is not there is told", async () => {
  expect(() => filesToPublish(folder)).toThrow(expect.objectContaining({ code: "key_too_short" }));
  await expect(publishFiles(filesToPublish(folder, [], 512), "mqtt://127.0.0.1:1")).rejects.toMatchObject({
    code: "broker_failed",
  });
});
