/** The outbox: bounded, the same bytes each time, settled group by group, resent when the link or a receipt calls for it. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { topics } from "../../core/wire/topics.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { Machine, type MachineParts } from "./machine.ts";

const SPREAD_MS = LENGTH_MS / 8;
let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

const end = (intervals: number): number => DAY_MS + intervals * LENGTH_MS;
/** A beacon has come. */
const confirmed = DAY_MS + LENGTH_MS / 2;
const started = (parts: Partial<MachineParts> = {}, link = true) => {
  const machine = new Machine({ deployment, ...parts });
  return { machine, meter: machine.start(link) };
};
const receipt = (machine: Machine, interval: number, group: string, changes: object = {}) =>
  machine.uplink.deliver(
    topics.receipt(group),
    deployment.receipt({ group, interval, part: 0, status: "opened", blocks: ["b1"], ...changes }),
  );

describe("the outbox", () => {
  test("drops the oldest when it is full, counts that, and says which interval it was", async () => {
    const { machine, meter } = started({ settings: { outboxCapacity: 3 } });
    await machine.time.runTo(confirmed);
    machine.uplink.link(false);
    await machine.time.runTo(end(5));
    expect(meter.diagnostics()).toMatchObject({ outboxDepth: 3, outboxDropped: 2 });
    expect(machine.store.keys("o/").length).toBe(3);
    machine.uplink.link(true);
    await machine.time.runTo(end(5) + SPREAD_MS);
    expect(machine.rejections()).toEqual([`outbox_dropped ${FIRST}`, `outbox_dropped ${FIRST + 1}`]);
    const sent = machine.readings().map((message) => deployment.open(message, meter.publicKey).interval);
    expect([...sent].sort()).toEqual([FIRST + 2, FIRST + 3, FIRST + 4]);
  });

  test("sends the same bytes on every reconnect, at random moments below half the grace, also after a restart", async () => {
    const { machine } = started();
    await machine.time.runTo(end(2) + SPREAD_MS);
    const first = new Set(machine.readings().map((message) => Buffer.from(message).toString("hex")));
    expect(first.size).toBe(2);
    machine.uplink.link(false);
    machine.uplink.link(true);
    const upMs = machine.time.nowMs;
    await machine.time.runTo(upMs + SPREAD_MS);
    const next = machine.after(1000, { deployment });
    next.start();
    await next.time.runTo(next.time.nowMs + SPREAD_MS);
    for (const [one, times] of [
      [machine, 2],
      [next, 1],
    ] as const) {
      for (const group of ["g1", "g2"]) {
        const texts = one.readings(group).map((message) => Buffer.from(message).toString("hex"));
        expect(texts.length).toBe(2 * times);
        expect(new Set(texts)).toEqual(first);
      }
    }
    const again = machine.uplink
      .on(topics.reading("g1", "h1"))
      .slice(2)
      .map(({ atMs }) => atMs - upMs);
    expect(new Set(again).size).toBe(2);
    for (const delay of again) expect(delay).toBeLessThan(SPREAD_MS);
  });

  test("keeps what a broken link did not take for the next one", async () => {
    const { machine, meter } = started();
    machine.uplink.refuses = (topic) => topic.includes("/reading/");
    await machine.time.runTo(end(1) + SPREAD_MS);
    expect(machine.readings()).toEqual([]);
    machine.uplink.refuses = () => false;
    machine.uplink.link(false);
    machine.uplink.link(true);
    await machine.time.runTo(end(1) + 2 * SPREAD_MS);
    expect([machine.readings("g1").length, machine.readings("g2").length]).toEqual([1, 1]);
    expect(meter.diagnostics().outboxDepth).toBe(1);
  });

  test("asks each group for itself: after a restart only those that still owe get it again", async () => {
    const { machine } = started();
    await machine.time.runTo(end(1) + SPREAD_MS);
    receipt(machine, FIRST, "g2");
    const next = machine.after(1000, { deployment });
    const meter = next.start();
    await next.time.runTo(next.time.nowMs + SPREAD_MS);
    expect([next.readings("g1").length, next.readings("g2").length]).toEqual([1, 0]);
    receipt(next, FIRST, "g1");
    expect(meter.diagnostics().outboxDepth).toBe(0);
    expect(next.store.keys("o/")).toEqual([]);
  });

  test("resends once, and once only, when the first receipt does not count the block", async () => {
    const { machine, meter } = started();
    await machine.time.runTo(end(1) + LENGTH_MS / 4);
    const before = machine.readings().length;
    receipt(machine, FIRST, "g1", { blocks: [] });
    receipt(machine, FIRST, "g1", { blocks: [] });
    await machine.time.runTo(machine.time.nowMs + SPREAD_MS);
    receipt(machine, FIRST, "g1", { blocks: ["b2"] });
    receipt(machine, FIRST, "g1", { blocks: [], part: 1 });
    await machine.time.runTo(machine.time.nowMs + SPREAD_MS);
    expect(machine.readings().length).toBe(before + 1);
    receipt(machine, FIRST, "g1", { part: 1 });
    receipt(machine, FIRST, "g2", { part: 3 });
    expect(meter.diagnostics().outboxDepth).toBe(0);
  });

  test.each([
    ["of another group", { group: "g2" }],
    ["of another interval", { interval: FIRST + 7 }],
    ["of another key", { keyId: new Uint8Array(16) }],
    ["that refuses", { status: "refused" as const, blocks: [] }],
    ["of another block", { blocks: ["b2"] }],
  ])("is not moved by a receipt %s", async (_name, changes) => {
    const { machine, meter } = started();
    await machine.time.runTo(end(1) + SPREAD_MS);
    receipt(machine, FIRST, "g1", changes);
    expect(machine.store.keys("o/").length).toBe(1);
    receipt(machine, FIRST, "g2");
    expect(meter.diagnostics().outboxDepth).toBe(1);
  });

  test("is not moved by a receipt with any bit flipped, nor by one cut short", async () => {
    const { machine, meter } = started();
    await machine.time.runTo(end(1) + SPREAD_MS);
    receipt(machine, FIRST, "g2");
    const good = deployment.receipt({ group: "g1", interval: FIRST, part: 0, status: "opened", blocks: ["b1"] });
    for (let i = 0; i < good.length; i++) {
      const bad = good.slice();
      bad[i] = (bad[i] ?? 0) ^ (1 << (i % 8));
      machine.uplink.deliver(topics.receipt("g1"), bad);
      machine.uplink.deliver(topics.receipt("g1"), good.slice(0, i));
    }
    expect(meter.diagnostics().outboxDepth).toBe(1);
    machine.uplink.deliver(topics.receipt("g1"), good);
    expect(meter.diagnostics().outboxDepth).toBe(0);
  });

  test("drops what is older than seven days, and says so", async () => {
    const keyFile = deployment.keyFile({ lastInterval: FIRST });
    const { machine, meter } = started({ settings: { keyFile } });
    await machine.time.runTo(end(7 * 96));
    expect(meter.diagnostics().outboxDepth).toBe(1);
    await machine.time.runTo(end(7 * 96 + 1));
    expect(meter.diagnostics()).toMatchObject({ outboxDepth: 0, outboxDropped: 0 });
    expect(machine.rejections().at(-1)).toBe(`outbox_dropped ${FIRST}`);
  });

  test("deletes an entry that cannot be read, and starts all the same", async () => {
    const { machine } = started();
    await machine.time.runTo(confirmed);
    machine.uplink.link(false);
    await machine.time.runTo(end(2));
    const [key = ""] = machine.store.keys("o/");
    machine.store.map.set(key, Uint8Array.of(1, 2, 3));
    const next = machine.after(1000, { deployment });
    expect(next.start().diagnostics().outboxDepth).toBe(1);
    expect(next.store.keys("o/").length).toBe(1);
  });
});
