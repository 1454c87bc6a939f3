/** The unchanged firmware in the Moddable simulator: joins a broker, seals what it counted, and is cut and started again on the same store. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { bytesToInteger, power } from "../../../core/integers.ts";
import { intervalAt } from "../../../core/interval.ts";
import { unpack } from "../../../core/paillier/packing.ts";
import { holds, statement } from "../../../core/paillier/proof.ts";
import { Opener } from "../../../core/secret/opener.ts";
import { checkSignature, parseEnvelope } from "../../../core/wire/envelope.ts";
import type { KeyFile } from "../../../core/wire/key-file.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import { topics } from "../../../core/wire/topics.ts";
import type { MeterSettings } from "../../../firmware/settings.ts";
import { deploymentFile } from "../../../headend/authority/deployment.ts";
import { newDeployment } from "../../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../../../headend/authority/new-roll.ts";
import { readSecretKey } from "../../../headend/provider/secret-file.ts";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { nodeDigest, nodeVerify } from "../../node/primitives.ts";
import { publishOn } from "../../tests/aedes-broker.ts";
import { sendBeacons } from "../../tests/beacons.ts";
import { SimulatedMeter } from "../runner/simulated-meter.ts";

const INTERVAL_MS = 10_000;
const KEY_BITS = 2048;
const IMPORT = "1-0:1.8.0";
const EXPORT = "1-0:2.8.0";
const MILLIWATT_HOURS_PER_PULSE = 1000;

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`hosts/desktop: skipped: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

interface Reading {
  readonly interval: number;
  readonly energies: readonly number[];
  readonly bytes: string;
}

/** Zero for anything that is no diagnostics. */
function outboxDepth(diagnostics: unknown): number {
  if (typeof diagnostics !== "object" || diagnostics === null || !("outboxDepth" in diagnostics)) return 0;
  return Number(diagnostics.outboxDepth);
}

whereTheSdkIs("a meter in the simulator", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-desktop-"));
  const deployment = join(folder, "deployment");
  const readings: Reading[] = [];
  let broker: Aedes;
  let server: Server;
  let display: Display;
  let meter: SimulatedMeter;
  let publicKey: Uint8Array;
  let keyFile: KeyFile;
  let onReading = (): void => {};

  let stopBeacons = (): void => {};
  const read = (name: "rootKey" | "keyFile" | "roll" | "table"): Uint8Array =>
    new Uint8Array(readFileSync(deploymentFile(deployment, name)));

  const until = (enough: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (enough()) resolve();
      };
      onReading = look;
      look();
    });

  /** What a home of this key and roll is provisioned with. */
  const settings = (): MeterSettings => ({
    meter: "home-1",
    role: "home",
    rootKey: new Uint8Array(Buffer.from(Buffer.from(read("rootKey")).toString("utf8").trim(), "hex")),
    keyFile: read("keyFile"),
    roll: read("roll"),
    leastKeyBits: KEY_BITS,
    pulsesPerKilowattHour: 1000,
    checkpointMs: 1000,
    checkpointPulses: 1,
    poolTarget: 2,
    outboxCapacity: 10,
    boundaryToleranceMs: 1000,
    statusMs: 60_000,
  });

  beforeAll(async () => {
    broker = await Aedes.createBroker();
    server = createServer(broker.handle);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the broker has no port");
    newDeployment(deployment, {
      keyBits: KEY_BITS,
      intervalMs: INTERVAL_MS,
      channels: [IMPORT, EXPORT],
      largestGroup: 2,
      kMin: 1,
      firstUtcMs: Date.now(),
      lastUtcMs: Date.now() + 86_400_000,
      broker: "mqtt://127.0.0.1",
      demonstration: true,
    });
    keyFile = deploymentKeyFile(deployment);
    const opener = new Opener(
      readSecretKey(deploymentFile(deployment, "providerSecretKey")),
      (modulus) => (base, exponent) => power(base, exponent, modulus),
    );
    broker.on("publish", ({ topic, payload }) => {
      if (topic !== topics.reading("g1", "home-1")) return;
      const bytes = new Uint8Array(Buffer.from(payload));
      const envelope = parseEnvelope("reading", bytes);
      checkSignature(envelope, publicKey, nodeVerify, "reading");
      const reading = decodeReading(envelope.payload, keyFile.key, keyFile.layout);
      const proof = statement(keyFile.key, keyFile.layout.bits, nodeDigest, reading, reading);
      if (!holds(keyFile.key, (base, exponent) => power(base, exponent, keyFile.key.nSquared), proof)) return;
      const { sums } = unpack(keyFile.layout, opener.open(bytesToInteger(reading.ciphertext)), 1);
      const hex = Buffer.from(bytes).toString("hex");
      readings.push({ interval: reading.interval, energies: sums.map(Number), bytes: hex });
      onReading();
    });
    const sdk = findSdk();
    display = await openDisplay();
    meter = await SimulatedMeter.prepare({
      sdk,
      app: buildApp(sdk, "debug"),
      display: display.name,
      folder: join(folder, "home-1"),
      machine: { broker: { host: "127.0.0.1", port: address.port }, channels: [IMPORT, EXPORT] },
      onLine: (line) => {
        if (process.env["CHOIR_TRACE"] !== undefined) process.stderr.write(`${line}\n`);
      },
    });
    publicKey = await meter.powerOn();
    newRoll(
      deployment,
      {
        groups: [{ group: "g1", scheme: "paillier", feeder: undefined, blocks: ["b1"] }],
        blocks: [{ block: "b1", seats: [{ seat: "s1", occupant: { meter: "home-1", key: publicKey } }] }],
        feeders: [],
        firstInterval: intervalAt(Date.now(), INTERVAL_MS),
      },
      "mqtt://127.0.0.1",
    );
    stopBeacons = sendBeacons(deployment, "g1", deploymentKeyFile(deployment), (topic, payload) => {
      // nobody waits: a meter that misses a beacon hears the next
      publishOn(broker, topic, payload).catch(() => {});
    });
    meter.provision(settings(), read("table"));
    const up = meter.link("up");
    await meter.start();
    await up;
  });

  afterAll(async () => {
    stopBeacons();
    if (process.env["CHOIR_TRACE"] !== undefined) process.stderr.write(`${JSON.stringify(meter?.samples)}\n`);
    await meter?.close();
    display?.stop();
    await new Promise<void>((resolve) => (broker === undefined ? resolve() : broker.close(resolve)));
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Intervals above `interval`, each once, whatever was sent again. */
  const after = (interval: number): readonly Reading[] => [
    ...new Map(readings.filter((one) => one.interval > interval).map((one) => [one.interval, one])).values(),
  ];

  test("seals intervals whose envelopes verify and open to exactly what was counted in them", async () => {
    await until(() => readings.length > 0);
    // the first interval that was observed from boundary to boundary; what is counted from now on belongs to later ones
    const first = readings[0]?.interval ?? 0;
    await meter.pulse(IMPORT, 7);
    await meter.pulse(EXPORT, 2);
    await until(() => after(first).length >= 1);
    await meter.pulse(IMPORT, 5);
    await until(() => after(first).length >= 3);
    const total = (channel: number): number =>
      after(first).reduce((sum, { energies }) => sum + (energies[channel] ?? 0), 0);
    expect([total(0), total(1)]).toEqual([12 * MILLIWATT_HOURS_PER_PULSE, 2 * MILLIWATT_HOURS_PER_PULSE]);
    expect(meter.faults).toEqual([]);
  });

  test("while the cable is pulled readings wait in the outbox, and they arrive when it is back", async () => {
    const last = readings.at(-1)?.interval ?? 0;
    const down = meter.link("down");
    meter.setNetwork(false);
    await down;
    await meter.pulse(IMPORT, 6);
    const waiting = await meter.diagnostics();
    await new Promise((resolve) => setTimeout(resolve, 1.5 * INTERVAL_MS));
    expect(after(last)).toEqual([]);
    expect(outboxDepth(await meter.diagnostics())).toBeGreaterThan(outboxDepth(waiting));
    const up = meter.link("up");
    meter.setNetwork(true);
    await up;
    const counted = (): number => after(last).reduce((sum, { energies }) => sum + (energies[0] ?? 0), 0);
    await until(() => counted() > 0);
    expect(counted()).toBe(6 * MILLIWATT_HOURS_PER_PULSE);
  });

  test("after a power cut the same key, the register and the burnt mark hold, and no interval is ever sealed twice", async () => {
    const last = readings.at(-1)?.interval ?? 0;
    await meter.cutPower();
    const up = meter.link("up");
    expect(await meter.powerOn()).toEqual(publicKey);
    await up;
    await until(() => after(last).length >= 2);
    // what was counted before the cut and checkpointed is in the register, not in a reading again
    expect(after(last).flatMap(({ energies }) => energies)).toEqual(after(last).flatMap(() => [0, 0]));
    const sealed = new Map<number, Set<string>>();
    for (const { interval, bytes } of readings) sealed.set(interval, (sealed.get(interval) ?? new Set()).add(bytes));
    expect([...sealed.values()].every((messages) => messages.size === 1)).toBe(true);
    expect(await meter.diagnostics()).toMatchObject({ boots: 2, rejectedReadings: 0 });
    expect(meter.faults).toEqual([]);
  });
});
