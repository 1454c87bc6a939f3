/** The broker link, over aedes and over Mosquitto: acknowledged after the handler, sessions that last, links that come back. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { connectAsync, type MqttClient } from "mqtt";
import { Activity } from "../activity.ts";
import { BrokerLink, type Handler } from "../broker.ts";
import { DeliveryLog } from "../delivery.ts";
import { createLogger } from "../log.ts";
import { startAedes } from "./child.ts";

interface Broker {
  readonly url: string;
  /** The same broker goes, and comes back on its port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const MOSQUITTO = "mosquitto";

const hasMosquitto = spawnSync(MOSQUITTO, ["-h"]).error === undefined;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

async function aedesBroker(): Promise<Broker> {
  let broker = await startAedes();
  return {
    url: broker.url,
    stop: () => broker.close(),
    start: async () => {
      broker = await startAedes(broker.port);
    },
    close: () => broker.close(),
  };
}

async function mosquittoBroker(): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), "choir-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence true",
    `persistence_location ${folder}/`,
  ];
  // started as root it would drop to a user that cannot write here
  if (process.getuid?.() === 0) lines.push("user root");
  writeFileSync(config, `${lines.join("\n")}\n`);
  const url = `mqtt://127.0.0.1:${port}`;
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(MOSQUITTO, ["-c", config], { stdio: "ignore" });
    await until(async () => {
      const probe = createConnection(port, "127.0.0.1");
      const reached = await new Promise<boolean>((resolve) => {
        probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
      });
      probe.destroy();
      return reached;
    });
  };
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  };
  await start();
  return {
    url,
    stop,
    start,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

let ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

interface Opened {
  readonly link: BrokerLink;
  readonly activity: Activity;
  readonly deliveries: DeliveryLog;
  readonly faults: unknown[];
}

async function open(
  url: string,
  topics: readonly string[],
  handle: Handler,
  timeKnown: Promise<void> = Promise.resolve(),
): Promise<Opened> {
  const activity = new Activity();
  const deliveries = new DeliveryLog(true);
  const faults: unknown[] = [];
  const log = createLogger("test", "silent", { nowMs: () => 0 });
  const host = { activity, deliveries, log, fail: (error: unknown) => void faults.push(error), timeKnown };
  const link = new BrokerLink({ url, clientId: "a-link", topics, handle }, host);
  ends.push(() => link.close());
  await link.ready;
  return { link, activity, deliveries, faults };
}

async function other(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 50 });
  ends.push(() => client.endAsync(true));
  return client;
}

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const send = (client: MqttClient, text: string): Promise<unknown> => client.publishAsync("t/a", text, { qos: 1 });
const text = (payload: Uint8Array): string => Buffer.from(payload).toString();

function promises(start: () => Promise<Broker>): void {
  const begin = async (): Promise<Broker> => {
    const broker = await start();
    ends.push(() => broker.close());
    return broker;
  };

  test("a message is acknowledged only once its handler is done: cut off before, it comes again to the next session", async () => {
    const { url } = await begin();
    const seen: string[] = [];
    const first = await open(url, ["t/a"], async (_topic, payload) => {
      seen.push(text(payload));
      if (seen.length > 1) await new Promise(() => {});
    });
    const meter = await other(url);
    await send(meter, "one");
    await send(meter, "two");
    await until(() => seen.length === 2);
    expect(first.deliveries.take().handled).toHaveLength(1);
    await first.link.close();
    const again: string[] = [];
    await open(url, ["t/a"], async (_topic, payload) => void again.push(text(payload)));
    await until(() => again.length === 1);
    expect(again).toEqual(["two"]);
  });

  test("what was published while it was away waits for it", async () => {
    const { url } = await begin();
    const first = await open(url, ["t/a"], async () => {});
    await first.link.close();
    const meter = await other(url);
    await send(meter, "while away");
    const seen: string[] = [];
    await open(url, ["t/a"], async (_topic, payload) => void seen.push(text(payload)));
    await until(() => seen.length === 1);
    expect(seen).toEqual(["while away"]);
  });

  test("it is ready although messages wait that it may not judge yet, and judges them once the time is known", async () => {
    const { url } = await begin();
    const first = await open(url, ["t/a"], async () => {});
    await first.link.close();
    const meter = await other(url);
    for (const word of ["one", "two", "three"]) await send(meter, word);
    let setKnown: () => void = () => {};
    const known = new Promise<void>((resolve) => {
      setKnown = resolve;
    });
    const seen: string[] = [];
    await open(url, ["t/a"], async (_topic, payload) => void seen.push(text(payload)), known);
    expect(seen).toEqual([]);
    setKnown();
    await until(() => seen.length === 3);
    expect(seen).toEqual(["one", "two", "three"]);
  });

  test("a handler that fails brings the service down, and the message is not lost", async () => {
    const { url } = await begin();
    const { link, faults } = await open(url, ["t/a"], async () => {
      throw new Error("the disk is full");
    });
    await send(await other(url), "kept");
    await until(() => faults.length === 1);
    await link.close();
    const seen: string[] = [];
    await open(url, ["t/a"], async (_topic, payload) => void seen.push(text(payload)));
    await until(() => seen.length === 1);
  });

  test("it comes back after the broker does, publishes what waited, and is idle while there is no broker", async () => {
    const broker = await begin();
    const seen: string[] = [];
    const { link, activity, deliveries } = await open(broker.url, ["t/a"], async (_topic, payload) => {
      seen.push(text(payload));
    });
    const ups: boolean[] = [];
    link.onUp(() => ups.push(link.up));
    await broker.stop();
    await until(() => !link.up);
    const published = link.publish("t/b", Buffer.from("waited"));
    await activity.idle();
    await broker.start();
    await published;
    expect(deliveries.take().sent).toHaveLength(1);
    await until(() => ups.length > 0);
    expect(ups).toEqual([true]);
    const meter = await other(broker.url);
    await send(meter, "after");
    await until(() => seen.includes("after"));
  });
}

describe("a link over aedes", () => {
  promises(aedesBroker);

  test("fails where the broker does not let it in, or refuses its subscriptions", async () => {
    const broker = await startAedes();
    ends.push(() => broker.close());
    broker.aedes.authorizeSubscribe = (_client, subscription, callback) => {
      callback(null, subscription.topic === "t/secret" ? null : subscription);
    };
    const host = (faults: unknown[]) => ({
      activity: new Activity(),
      deliveries: new DeliveryLog(false),
      log: createLogger("test", "silent", { nowMs: () => 0 }),
      fail: (error: unknown) => void faults.push(error),
      timeKnown: Promise.resolve(),
    });
    const refused: unknown[] = [];
    const options = { url: broker.url, clientId: "spy", topics: ["t/secret"], handle: async () => {} };
    const spy = new BrokerLink(options, host(refused));
    ends.push(() => spy.close());
    await until(() => refused.length > 0);
    expect(refused[0]).toMatchObject({ code: "broker_failed" });
    broker.aedes.authenticate = (_client, _user, _password, callback) => {
      callback(Object.assign(new Error("no"), { returnCode: 4 }), false);
    };
    const shut: unknown[] = [];
    const stranger = new BrokerLink({ ...options, clientId: "stranger" }, host(shut));
    ends.push(() => stranger.close());
    await until(() => shut.length > 0);
    expect(shut[0]).toMatchObject({ code: "broker_failed" });
  });
});

describe("a link over Mosquitto", () => {
  if (hasMosquitto) promises(mosquittoBroker);
  else {
    test("has a Mosquitto to be tried with", () => {
      if (process.env["CI"] === "true") throw new Error("Mosquitto is not installed");
      process.stderr.write("skipped: Mosquitto is not installed, so the broker link was tried over aedes only\n");
    });
  }
});
