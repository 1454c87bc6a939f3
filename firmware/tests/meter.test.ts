/** The meter whole, over doubles of all ports: it counts, seals, publishes and drops on receipt. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { OBIS_EXPORT } from "../../core/names.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeFeeder } from "../../core/wire/feeder.ts";
import { decodeStatus } from "../../core/wire/status.ts";
import { topics } from "../../core/wire/topics.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, MAXIMUM_MWH, makeDeployment } from "./deployment.ts";
import { nodeVerify } from "./doubles.ts";
import { Machine, type MachineParts } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

const MINUTE_MS = 60_000;
/** Seven pulses a minute in, two out. */
const pulses = (obis: string, trueMs: number): number =>
  Math.floor(((trueMs - DAY_MS) * (obis === OBIS_EXPORT ? 2 : 7)) / MINUTE_MS);

const machineOf = (parts: Partial<MachineParts> = {}): Machine => new Machine({ deployment, pulses, ...parts });
const end = (intervals: number): number => DAY_MS + intervals * LENGTH_MS;

describe("a home's meter", () => {
  test("seals each interval's energy, publishes it to all its groups in the first half of the grace, and drops it when all have counted it", async () => {
    const machine = machineOf();
    const meter = machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    const readings = machine.readings().map((message) => deployment.open(message, meter.publicKey));
    expect(readings.map(({ interval, energies }) => ({ interval, energies }))).toEqual([
      { interval: FIRST, energies: [105_000, 30_000] },
      { interval: FIRST + 1, energies: [105_000, 30_000] },
    ]);
    expect(machine.readings("g2")).toEqual(machine.readings("g1"));
    const times = machine.uplink.on(topics.reading("g1", "h1")).map(({ atMs }) => atMs);
    times.forEach((atMs, i) => {
      expect(atMs - end(i + 1)).toBeGreaterThanOrEqual(0);
      expect(atMs - end(i + 1)).toBeLessThan(LENGTH_MS / 8);
    });
    expect(meter.diagnostics().outboxDepth).toBe(2);
    for (const group of ["g1", "g2"]) {
      expect(meter.diagnostics().outboxDepth).toBe(2);
      const receipt = deployment.receipt({ group, interval: FIRST, part: 0, status: "opened", blocks: ["b1"] });
      machine.uplink.deliver(topics.receipt(group), receipt);
    }
    expect(meter.diagnostics()).toMatchObject({ outboxDepth: 1, rejectedReadings: 0, boots: 1, poolMisses: 0 });
  });

  test("refuses at the door a channel beyond its range, by name, and goes on with the next interval", async () => {
    const machine = machineOf();
    const meter = machine.start();
    machine.extra.set(OBIS_EXPORT, MAXIMUM_MWH / 1000);
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([`reading_over_range ${FIRST}`]);
    expect(machine.readings().map((message) => deployment.open(message, meter.publicKey).interval)).toEqual([
      FIRST + 1,
    ]);
    expect(meter.diagnostics().rejectedReadings).toBe(1);
  });

  test("tells its totals up to this moment, and asking for them moves no pulse to another interval", async () => {
    const machine = machineOf();
    const meter = machine.start();
    for (let minute = 0.5; minute < 31; minute++) {
      await machine.time.runTo(DAY_MS + minute * MINUTE_MS);
      expect([...meter.totals().values()]).toEqual([Math.floor(minute * 7), Math.floor(minute * 2)]);
    }
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.readings().map((message) => deployment.open(message, meter.publicKey).energies)).toEqual([
      [105_000, 30_000],
      [105_000, 30_000],
    ]);
  });

  test("has no reading for an interval in which a counter fell, and an exact one for the next", async () => {
    const machine = machineOf();
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + 2 * MINUTE_MS);
    machine.extra.set(OBIS_EXPORT, -3);
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([`reading_negative ${FIRST}`]);
    expect(machine.readings().map((message) => deployment.open(message, meter.publicKey))).toMatchObject([
      { interval: FIRST + 1, energies: [105_000, 30_000] },
    ]);
  });

  test("says outside its key's intervals that no key covers them", async () => {
    const machine = machineOf();
    const keyFile = deployment.keyFile({ firstInterval: FIRST + 1, lastInterval: FIRST + 1 });
    const late = machineOf({ store: machine.store, settings: { keyFile } });
    late.start();
    await late.time.runTo(end(3) + LENGTH_MS / 8);
    expect(late.rejections()).toEqual([`key_not_in_force ${FIRST}`, `key_not_in_force ${FIRST + 2}`]);
    expect(late.readings().length).toBe(1);
  });

  test("that its roll does not list only counts, says so, and still is on the network", async () => {
    const machine = machineOf({ settings: { roll: deployment.roll({}) } });
    const meter = machine.start();
    await machine.time.runTo(end(2));
    expect(machine.events().map(({ code }) => code)).toEqual(["booted", "config_refused"]);
    expect(machine.readings()).toEqual([]);
    expect(machine.uplink.on(topics.status("h1")).length).toBeGreaterThan(0);
    meter.stop();
    expect(machine.store.get("register/a") ?? machine.store.get("register/b")).toBeDefined();
  });

  test("does not start with settings out of range", () => {
    for (const settings of [{ poolTarget: 0 }, { checkpointMs: 86_400_001 }, { pulsesPerKilowattHour: 0 }]) {
      expect(() => machineOf({ settings }).start()).toThrow(/value_out_of_range/);
    }
    expect(() => machineOf({ settings: { meter: "a/b" } }).start()).toThrow(/field_wrong/);
  });

  test("leaves its status, and a will that says it is lost, both retained", async () => {
    const machine = machineOf({ settings: { statusMs: 4_000_000 } });
    const meter = machine.start();
    await machine.time.runTo(end(5));
    const [first, ...later] = machine.uplink.on(topics.status("h1"));
    expect(machine.uplink.will?.topic).toBe(topics.status("h1"));
    expect(decodeStatus(machine.uplink.will?.payload ?? new Uint8Array(0))).toEqual({ meter: "h1", state: "lost" });
    expect(first?.retain).toBe(true);
    expect(later.map(({ payload }) => decodeStatus(payload))).toMatchObject([
      { meter: "h1", state: "online", diagnostics: { uptimeSeconds: 4000, boots: 1, outboxDepth: 4, poolLevel: 2 } },
    ]);
    meter.stop();
    expect(machine.uplink.up).toBe(false);
  });
});

describe("a feeder's meter", () => {
  test("publishes its totals signed and in the clear to each group that it measures, and drops them when they are acknowledged", async () => {
    const machine = machineOf({ role: "feeder" });
    const meter = machine.start();
    await machine.time.runTo(end(1) + LENGTH_MS / 8);
    const [message] = machine.uplink.on(topics.feeder("g1"));
    const envelope = parseEnvelope("feeder", message?.payload ?? new Uint8Array(0));
    checkSignature(envelope, meter.publicKey, nodeVerify, "feeder");
    expect(decodeFeeder(envelope.payload, 2)).toEqual({
      feeder: "f1",
      interval: FIRST,
      keyId: deployment.opened.keyId,
      energyMilliwattHours: [105_000, 30_000],
    });
    expect(meter.diagnostics().outboxDepth).toBe(0);
    expect(machine.store.keys("o/")).toEqual([]);
    expect(machine.uplink.subscriptions).toEqual([topics.beacon("g1"), topics.config("f1")]);
  });

  test("keeps what the link did not take until the link comes up", async () => {
    const machine = machineOf({ role: "feeder" });
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + LENGTH_MS / 2);
    machine.uplink.link(false);
    await machine.time.runTo(end(3));
    expect(meter.diagnostics().outboxDepth).toBe(3);
    machine.uplink.link(true);
    await machine.time.runTo(end(3) + LENGTH_MS / 8);
    expect(machine.uplink.on(topics.feeder("g1")).length).toBe(4 - 1);
    expect(meter.diagnostics().outboxDepth).toBe(0);
  });
});
