/** Uplink: QoS 1 out and in, over a link that breaks and comes back. The cases follow one another on one link. */

import { asciiBytes } from "../../../../core/bytes.ts";
import { type Bench, type Case, check, material, pause, refused, same, until } from "../case.ts";

const WILL = { topic: "t/will", payload: asciiBytes("lost") };
const IN_TOPIC = "t/in";
/** How long a thing that must not happen is waited for, in ms. */
const NOTHING_MS = 100;

/** Waits until the broker has got as many messages on the topic, and returns them. */
async function heardOn({ host, world }: Bench, topic: string, count: number): Promise<readonly Uint8Array[]> {
  let heard: readonly Uint8Array[] = [];
  await until(host, async () => {
    heard = (await world.heard(topic)).map(({ payload }) => payload);
    return heard.length >= count;
  });
  return heard;
}

export const uplinkCases: readonly Case[] = [
  {
    name: "Uplink: before the link is up a publish is refused with link_down",
    run: async ({ host: { uplink } }) => {
      await refused("link_down", () => uplink.publish("t/early", Uint8Array.of(1)), "a publish before start");
    },
  },
  {
    name: "Uplink: comes up after start, and tells every listener, a late one at once",
    run: async ({ host, world, diary }) => {
      const { uplink } = host;
      uplink.setWill(WILL.topic, WILL.payload);
      uplink.subscribe(IN_TOPIC, (topic, payload) => {
        if (topic === IN_TOPIC) diary.received.push(payload.slice());
        else diary.elsewhere.push(topic);
      });
      uplink.subscribe("t/other", (topic) => diary.elsewhere.push(topic));
      uplink.onState((up) => diary.states.push(up));
      same(await world.links(), 0, "links before start");
      uplink.start();
      await until(host, () => diary.isUp);
      same(diary.states, [true], "states");
      const late: boolean[] = [];
      uplink.onState((up) => late.push(up));
      same(late, [true], "what a late listener was told at once");
    },
  },
  {
    name: "Uplink: a publish settles when the broker has acknowledged it, and not before",
    run: async (bench) => {
      const { host, world } = bench;
      await world.holdBroker(true);
      let settled = false;
      const publish = host.uplink.publish("t/held", Uint8Array.of(1)).then(() => {
        settled = true;
      });
      await heardOn(bench, "t/held", 1);
      await pause(host, NOTHING_MS);
      check(!settled, "it settled without an acknowledgement");
      await world.holdBroker(false);
      await publish;
    },
  },
  {
    name: "Uplink: messages arrive in the order of publishing, byte for byte, retained where that was asked",
    run: async (bench) => {
      const { host, world } = bench;
      const messages = [1, 2, 300, 5000].flatMap((length) => [1, 2, 3].map((i) => material(host, length + i, length)));
      await Promise.all(messages.map((message) => host.uplink.publish("t/order", message)));
      same(await heardOn(bench, "t/order", messages.length), messages, "messages");
      for (const retain of [true, false]) {
        await host.uplink.publish(`t/retain/${retain}`, Uint8Array.of(1), { retain });
        await heardOn(bench, `t/retain/${retain}`, 1);
        same(
          (await world.heard(`t/retain/${retain}`)).map((one) => one.retain),
          [retain],
          "retained",
        );
      }
    },
  },
  {
    name: "Uplink: bytes that change after the call are published as they were",
    run: async (bench) => {
      const message = material(bench.host, 1, 64);
      const expected = message.slice();
      const publish = bench.host.uplink.publish("t/copy", message);
      message.fill(0);
      await publish;
      same(await heardOn(bench, "t/copy", 1), [expected], "messages");
    },
  },
  {
    name: "Uplink: what is said on a topic reaches its receiver, in order, and no other",
    run: async (bench) => {
      const { diary } = bench;
      const words = [1, 2, 3].map((i) => material(bench.host, i, 40 * i));
      for (const word of words) await bench.world.say(IN_TOPIC, word);
      await bench.world.say("t/unwanted", Uint8Array.of(1));
      await until(bench.host, () => diary.received.length >= words.length);
      await pause(bench.host, NOTHING_MS);
      same(diary.received, words, "received");
      same(diary.elsewhere, [], "received elsewhere");
    },
  },
  {
    name: "Uplink: a subscription made while the link is up works without a reconnect",
    run: async ({ host, world }) => {
      const received: Uint8Array[] = [];
      host.uplink.subscribe("t/later", (_topic, payload) => received.push(payload.slice()));
      // there is no word for its acknowledgement, so it is said until it is heard
      await until(host, async () => {
        await world.say("t/later", Uint8Array.of(5));
        return received.length > 0;
      });
      same(received[0], Uint8Array.of(5), "received");
    },
  },
  {
    name: "Uplink: when the link breaks, what is not acknowledged is refused with link_down, and so is what comes after",
    run: async (bench) => {
      const { host, world, diary } = bench;
      await world.holdBroker(true);
      const pending = [1, 2, 3].map((i) => host.uplink.publish("t/pending", Uint8Array.of(i)));
      const refusals = Promise.all(pending.map((one, i) => refused("link_down", () => one, `pending ${i}`)));
      await world.setLink(false);
      await refusals;
      await until(host, () => !diary.isUp);
      await refused("link_down", () => host.uplink.publish("t/down", Uint8Array.of(1)), "a publish without a link");
      same(diary.states, [true, false], "states");
    },
  },
  {
    name: "Uplink: the broker speaks the will, retained, when the link has broken without a goodbye",
    run: async (bench) => {
      same(await heardOn(bench, WILL.topic, 1), [WILL.payload], "will");
      same(
        (await bench.world.heard(WILL.topic)).map(({ retain }) => retain),
        [true],
        "retained",
      );
    },
  },
  {
    name: "Uplink: comes back by itself, and publishes nothing again by itself",
    run: async (bench) => {
      const { host, world, diary } = bench;
      await world.holdBroker(false);
      const before = (await world.heard("t/pending")).length;
      await world.setLink(true);
      await until(host, () => diary.isUp);
      same(diary.states, [true, false, true], "states");
      await host.uplink.publish("t/back", Uint8Array.of(1));
      same(await heardOn(bench, "t/back", 1), [Uint8Array.of(1)], "messages");
      same((await world.heard("t/pending")).length, before, "messages of before");
    },
  },
  {
    name: "Uplink: subscribes again where the broker has forgotten it",
    run: async (bench) => {
      const { host, world, diary } = bench;
      const states = diary.states.length;
      await world.replaceBroker();
      await until(host, () => diary.states.length >= states + 2 && diary.isUp);
      const before = diary.received.length;
      await world.say(IN_TOPIC, Uint8Array.of(42));
      await until(host, () => diary.received.length > before);
      same(diary.received.slice(before), [Uint8Array.of(42)], "received");
    },
  },
  {
    name: "Uplink: stop says goodbye, so that there is no will, and stays down",
    run: async (bench) => {
      const { host, world, diary } = bench;
      const wills = (await world.heard(WILL.topic)).length;
      host.uplink.stop();
      await until(host, async () => !diary.isUp && (await world.links()) === 0);
      await pause(host, NOTHING_MS);
      same(await world.links(), 0, "links");
      same((await world.heard(WILL.topic)).length, wills, "wills");
      await refused("link_down", () => host.uplink.publish("t/stopped", Uint8Array.of(1)), "a publish after stop");
    },
  },
];
