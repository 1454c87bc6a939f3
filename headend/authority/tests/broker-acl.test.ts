/** The generated access list in a real Mosquitto over TLS: every party against every topic of the protocol, and whoever wants in by another way. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { IClientOptions, MqttClient } from "mqtt";
import { toHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { topics } from "../../../core/wire/topics.ts";
import { describeWithMosquitto } from "../../../hosts/tests/mosquitto.ts";
import { passwordAt, passwordLine } from "../broker-passwords.ts";
import { deploymentKeyFile } from "../new-roll.ts";
import { type CeremonyFolder, NAMES } from "./ceremony.ts";
import { Certificates, type Hearer, SecuredBroker } from "./secured-broker.ts";
import { GROUPS, MACHINES, signRoll, townDeployment } from "./town-plan.ts";

/** A topic, and the users that may write and read it. */
interface Row {
  readonly topic: string;
  readonly writers: readonly string[];
  readonly readers: readonly string[];
}

/** May do everything, so that the test sees what is sent and what would have come; no such user is ever generated. */
const AUDITOR = "auditor";
const PROVIDER = ["provider.in", "provider.out"];
const meter = (id: string): string => `meter.${id}`;

/** docs/PROTOCOL.md, Topics, by hand: independent of what is tested. */
const rowsFor = (keyTag: string): readonly Row[] => [
  ...Object.entries(GROUPS).flatMap(([group, { members, feeder, connections }]): readonly Row[] => {
    const aggregator = [
      `aggregator.${group}`,
      ...Array.from({ length: connections }, (_, i) => `aggregator.${group}.${i}`),
    ];
    const homes = members.map(meter);
    const trustee = (name: string): string[] => ["in", "out"].map((way) => `trustee.${name}.${keyTag}.${way}`);
    const rods = feeder === undefined ? [] : [meter(feeder)];
    return [
      ...MACHINES.map((id) => ({
        topic: topics.reading(group, id),
        writers: homes.filter((home) => home === meter(id)),
        readers: aggregator,
      })),
      { topic: topics.aggregate(group), writers: aggregator, readers: PROVIDER },
      { topic: topics.evidence(group), writers: aggregator, readers: NAMES.flatMap(trustee) },
      ...NAMES.map((name) => ({
        topic: topics.share(group, name),
        writers: trustee(name),
        readers: [...PROVIDER, ...aggregator],
      })),
      { topic: topics.beacon(group), writers: aggregator, readers: [...homes, ...rods] },
      { topic: topics.feeder(group), writers: rods, readers: feeder === undefined ? [] : PROVIDER },
      { topic: topics.receipt(group), writers: PROVIDER, readers: [...homes, ...aggregator] },
    ];
  }),
  ...MACHINES.flatMap((id): readonly Row[] => [
    { topic: topics.status(id), writers: [meter(id)], readers: ["operator"] },
    { topic: topics.event(id), writers: [meter(id)], readers: ["operator"] },
    { topic: topics.config(id), writers: ["operator"], readers: [meter(id)] },
    { topic: topics.update(id), writers: ["operator"], readers: [meter(id)] },
  ]),
  ...[
    topics.evidence("west"),
    `${topics.evidence("north")}/more`,
    "choir/v1/g/north/other",
    "choir/v2/g/north/evidence",
    "elsewhere",
  ].map((topic) => ({ topic, writers: [], readers: [] })),
];

/** What has not come by then never will: a broken list must fail the test, not keep it. */
const LONGEST_WAIT_MS = 20_000;
const until = async (holds: () => boolean): Promise<void> => {
  const end = performance.now() + LONGEST_WAIT_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error("waited for what never came");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
jest.setTimeout(6 * LONGEST_WAIT_MS);

const passwordFile = (user: string): string => {
  const [kind, name = ""] = user.split(".");
  if (kind === "meter") return `meters/${name}.password`;
  if (kind === "aggregator") return `aggregators/${name}/broker.password`;
  if (kind === "trustee") return `trustees/${name}/broker.password`;
  return kind === AUDITOR ? "auditor.password" : `${kind}/broker.password`;
};

describeWithMosquitto("the generated access list", () => {
  let ceremony: CeremonyFolder;
  let certificates: Certificates;
  let broker: SecuredBroker;
  const connect = (user: string, options: IClientOptions = {}, hear?: Hearer): Promise<MqttClient> =>
    broker.connect(user, passwordFile(user), options, hear);

  beforeAll(async () => {
    certificates = new Certificates();
    ceremony = await townDeployment();
    const password = passwordAt(join(ceremony.deployment, passwordFile(AUDITOR)));
    broker = await SecuredBroker.start(ceremony.deployment, certificates, {
      acl: `\nuser ${AUDITOR}\ntopic readwrite #\n`,
      passwords: `${passwordLine(AUDITOR, password)}\n`,
    });
  });
  afterAll(async () => {
    await broker.stop();
    certificates.remove();
    rmSync(ceremony.path, { recursive: true });
  });

  test("lets every party write and read the topics of its row, and no other, by name or by wildcard", async () => {
    const { keyId } = deploymentKeyFile(ceremony.deployment, MODULUS_BITS.tests);
    const rows = rowsFor(toHex(keyId).slice(0, 8));
    const users = [...new Set(rows.flatMap(({ writers, readers }) => [...writers, ...readers])), AUDITOR];
    const clients = new Map<string, MqttClient>();
    const heard = new Map<string, Set<string>>();
    for (const user of users) {
      const sentences = new Set<string>();
      const client = await connect(user, {}, (topic, writer) => sentences.add(`${writer} wrote ${topic}`));
      const wide = ["#", "choir/v1/#", "choir/v1/g/+/evidence", "choir/v1/m/+/+", "$SYS/#"];
      const shared = ["#", topics.evidence("north")].map((topic) => `$share/for-${user}/${topic}`);
      await client.subscribeAsync([...rows.map(({ topic }) => topic), ...wide, ...shared], { qos: 0 });
      clients.set(user, client);
      heard.set(user, sentences);
    }
    for (const [user, client] of clients) {
      await Promise.all(rows.map(({ topic }) => client.publishAsync(topic, user, { qos: 1 })));
    }
    // what the broker had to send on the connection went before this answer
    await Promise.all([...clients.values()].map((client) => client.subscribeAsync("nothing")));

    for (const user of users) {
      const expected = rows
        .filter(({ readers }) => user === AUDITOR || readers.includes(user))
        .flatMap(({ topic, writers }) => [...writers, AUDITOR].map((writer) => `${writer} wrote ${topic}`));
      expect([user, [...(heard.get(user) ?? [])].sort()]).toEqual([user, expected.sort()]);
    }
  });

  test("holds for a last will, and for what was kept for later subscribers", async () => {
    const seen: string[] = [];
    const auditor = await connect(AUDITOR, {}, (topic, text) => seen.push(`${topic} ${text}`));
    await auditor.subscribeAsync("#", { qos: 0 });
    const dies = async (topic: string): Promise<void> => {
      const will = { topic, payload: Buffer.from("a will"), qos: 1, retain: true } as const;
      await connect("meter.m1", { will }).then(
        (client) => void client.stream.destroy(),
        // a broker may also refuse who brings such a will
        () => {},
      );
    };
    await dies(topics.receipt("north"));
    await dies(topics.status("m1"));
    await until(() => seen.length > 0);
    expect(seen).toEqual([`${topics.status("m1")} a will`]);

    const kept: string[] = [];
    const provider = await connect("provider.in", {}, (topic) => kept.push(topic));
    await provider.subscribeAsync(["#", topics.status("m1")], { qos: 0 });
    await provider.subscribeAsync("nothing");
    expect(kept).toEqual([]);
    await auditor.publishAsync(topics.status("m1"), "", { qos: 1, retain: true });
  });

  test("leaves a session to its owner, whoever comes with its client id", async () => {
    const session = { clientId: "aggregator.north", clean: false };
    const [heard, stolen]: [string[], string[]] = [[], []];
    const owner = () => connect("aggregator.north", session, (_topic, text) => heard.push(text));
    const thief = () => connect("meter.m9", session, (_topic, text) => stolen.push(text));
    const first = await owner();
    await first.subscribeAsync(topics.receipt("north"), { qos: 1 });
    const provider = await connect("provider.out");
    const early = await thief();
    await provider.publishAsync(topics.receipt("north"), "one", { qos: 1 });
    await until(() => heard.includes("one"));
    expect(first.connected).toBe(true);
    await Promise.all([first.endAsync(), early.endAsync()]);

    await provider.publishAsync(topics.receipt("north"), "two", { qos: 1 });
    await (await thief()).subscribeAsync("nothing");
    await owner();
    await until(() => heard.includes("two"));
    expect([heard, stolen]).toEqual([["one", "two"], []]);
  });

  test("keeps what waits for a party over the broker's own restart", async () => {
    const arrived: string[] = [];
    const aggregator = () =>
      connect("aggregator.south.0", { clientId: "any", clean: false }, (_topic, text) => arrived.push(text));
    const before = await aggregator();
    await before.subscribeAsync(topics.reading("south", "m9"), { qos: 1 });
    await before.endAsync();
    await (await connect("meter.m9")).publishAsync(topics.reading("south", "m9"), "kept", { qos: 1 });
    await broker.broker.restart();
    await aggregator();
    await until(() => arrived.length > 0);
    expect(arrived).toEqual(["kept"]);
  });

  test.each<readonly [who: string, options: (password: string, ca: Buffer) => IClientOptions]>([
    ["somebody without a name", (_, ca) => ({ ca })],
    ["a party without its password", (_, ca) => ({ ca, username: "meter.m2" })],
    ["a party with another's password", (password, ca) => ({ ca, username: "provider.in", password })],
    ["a user that there is none of", (password, ca) => ({ ca, username: "meter.m10", password })],
    ["whoever does not speak TLS", (password) => ({ protocol: "mqtt", username: "meter.m2", password })],
    ["a client that trusts other authorities", (password) => ({ username: "meter.m2", password })],
    [
      "a client that calls the broker by another name",
      (password, ca) => ({ ca, username: "meter.m2", password, servername: "broker.example" }),
    ],
  ])("%s stays outside", async (_who, options) => {
    const password = passwordAt(join(ceremony.deployment, passwordFile("meter.m2"))).reveal();
    await expect(broker.open(options(password, broker.authority))).rejects.toThrow();
    await broker.open({ ca: broker.authority, username: "meter.m2", password });
  });

  test("ends with the roll: a revoked meter is put out, its password gone; the others notice nothing", async () => {
    const [revoked, other] = [await connect("meter.m1"), await connect("meter.m2")];
    let ended = false;
    revoked.once("close", () => {
      ended = true;
    });
    await signRoll(ceremony, ["m1"]);
    const password = passwordAt(join(ceremony.deployment, passwordFile("meter.m1"))).reveal();
    broker.regenerate();
    await until(() => ended);
    expect(other.connected).toBe(true);
    await expect(connect("meter.m2", { username: "meter.m1", password })).rejects.toThrow();
    await other.publishAsync(topics.reading("north", "m2"), "still here", { qos: 1 });
  });
});
