/** The uplink over mqtt.js, against an embedded aedes, Mosquitto, and brokers that misbehave. */

import { afterEach, describe, expect, test } from "@jest/globals";
import mqtt, { type MqttClient } from "mqtt";
import { asciiBytes } from "../../../core/bytes.ts";
import type { Cancel, Scheduler } from "../../../firmware/host.ts";
import { aedesBroker } from "../../tests/aedes-broker.ts";
import { Cable } from "../../tests/cable.ts";
import { describeWithMosquitto, mosquitto, type RunningBroker } from "../../tests/mosquitto.ts";
import {
  CONNACK_ACCEPTED,
  CONNACK_NOT_AUTHORIZED,
  type ControlPacket,
  PACKET,
  scriptedBroker,
  suback,
  topicOf,
} from "../../tests/scripted-broker.ts";
import { MqttUplink, type MqttUplinkOptions } from "../mqtt-uplink.ts";
import { SystemScheduler } from "../scheduler.ts";

/** Undone after each test, the last thing first. */
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Turns the event loop until a condition holds; one that never does is ended by the test's own limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => void setTimeout(resolve, 1));
}

/** An uplink whose retries come at once. */
function uplinkTo(url: string, options: Partial<MqttUplinkOptions> = {}): MqttUplink {
  const scheduler = new SystemScheduler();
  const uplink = new MqttUplink({ url, clientId: "meter-1", scheduler, uniform: () => 0, ...options });
  undo.push(() => {
    scheduler.stop();
    uplink.cut();
  });
  return uplink;
}

/** Asks for retries, and runs them when the test says. */
class HeldScheduler implements Pick<Scheduler, "after"> {
  readonly waitsMs: number[] = [];
  #next: (() => void) | undefined;

  after(delayMs: number, task: () => void): Cancel {
    this.waitsMs.push(delayMs);
    this.#next = task;
    return () => {
      this.#next = undefined;
    };
  }

  get isHolding(): boolean {
    return this.#next !== undefined;
  }

  release(): void {
    const task = this.#next;
    this.#next = undefined;
    task?.();
  }
}

interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** Another client of the broker, which hears everything. */
class Observer {
  readonly heard: Heard[] = [];
  readonly client: MqttClient;

  constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, { retain }) => this.heard.push({ topic, payload: `${payload}`, retain }));
  }

  static async at({ port }: { readonly port: number }): Promise<Observer> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    undo.push(() => client.endAsync(true));
    const observer = new Observer(client);
    await client.subscribeAsync("t/#", { qos: 1 });
    return observer;
  }

  say(topic: string, payload: string): Promise<unknown> {
    return this.client.publishAsync(topic, payload, { qos: 1 });
  }
}

function againstBroker(start: () => Promise<RunningBroker>): void {
  const bench = async () => {
    const broker = await start();
    undo.push(() => broker.stop());
    const cable = await Cable.to(broker.port);
    undo.push(() => cable.close());
    return { broker, cable, observer: await Observer.at(broker) };
  };

  test("what was said to it while it was away is delivered when it comes back, once and in order", async () => {
    const { cable, observer } = await bench();
    const uplink = uplinkTo(cable.url);
    const received: string[] = [];
    uplink.subscribe("t/receipt", (_topic, payload) => received.push(`${Buffer.from(payload)}`));
    uplink.start();
    await until(() => uplink.isUp);
    uplink.cut();
    await until(() => cable.links === 0);
    for (const word of ["one", "two", "three"]) await observer.say("t/receipt", word);
    uplink.start();
    await until(() => received.length >= 3);
    await observer.say("t/receipt", "four");
    await until(() => received.length >= 4);
    expect(received).toEqual(["one", "two", "three", "four"]);
  });

  test("it hears what it missed even in a process that starts anew under its name", async () => {
    const { cable, observer } = await bench();
    const first = uplinkTo(cable.url);
    first.subscribe("t/receipt", () => {});
    first.start();
    await until(() => first.isUp);
    first.cut();
    await until(() => cable.links === 0);
    await observer.say("t/receipt", "missed");
    const second = uplinkTo(cable.url);
    const received: string[] = [];
    second.subscribe("t/receipt", (_topic, payload) => received.push(`${Buffer.from(payload)}`));
    second.start();
    await until(() => received.length > 0);
    expect(received).toEqual(["missed"]);
  });

  test("its will is spoken when it is cut off, retained, and not when it says goodbye", async () => {
    const { broker, cable, observer } = await bench();
    for (const [topic, end] of [
      ["t/goodbye", (uplink: MqttUplink) => uplink.stop()],
      ["t/cut", (uplink: MqttUplink) => uplink.cut()],
    ] as const) {
      const uplink = uplinkTo(cable.url);
      uplink.setWill(topic, asciiBytes("lost"));
      uplink.start();
      await until(() => uplink.isUp);
      end(uplink);
      await until(() => cable.links === 0);
    }
    await until(() => observer.heard.length > 0);
    expect(observer.heard).toEqual([{ topic: "t/cut", payload: "lost", retain: false }]);
    const late = await Observer.at(broker);
    await until(() => late.heard.length > 0);
    expect(late.heard).toEqual([{ topic: "t/cut", payload: "lost", retain: true }]);
  });

  test("a publish that the broker never acknowledged is refused when the link breaks, and the next one is taken", async () => {
    const { cable, observer } = await bench();
    const uplink = uplinkTo(cable.url);
    uplink.start();
    await until(() => uplink.isUp);
    cable.hold(true);
    const pending = uplink.publish("t/reading", asciiBytes("first"));
    const refusal = expect(pending).rejects.toMatchObject({ code: "link_down" });
    await until(() => observer.heard.length === 1);
    cable.cut();
    await refusal;
    expect(uplink.isUp).toBe(false);
    await expect(uplink.publish("t/reading", asciiBytes("none"))).rejects.toMatchObject({ code: "link_down" });
    cable.hold(false);
    cable.mend();
    await until(() => uplink.isUp);
    await uplink.publish("t/reading", asciiBytes("second"));
    await until(() => observer.heard.length === 2);
    expect(observer.heard.map(({ payload }) => payload)).toEqual(["first", "second"]);
  });

  test("after the broker has died and come back without its memory, it is subscribed again", async () => {
    const { broker, cable } = await bench();
    const uplink = uplinkTo(cable.url);
    const states: boolean[] = [];
    const received: string[] = [];
    uplink.onState((up) => states.push(up));
    uplink.subscribe("t/receipt", (_topic, payload) => received.push(`${Buffer.from(payload)}`));
    uplink.start();
    await until(() => uplink.isUp);
    cable.cut();
    await broker.stop();
    const reborn = await start();
    undo.push(() => reborn.stop());
    cable.mend(reborn.port);
    await until(() => states.length === 3);
    expect(states).toEqual([true, false, true]);
    await (await Observer.at(reborn)).say("t/receipt", "again");
    await until(() => received.length > 0);
    expect(received).toEqual(["again"]);
  });
}

describe("the uplink against aedes", () => againstBroker(() => aedesBroker([])));

describeWithMosquitto("the uplink against Mosquitto", () => againstBroker(mosquitto));

describe("the uplink's retries", () => {
  test("come after waits that double up to two minutes, each spread by chance, and begin anew once the link was up", async () => {
    const scheduler = new HeldScheduler();
    const cable = await Cable.to(0);
    undo.push(() => cable.close());
    cable.cut();
    let draws = 0;
    const chances = [0.5, 0, 0.999, 0.25];
    const uplink = uplinkTo(cable.url, { scheduler, uniform: () => chances[draws++ % chances.length] ?? 0 });
    uplink.start();
    for (let attempt = 0; attempt < 12; attempt++) {
      await until(() => scheduler.isHolding);
      if (attempt < 11) scheduler.release();
    }
    const ceilings = [1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120].map((seconds) => 1000 * seconds);
    expect(scheduler.waitsMs).toEqual(
      ceilings.map((ceiling, i) => 1 + Math.floor(ceiling * (chances[i % chances.length] ?? 0))),
    );
    expect(draws).toBe(12);
    const broker = await aedesBroker([]);
    undo.push(() => broker.stop());
    cable.mend(broker.port);
    scheduler.release();
    await until(() => uplink.isUp);
    cable.cut();
    await until(() => scheduler.isHolding);
    expect(scheduler.waitsMs.at(-1)).toBe(1 + Math.floor(1000 * (chances[0] ?? 0)));
  });

  test.each([
    ["stop", (uplink: MqttUplink) => uplink.stop()],
    ["cut", (uplink: MqttUplink) => uplink.cut()],
  ])("end with %s, and start begins them again", async (_, end) => {
    const scheduler = new HeldScheduler();
    const cable = await Cable.to(0);
    undo.push(() => cable.close());
    cable.cut();
    const uplink = uplinkTo(cable.url, { scheduler });
    uplink.start();
    await until(() => scheduler.isHolding);
    end(uplink);
    expect(scheduler.isHolding).toBe(false);
    const broker = await aedesBroker([]);
    undo.push(() => broker.stop());
    cable.mend(broker.port);
    uplink.start();
    await until(() => uplink.isUp);
    expect(scheduler.waitsMs.length).toBe(1);
  });

  test("go on when a broker refuses the connection and leaves it open", async () => {
    let asked = 0;
    const broker = await scriptedBroker(({ type }, socket) => {
      if (type !== PACKET.connect) return;
      asked++;
      socket.write(asked < 3 ? CONNACK_NOT_AUTHORIZED : CONNACK_ACCEPTED);
    });
    undo.push(() => broker.close());
    const uplink = uplinkTo(broker.url);
    uplink.start();
    await until(() => uplink.isUp);
    expect(asked).toBe(3);
  });

  test("go on when a broker refuses a subscription: the link is not up without it", async () => {
    const states: boolean[] = [];
    let asked = 0;
    const broker = await scriptedBroker((packet, socket) => {
      if (packet.type === PACKET.connect) socket.write(CONNACK_ACCEPTED);
      if (packet.type !== PACKET.subscribe) return;
      asked++;
      expect(states).toEqual([]);
      socket.write(suback(packet, asked < 3 ? 0x80 : 1));
    });
    undo.push(() => broker.close());
    const uplink = uplinkTo(broker.url);
    uplink.onState((up) => states.push(up));
    uplink.subscribe("t/receipt", () => {});
    uplink.start();
    await until(() => uplink.isUp);
    expect(asked).toBe(3);
  });

  test("go on when a broker talks nonsense", async () => {
    let connected = 0;
    const broker = await scriptedBroker(({ type }, socket) => {
      if (type !== PACKET.connect) return;
      connected++;
      socket.write(connected < 3 ? Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff) : CONNACK_ACCEPTED);
    });
    undo.push(() => broker.close());
    const uplink = uplinkTo(broker.url);
    uplink.start();
    await until(() => uplink.isUp);
    expect(connected).toBe(3);
  });
});

describe("the uplink's edges", () => {
  test("a subscription made while the link is coming up is not forgotten", async () => {
    const held: (() => void)[] = [];
    const topics: string[] = [];
    const broker = await scriptedBroker((packet: ControlPacket, socket) => {
      if (packet.type === PACKET.connect) socket.write(CONNACK_ACCEPTED);
      if (packet.type !== PACKET.subscribe) return;
      topics.push(topicOf(packet));
      held.push(() => socket.write(suback(packet, 1)));
    });
    undo.push(() => broker.close());
    const uplink = uplinkTo(broker.url);
    uplink.subscribe("t/early", () => {});
    uplink.start();
    await until(() => held.length === 1);
    expect(uplink.isUp).toBe(false);
    uplink.subscribe("t/late", () => {});
    held[0]?.();
    await until(() => held.length === 2);
    held[1]?.();
    await until(() => uplink.isUp);
    expect(topics).toEqual(["t/early", "t/late"]);
  });

  test("stop ends an attempt that nobody answers, and nothing comes of it later", async () => {
    let connects = 0;
    const broker = await scriptedBroker(({ type }) => {
      if (type === PACKET.connect) connects++;
    });
    undo.push(() => broker.close());
    const work: Promise<unknown>[] = [];
    const uplink = uplinkTo(broker.url, { track: (one) => work.push(one) });
    const states: boolean[] = [];
    uplink.onState((up) => states.push(up));
    uplink.start();
    await until(() => connects === 1);
    uplink.stop();
    await Promise.all(work);
    expect(states).toEqual([]);
    expect(connects).toBe(1);
  });

  test("all work that waits for the network is tracked", async () => {
    const broker = await aedesBroker([]);
    undo.push(() => broker.stop());
    const cable = await Cable.to(broker.port);
    undo.push(() => cable.close());
    const pending = new Set<Promise<unknown>>();
    const uplink = uplinkTo(cable.url, {
      track: (work) => {
        pending.add(work);
        work.then(() => pending.delete(work));
      },
    });
    const idle = async (): Promise<void> => {
      while (pending.size > 0) await Promise.all(pending);
    };
    uplink.start();
    await idle();
    expect(uplink.isUp).toBe(true);
    let acknowledged = 0;
    for (let i = 0; i < 5; i++) void uplink.publish("t/reading", Uint8Array.of(i)).then(() => acknowledged++);
    await idle();
    expect(acknowledged).toBe(5);
    cable.hold(true);
    const refused = expect(uplink.publish("t/reading", Uint8Array.of(1))).rejects.toMatchObject({ code: "link_down" });
    expect(pending.size).toBe(1);
    uplink.cut();
    await refused;
    await idle();
  });
});
