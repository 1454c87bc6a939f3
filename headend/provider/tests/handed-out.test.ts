/**
 * A deployment with shared custody as its files are handed out: meters, aggregators, trustees and the provider, each with its own password over TLS to a
 * Mosquitto on the generated configuration (docs/OPERATIONS.md).
 */

import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../../core/names.ts";
import { type Table, tableInMemory } from "../../../core/paillier/comb.ts";
import { topics } from "../../../core/wire/topics.ts";
import { MapStore } from "../../../firmware/tests/doubles.ts";
import { VirtualTime } from "../../../firmware/tests/virtual-time.ts";
import { type NodePorts, nodeIdentity, startNodeMeter } from "../../../hosts/node/meter.ts";
import { MqttUplink, type MqttUplinkOptions } from "../../../hosts/node/mqtt-uplink.ts";
import { nodeDigest, nodeEntropy } from "../../../hosts/node/primitives.ts";
import { describeWithMosquitto } from "../../../hosts/tests/mosquitto.ts";
import { filesToPublish, operatorAccess, publishFiles } from "../../authority/publish-files.ts";
import { type CeremonyFolder, NAMES, OPTIONS, START } from "../../authority/tests/ceremony.ts";
import { Certificates, SecuredBroker } from "../../authority/tests/secured-broker.ts";
import { GROUPS, MACHINES, townDeployment } from "../../authority/tests/town-plan.ts";
import { SteppedProcess } from "../../service/tests/child.ts";

const MAIN = {
  aggregator: new URL("../../aggregator/tests/main-512.js", import.meta.url),
  provider: new URL("./main-512.js", import.meta.url),
  trustee: new URL("../../trustee/tests/main-512.js", import.meta.url),
};
const { intervalMs } = OPTIONS;
/** The interval that begins when the meters start. */
const INTERVAL = START / intervalMs;
const [MIDDLE, END] = [START + intervalMs / 2, START + intervalMs];
/** When readings that are to be in the first part must have come. */
const GRACE_MS = intervalMs / 4;
const PULSES_PER_KILOWATT_HOUR = 1000;

/** A link that remembers on which topics something came. */
class ListeningUplink extends MqttUplink {
  readonly heard = new Set<string>();

  override subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    super.subscribe(topic, (from, payload) => {
      receive(from, payload);
      this.heard.add(from);
    });
  }
}

/** A meter on Node, on the time of the test. In the middle of each interval it counts as many pulses as its number says. */
class Machine {
  readonly #id: string;
  readonly #time: VirtualTime;
  readonly #ports: Omit<NodePorts, "uplink">;

  constructor(id: string, number: number, time: VirtualTime) {
    this.#id = id;
    this.#time = time;
    const middles = (): number => Math.floor((time.nowMs - START + intervalMs / 2) / intervalMs);
    this.#ports = {
      counters: new Map([[OBIS_IMPORT, { read: () => number * middles() }]]),
      clock: { utcMs: () => time.nowMs, quality: () => "synced", monotonicMs: () => time.nowMs - START },
      entropy: nodeEntropy,
      store: new MapStore(),
      scheduler: time,
      log: { info: () => {}, warn: () => {} },
    };
  }

  get publicKey(): Uint8Array {
    // nothing is sent for it
    return nodeIdentity({ ...this.#ports, uplink: new MqttUplink(this.#link("mqtt://127.0.0.1:1")) });
  }

  /** Starts its meter with the files and the password that the deployment has for it. @param ends gets what stops it */
  start(ceremony: CeremonyFolder, broker: SecuredBroker, table: Table, ends: (() => unknown)[]): ListeningUplink {
    const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(ceremony.deployment, name)));
    const password = Buffer.from(file(`meters/${this.#id}.password`))
      .toString()
      .trim();
    const url = broker.url.replace("://", `://meter.${this.#id}:${password}@`);
    const uplink = new ListeningUplink({ ...this.#link(url), authorities: file("broker-ca.pem") });
    const meter = startNodeMeter({ ...this.#ports, uplink }, table, {
      meter: this.#id,
      role: this.#id === GROUPS.north.feeder ? "feeder" : "home",
      rootKey: ceremony.rootKey,
      keyFile: file("key.cose"),
      roll: file("roll.cose"),
      leastKeyBits: OPTIONS.keyBits,
      pulsesPerKilowattHour: PULSES_PER_KILOWATT_HOUR,
      checkpointMs: 60_000,
      checkpointPulses: 1_000_000,
      poolTarget: 2,
      outboxCapacity: 10,
      boundaryToleranceMs: 5000,
      statusMs: 3_600_000,
    });
    ends.push(() => meter.stop());
    return uplink;
  }

  #link(url: string): MqttUplinkOptions {
    return { url, clientId: "any", scheduler: this.#time, uniform: () => 0.5 };
  }
}

describeWithMosquitto("a deployment whose key nobody holds, behind its own broker", () => {
  let over = false;
  let ends: (() => unknown)[] = [];
  afterEach(async () => {
    over = true;
    for (const end of ends.reverse()) await end();
    ends = [];
  });
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds()) && !over) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test("opens exact sums with trustees, from the files that were handed out; meters hear their receipts, and the next files", async () => {
    const time = new VirtualTime(START);
    const machines = new Map(MACHINES.map((id, i) => [id, new Machine(id, i + 1, time)]));
    const ceremony = await townDeployment((id) => machines.get(id)?.publicKey ?? new Uint8Array(0));
    ends.push(() => rmSync(ceremony.path, { recursive: true }));
    const certificates = new Certificates();
    ends.push(() => certificates.remove());
    const broker = await SecuredBroker.start(ceremony.deployment, certificates);
    ends.push(() => broker.stop());
    const file = (name: string): string => join(ceremony.deployment, name);

    const start = (main: URL, config: string): SteppedProcess => {
      const child = new SteppedProcess(main, config, "stepped");
      ends.push(() => child.kill());
      return child;
    };
    const aggregators = Object.keys(GROUPS).map((group) =>
      start(MAIN.aggregator, file(`aggregators/${group}/aggregator.json`)),
    );
    const provider = start(MAIN.provider, file("provider/provider.json"));
    const trustees = NAMES.map((name) => {
      const handed = ["key.share", "trustee.json", "broker.password"].map((one) => `trustees/${name}/${one}`);
      for (const one of ["key.cose", "roll.cose", "broker-ca.pem", ...handed]) {
        copyFileSync(file(one), join(ceremony.ownFolder(name), basename(one)));
      }
      return start(MAIN.trustee, join(ceremony.ownFolder(name), "trustee.json"));
    });
    const headEnd = [...aggregators, provider, ...trustees];
    await Promise.all(headEnd.map(({ ready }) => ready));
    const stepAll = (utcMs: number) => Promise.all(headEnd.map((party) => party.step(utcMs)));
    await stepAll(START + 1);
    for (const party of headEnd) await until(async () => (await party.settle()).linked);

    const table = tableInMemory(new Uint8Array(readFileSync(file("table.bin"))), OPTIONS.keyBits / 8, nodeDigest);
    const links = new Map<string, ListeningUplink>();
    for (const [id, machine] of machines) links.set(id, machine.start(ceremony, broker, table, ends));
    await until(() => [...links.values()].every(({ isUp }) => isUp));
    // nobody's time is far from another's: a beacon would tell the meters that their clock is wrong
    await time.runTo(MIDDLE - 1);
    await stepAll(MIDDLE);
    /** All members of each group have heard something on this topic of it. */
    const hears = (topic: (group: string) => string): Promise<void> =>
      until(() =>
        Object.entries(GROUPS).every(([group, { members }]) =>
          members.every((id) => links.get(id)?.heard.has(topic(group))),
        ),
      );
    await hears(topics.beacon);
    await until(() => links.get(GROUPS.north.feeder)?.heard.has(topics.beacon("north")) === true);

    await time.runTo(END - 1);
    await stepAll(END);
    await time.runTo(END + GRACE_MS - 1);
    for (const [i, { members }] of Object.values(GROUPS).entries()) await aggregators[i]?.handled(members.length);
    await provider.handled(1);
    await stepAll(END + GRACE_MS);
    await until(async () => (await provider.settle()) && provider.lines.length === aggregators.length);

    const sumOf = (group: keyof typeof GROUPS): number =>
      GROUPS[group].members.reduce((sum, id) => sum + 1000 * (MACHINES.indexOf(id) + 1), 0);
    expect(provider.lines.sort((a, b) => (`${a["group"]}` < `${b["group"]}` ? -1 : 1))).toMatchObject([
      {
        type: "opened",
        group: "north",
        interval: INTERVAL,
        contributors: 6,
        sumsMilliwattHours: { [OBIS_IMPORT]: sumOf("north") },
        feederMilliwattHours: { [OBIS_IMPORT]: 1000 * MACHINES.length },
      },
      { type: "opened", group: "south", contributors: 6, sumsMilliwattHours: { [OBIS_IMPORT]: sumOf("south") } },
    ]);
    for (const { trustees: named } of provider.lines) expect(named).toHaveLength(2);
    await hears(topics.receipt);
    const published = filesToPublish(ceremony.deployment, [], OPTIONS.keyBits);
    await publishFiles(published, broker.url, operatorAccess(ceremony.deployment, broker.url));
    await until(() => [...links].every(([id, { heard }]) => heard.has(topics.config(id))));
    expect(await Promise.all(headEnd.map((party) => party.terminate()))).toEqual(headEnd.map(() => 0));
  });
});
