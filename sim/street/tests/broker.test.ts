/** The street's broker: one of its own that can stop, forget and start again, and one of somebody else. */

import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import mqtt from "mqtt";
import { encodeEvent } from "../../../core/wire/status.ts";
import { topics } from "../../../core/wire/topics.ts";
import { embeddedBroker, foreignBroker, type StreetBroker } from "../broker.ts";
import { observeEvents } from "../observer.ts";

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function broker(): Promise<StreetBroker> {
  const started = await embeddedBroker();
  open.push(() => started.stop());
  return started;
}

describe("the embedded broker", () => {
  test("stops with clients at it, twice if told so, and starts again at the same address", async () => {
    const ours = await broker();
    const client = await mqtt.connectAsync(ours.url, { reconnectPeriod: 20 });
    open.push(() => client.endAsync(true));
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    await ours.stop();
    await ours.stop();
    await closed;
    const again = new Promise<void>((resolve) => client.once("connect", () => resolve()));
    await ours.start();
    await again;
    expect(ours.isOurs).toBe(true);
  });

  test("tells when each of some topics has a subscriber, and not before", async () => {
    const ours = await broker();
    const client = await mqtt.connectAsync(ours.url);
    open.push(() => client.endAsync(true));
    let told = false;
    const subscribed = ours.subscribed(["a", "b"]).then(() => {
      told = true;
    });
    await client.subscribeAsync("a");
    expect(told).toBe(false);
    await client.subscribeAsync(["c", "b"]);
    await subscribed;
    await ours.subscribed(["c"]);
  });
});

test("somebody else's broker is described without its password, and is not ours to stop", async () => {
  const foreign = foreignBroker("mqtts://user:word@example.org:8883");
  expect(foreign.description).toBe("mqtts://example.org:8883");
  expect(foreign.url).toBe("mqtts://user:word@example.org:8883");
  expect(foreign.isOurs).toBe(false);
});

describe("the observer", () => {
  test("hears each event once, tells of every delivery, and lets pass what is no event", async () => {
    const ours = await broker();
    const heard: string[] = [];
    let deliveries = 0;
    let enough = (): void => {};
    const all = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const observer = await observeEvents(
      ours.url,
      ({ meter, code, interval }) => heard.push(`${meter} ${code} ${interval}`),
      () => {
        if (++deliveries === 4) enough();
      },
    );
    open.push(() => observer.stop());
    const client = await mqtt.connectAsync(ours.url);
    open.push(() => client.endAsync(true));
    const event = (interval: number) => Buffer.from(encodeEvent({ meter: "m", code: "reading_negative", interval }));
    for (const payload of [event(7), event(7), Buffer.from("garbage"), event(8)]) {
      await client.publishAsync(topics.event("m"), payload, { qos: 1 });
    }
    await all;
    expect(heard).toEqual(["m reading_negative 7", "m reading_negative 8"]);
  });

  test("loses its link with the broker, comes back to it by itself, and hears again", async () => {
    const ours = await broker();
    let hear = (): void => {};
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const observer = await observeEvents(
      ours.url,
      () => hear(),
      () => {},
    );
    open.push(() => observer.stop());
    const until = async (isLinked: boolean): Promise<void> => {
      while (observer.isLinked() !== isLinked) await setTimeout(5);
    };
    expect(observer.isLinked()).toBe(true);
    await ours.stop();
    await until(false);
    await ours.start();
    await until(true);
    const client = await mqtt.connectAsync(ours.url);
    open.push(() => client.endAsync(true));
    const event = encodeEvent({ meter: "m", code: "reading_negative", interval: 7 });
    await client.publishAsync(topics.event("m"), Buffer.from(event), { qos: 1 });
    await heard;
  });

  test("where nobody listens is a broker that failed, and its password is not told", async () => {
    const gone = await embeddedBroker();
    await gone.stop();
    const url = gone.url.replace("//", "//user:word@");
    const failure = observeEvents(
      url,
      () => {},
      () => {},
    );
    await expect(failure).rejects.toMatchObject({ code: "broker_failed", expected: `one at ${gone.url}` });
    await expect(failure).rejects.not.toThrow("word");
  });
});
