/**
 * Parties that want more of the broker than their row (docs/THREATS.md, Broker), against a real Mosquitto with the generated access list. Every user
 * against every topic, sessions, wills and strangers are in headend/authority/tests/broker-acl.test.ts.
 */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { topics } from "../../core/wire/topics.ts";
import type { CeremonyFolder } from "../../headend/authority/tests/ceremony.ts";
import { Certificates, SecuredBroker } from "../../headend/authority/tests/secured-broker.ts";
import { townDeployment } from "../../headend/authority/tests/town-plan.ts";
import { describeWithMosquitto } from "../../hosts/tests/mosquitto.ts";

/** Lines with which an operator in a hurry would help out. */
const CARELESS = ["user provider.in", "topic read choir/v1/#", "user meter.m1", "topic readwrite choir/v1/g/#"];
const READING = topics.reading("north", "m2");

describeWithMosquitto("at the broker", () => {
  const certificates = new Certificates();
  let ceremony: CeremonyFolder;
  let careless: SecuredBroker;
  let sound: SecuredBroker;

  beforeAll(async () => {
    ceremony = await townDeployment();
    careless = await SecuredBroker.start(ceremony.deployment, certificates, { acl: `\n${CARELESS.join("\n")}\n` });
    sound = await SecuredBroker.start(ceremony.deployment, certificates);
  });
  afterAll(async () => {
    await careless.stop();
    await sound.stop();
    certificates.remove();
    rmSync(ceremony.path, { recursive: true });
  });

  /** What a party hears that asks for these topics, while another writes. */
  async function heard(
    broker: SecuredBroker,
    [user, password]: readonly [string, string],
    wanted: readonly string[],
    [writer, writersPassword]: readonly [string, string],
    topic: string,
  ): Promise<readonly string[]> {
    const messages: string[] = [];
    const listener = await broker.connect(user, password, {}, (where, text) => messages.push(`${where} ${text}`));
    await listener.subscribeAsync([...wanted], { qos: 0 });
    const speaker = await broker.connect(writer, writersPassword);
    await speaker.publishAsync(topic, "secret", { qos: 1 });
    // what the broker had to send on the connection went before this answer
    await listener.subscribeAsync("nothing");
    await Promise.all([listener.endAsync(), speaker.endAsync()]);
    return messages;
  }

  const provider = ["provider.in", "provider/broker.password"] as const;
  const aggregator = ["aggregator.north", "aggregators/north/broker.password"] as const;
  const m1 = ["meter.m1", "meters/m1.password"] as const;
  const m2 = ["meter.m2", "meters/m2.password"] as const;

  test.each([
    ["by its name", topics.evidence("north")],
    ["by a wildcard in its group", "choir/v1/g/north/#"],
    ["by a wildcard over groups", "choir/v1/g/+/evidence"],
    ["by a wildcard above all", "#"],
  ])("the provider that subscribes to evidence %s hears nothing", async (_, wanted) => {
    const evidence = topics.evidence("north");
    expect(await heard(careless, provider, [wanted], aggregator, evidence)).toEqual([`${evidence} secret`]);
    expect(await heard(sound, provider, [wanted], aggregator, evidence)).toEqual([]);
  });

  test("a meter outside its access list hears no other's reading, and is heard in no other's name", async () => {
    expect(await heard(careless, m1, ["choir/v1/g/north/#"], m2, READING)).toEqual([`${READING} secret`]);
    expect(await heard(sound, m1, ["choir/v1/g/north/#", READING], m2, READING)).toEqual([]);
    expect(await heard(careless, aggregator, [READING], m1, READING)).toEqual([`${READING} secret`]);
    expect(await heard(sound, aggregator, [READING], m1, READING)).toEqual([]);
    expect(await heard(sound, aggregator, [READING], m2, READING)).toEqual([`${READING} secret`]);
  });
});
