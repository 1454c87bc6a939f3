/** A meter's link with faults: what reaches the link beneath, in which order, and what the meter and the street are told of it. */

import { describe, expect, test } from "@jest/globals";
import { topics } from "../../../core/wire/topics.ts";
import { type CuttableUplink, FaultyUplink, type LinkFault } from "../faulty-uplink.ts";

const READING = topics.reading("north", "m1");
const STATUS = topics.status("m1");

/** A link that acknowledges everything at the next turn, unless it is down. */
class Link implements CuttableUplink {
  readonly published: string[] = [];
  readonly calls: string[] = [];
  isDown = false;
  receive: (topic: string, payload: Uint8Array) => void = () => {};
  change: (up: boolean) => void = () => {};

  async publish(_topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    await Promise.resolve();
    if (this.isDown) throw new Error("link down");
    this.published.push(`${Buffer.from(payload)}${options?.retain ? " retained" : ""}`);
  }

  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    this.calls.push(`subscribe ${topic}`);
    this.receive = receive;
  }

  onState(change: (up: boolean) => void): void {
    this.change = change;
  }

  setWill(topic: string, payload: Uint8Array): void {
    this.calls.push(`will ${topic} ${Buffer.from(payload)}`);
  }

  start(): void {
    this.calls.push("start");
  }

  stop(): void {
    this.calls.push("stop");
  }

  cut(): void {
    this.calls.push("cut");
  }
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function uplinkWith(...faults: readonly LinkFault[]) {
  const link = new Link();
  const told: string[] = [];
  const uplink = new FaultyUplink(link, {
    sent: (_topic, payload) => told.push(`sent ${Buffer.from(payload)}`),
    received: (_topic, payload) => told.push(`received ${Buffer.from(payload)}`),
  });
  for (const fault of faults) uplink.begin(fault);
  const acknowledged: string[] = [];
  const publish = (text: string, topic = READING): void => {
    uplink.publish(topic, bytes(text)).then(
      () => acknowledged.push(text),
      () => acknowledged.push(`${text} refused`),
    );
  };
  return { link, uplink, told, acknowledged, publish };
}

describe("without a fault", () => {
  test("everything is handed on, and the street is told what the broker acknowledged and what arrived", async () => {
    const { link, uplink, told, acknowledged, publish } = uplinkWith();
    publish("a");
    await uplink.publish(STATUS, bytes("status"), { retain: true });
    uplink.setWill(STATUS, bytes("gone"));
    const states: boolean[] = [];
    uplink.onState((up) => states.push(up));
    link.change(true);
    const heard: string[] = [];
    uplink.subscribe("t", (topic, payload) => heard.push(`${topic} ${Buffer.from(payload)}`));
    link.receive("t", bytes("r"));
    uplink.start();
    uplink.stop();
    await settled();
    expect(link.published).toEqual(["a", "status retained"]);
    expect(acknowledged).toEqual(["a"]);
    expect(told).toEqual(["sent a", "sent status", "received r"]);
    expect(heard).toEqual(["t r"]);
    expect(states).toEqual([true]);
    expect(link.calls).toEqual([`will ${STATUS} gone`, "subscribe t", "start", "stop"]);
  });

  test("what the link refuses is refused, and the street is told of no sending", async () => {
    const { link, told, acknowledged, publish } = uplinkWith();
    link.isDown = true;
    publish("a");
    await settled();
    expect(acknowledged).toEqual(["a refused"]);
    expect(told).toEqual([]);
  });
});

describe("duplicate", () => {
  test("every message goes out twice, one after the other, until the fault ends", async () => {
    const { link, uplink, told, acknowledged, publish } = uplinkWith("duplicate");
    publish("a");
    await settled();
    uplink.end("duplicate");
    publish("b");
    await settled();
    expect(link.published).toEqual(["a", "a", "b"]);
    expect(told).toEqual(["sent a", "sent a", "sent b"]);
    expect(acknowledged).toEqual(["a", "b"]);
  });
});

describe("loss", () => {
  test("the next message is acknowledged and never goes out, and the street expects nobody to handle it", async () => {
    const { link, told, acknowledged, publish } = uplinkWith("loss");
    publish("a");
    publish("b");
    await settled();
    expect(acknowledged).toEqual(["a", "b"]);
    expect(link.published).toEqual(["b"]);
    expect(told).toEqual(["sent b"]);
  });

  test("that ended before there was a message loses none", async () => {
    const { link, uplink, publish } = uplinkWith("loss");
    uplink.end("loss");
    publish("a");
    await settled();
    expect(link.published).toEqual(["a"]);
  });
});

describe("reorder", () => {
  test("a message is held back until the one that follows has gone out", async () => {
    const { link, acknowledged, publish } = uplinkWith("reorder");
    publish("a");
    await settled();
    expect([link.published, acknowledged]).toEqual([[], []]);
    publish("b");
    await settled();
    expect(link.published).toEqual(["b", "a"]);
    expect([...acknowledged].sort()).toEqual(["a", "b"]);
  });

  test("a message that none follows goes out when the fault ends", async () => {
    const { link, uplink, acknowledged, publish } = uplinkWith("reorder");
    publish("a");
    uplink.end("reorder");
    await settled();
    expect(link.published).toEqual(["a"]);
    expect(acknowledged).toEqual(["a"]);
  });

  test("what was held back over a link that breaks is refused, so that the meter sends it again", async () => {
    const { link, uplink, acknowledged, publish } = uplinkWith("reorder");
    publish("a");
    link.isDown = true;
    uplink.end("reorder");
    await settled();
    expect(acknowledged).toEqual(["a refused"]);
  });
});

test("status and events suffer none of it; a feeder's totals do", async () => {
  const { link, publish } = uplinkWith("loss", "duplicate", "reorder");
  publish("status", STATUS);
  publish("event", topics.event("m1"));
  await settled();
  expect(link.published).toEqual(["status", "event"]);
  publish("totals", topics.feeder("north"));
  await settled();
  expect(link.published).toEqual(["status", "event"]);
});
