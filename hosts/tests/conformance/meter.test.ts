/** The whole meter on both hosts, across broken links and power cuts: what ARCHITECTURE.md says must always hold, seen from the broker. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { toHex } from "../../../core/bytes.ts";
import { bytesToInteger } from "../../../core/integers.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../../core/names.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { encodeReceipt } from "../../../core/wire/receipt.ts";
import { decodeEvent, decodeStatus } from "../../../core/wire/status.ts";
import { topics } from "../../../core/wire/topics.ts";
import {
  DAY_MS,
  type Deployment,
  FIRST,
  LENGTH_MS,
  makeDeployment,
  readingOf,
} from "../../../firmware/tests/deployment.ts";
import { nodeSigner } from "../../node/primitives.ts";
import { describeWithWorker } from "../../xs/tests/with-worker.ts";
import { type MeterHost, nodeUnderTest, xsUnderTest } from "./hosts.ts";
import { MeterBench, pulsesAt } from "./meter-bench.ts";

const MINUTE_MS = 60_000;
const GROUPS = ["g1", "g2"];

/** The end of the interval `count` intervals after the first began. */
const end = (count: number): number => DAY_MS + count * LENGTH_MS;
/** When all that was sealed at a boundary has been published. */
const published = (count: number): number => end(count) + LENGTH_MS / 8;

/** mWh on both channels between two instants; a pulse is 1 Wh. */
function energies(fromMs: number, toMs: number): readonly number[] {
  return [OBIS_IMPORT, OBIS_EXPORT].map((obis) => 1000 * (pulsesAt(obis, toMs) - pulsesAt(obis, fromMs)));
}

let folder = "";
let deployment: Deployment;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-meter-"));
  deployment = makeDeployment();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function meterOn(hostUnderTest: () => MeterHost): void {
  let bench: MeterBench;
  beforeEach(async () => {
    bench = await MeterBench.build(hostUnderTest(), mkdtempSync(join(folder, "bench-")), deployment);
  });
  afterEach(() => bench.close());

  const opened = (messages: readonly Uint8Array[]) => messages.map((one) => deployment.open(one, bench.meterKey));
  const receipt = (group: string, interval: number) =>
    ({ group, interval, part: 0, status: "opened", blocks: ["b1"] }) as const;

  test("two intervals are sealed, signed and proven, and open to exactly the energies of their pulses", async () => {
    await bench.powerOn();
    await bench.runTo(published(2));
    const expected = [
      { interval: FIRST, energies: energies(end(0), end(1)) },
      { interval: FIRST + 1, energies: energies(end(1), end(2)) },
    ];
    expect(opened(await bench.readings(2))).toEqual(expected);
    expect(await bench.readings(2, "g2")).toEqual(await bench.readings(2));
    expect(await bench.machine.diagnostics()).toMatchObject({ boots: 1, outboxDepth: 2, poolLevel: 3, poolMisses: 0 });
    const events = await bench.heard(topics.event("h1"), 1);
    expect(events.map(({ payload }) => decodeEvent(payload).code)).toEqual(["booted"]);
    const [status] = await bench.heard(topics.status("h1"), 1);
    expect(status?.retain).toBe(true);
  });

  test("the same bytes go out again when the link comes back, and nothing is sealed again for it", async () => {
    await bench.powerOn();
    await bench.runTo(published(1));
    const [first] = await bench.readings(1);
    await bench.setLink(false);
    await bench.runTo(published(2));
    await bench.setLink(true);
    await bench.runTo(bench.time.nowMs() + LENGTH_MS / 8);
    const messages = await bench.readings(3);
    expect(messages.length).toBe(3);
    expect(messages.filter((one) => toHex(one) === toHex(first ?? one)).length).toBe(2);
    expect(new Set(opened(messages).map(({ interval }) => interval))).toEqual(new Set([FIRST, FIRST + 1]));
  });

  test("the provider's receipts empty the outbox, and nobody else's do", async () => {
    await bench.powerOn();
    await bench.runTo(published(1));
    expect(bench.flash.keys("o/").length).toBe(1);
    const forger = nodeSigner(new Uint8Array(32).fill(1));
    for (const group of GROUPS) {
      const forged = encodeReceipt({ ...receipt(group, FIRST), keyId: deployment.opened.keyId });
      await bench.say(topics.receipt(group), sealEnvelope("receipt", forged, forger));
      await bench.say(topics.receipt(group), deployment.receipt(receipt(group, FIRST + 1)));
    }
    expect(bench.flash.keys("o/").length).toBe(1);
    for (const group of GROUPS) {
      expect((await bench.machine.diagnostics()).outboxDepth).toBe(1);
      await bench.say(topics.receipt(group), deployment.receipt(receipt(group, FIRST)));
    }
    expect(bench.flash.keys("o/")).toEqual([]);
    expect((await bench.machine.diagnostics()).outboxDepth).toBe(0);
  });

  test("nothing is sealed while the entropy is not seeded, and the interval is not lost", async () => {
    await bench.powerOn();
    await bench.runTo(end(1) - MINUTE_MS);
    await bench.cutPower();
    bench.isSeeded = false;
    await bench.powerOn();
    await bench.runTo(end(1) + 5 * MINUTE_MS);
    expect(bench.flash.keys("o/")).toEqual([]);
    expect(bench.flash.get("burnt")).toBeUndefined();
    expect(await bench.readings(0)).toEqual([]);
    bench.isSeeded = true;
    await bench.runTo(end(1) + 10 * MINUTE_MS);
    expect(opened(await bench.readings(1)).map(({ interval }) => interval)).toEqual([FIRST]);
  });

  test("a power cut within an interval loses what was not checkpointed, seals nothing twice and reuses no entry", async () => {
    await bench.powerOn();
    await bench.runTo(published(1));
    const downMs = end(1) + 7 * MINUTE_MS + 20_000;
    const upMs = downMs + 40_000;
    await bench.runTo(downMs);
    await bench.cutPower();
    const states = await bench.heard(topics.status("h1"), 2);
    expect(states.map(({ payload, retain }) => [decodeStatus(payload).state, retain])).toEqual([
      ["online", true],
      ["lost", true],
    ]);
    bench.time.stepTo(upMs);
    const key = bench.meterKey;
    await bench.powerOn();
    expect(await bench.machine.identity()).toEqual(key);
    await bench.runTo(published(3));
    const messages = await bench.readings(4);
    const distinct = [...new Map(messages.map((one) => [toHex(one), one])).values()];
    const sum = (parts: readonly (readonly number[])[]) =>
      [0, 1].map((i) => parts.reduce((s, p) => s + (p[i] ?? 0), 0));
    expect(opened(distinct)).toEqual([
      { interval: FIRST, energies: energies(end(0), end(1)) },
      {
        interval: FIRST + 1,
        energies: sum([energies(end(1), downMs - 20_000), energies(upMs, end(2))]),
      },
      { interval: FIRST + 2, energies: energies(end(2), end(3)) },
    ]);
    expect(await bench.machine.diagnostics()).toMatchObject({ boots: 2, outboxDepth: 3, rejectedReadings: 0 });
    const { n } = deployment.opened;
    const read = distinct.map((one) => readingOf(one, key, deployment.opened));
    expect(new Set(read.map(({ ciphertext }) => bytesToInteger(ciphertext) % n)).size).toBe(3);
    expect(new Set(read.map(({ commitment }) => toHex(commitment))).size).toBe(3);
  });

  test("a power cut between burning an entry and storing its message costs that interval alone, and it is never sealed", async () => {
    await bench.powerOn();
    await bench.runTo(published(1));
    const burnt = bench.flash.get("burnt");
    const died = new Promise<void>((resolve, reject) => {
      bench.beforeSet = (key) => {
        if (!key.startsWith("o/")) return;
        bench.beforeSet = () => {};
        bench.cutPower().then(resolve, reject);
      };
    });
    await bench.runTo(end(2));
    await died;
    expect(bench.flash.get("burnt")).not.toEqual(burnt);
    expect(bench.flash.keys("o/").length).toBe(1);
    bench.time.stepTo(end(2) + 2000);
    await bench.powerOn();
    await bench.runTo(published(3));
    const intervals = new Set(opened(await bench.readings(3)).map(({ interval }) => interval));
    expect(intervals).toEqual(new Set([FIRST, FIRST + 2]));
  });
}

describe("hosts/node", () => meterOn(nodeUnderTest));

describeWithWorker("hosts/xs", ({ workerPath }) => meterOn(() => xsUnderTest(workerPath, join(folder, "snapshots"))));
