/** The memory of the whole meter, converted to a chip's: a key of 3072 bits, a group of 200 meters, and intervals with sealing, signing, refilling and receipts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { intervalAt } from "../../../core/interval.ts";
import { parseEnvelope, sealEnvelope } from "../../../core/wire/envelope.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import { encodeReceipt } from "../../../core/wire/receipt.ts";
import { topics } from "../../../core/wire/topics.ts";
import { deploymentFile } from "../../../headend/authority/deployment.ts";
import { readIdentity } from "../../../headend/authority/identity.ts";
import { newConfiguration } from "../../../headend/authority/new-configuration.ts";
import { newDeployment } from "../../../headend/authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../../../headend/authority/new-roll.ts";
import {
  type ChipMemory,
  inUseOnChip,
  MEMORY_BUDGET,
  peakOnChip,
  SLOT_BYTES,
} from "../../moddable/runner/chip-memory.ts";
import type { MemorySample } from "../../moddable/runner/debug-listener.ts";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { nodeDigest } from "../../node/primitives.ts";
import { publishOn } from "../../tests/aedes-broker.ts";
import { sendBeacons } from "../../tests/beacons.ts";
import { SimulatedMeter } from "../runner/simulated-meter.ts";

const KIBIBYTE = 1024;

const INTERVAL_MS = 10_000;
const KEY_BITS = 3072;
const BLOCKS = 10;
const BLOCK_METERS = 20;
const POOL_TARGET = 2;
const READINGS = 3;
const [IMPORT, EXPORT] = ["1-0:1.8.0", "1-0:2.8.0"] as const;
const METER = "home-1";

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`hosts/desktop, memory: skipped: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

const text = ({ chunks, slots, stack, total }: ChipMemory): string =>
  `chunks ${chunks}, slots ${slots}, stack ${stack}, in all ${total} bytes of a 32-bit engine`;

describe("the conversion to a chip's memory", () => {
  const sample = (part: Partial<MemorySample>): MemorySample => ({
    ...{ atMs: 0, chunkBytes: 0, chunkHeapBytes: 0, slotBytes: 0, slotHeapBytes: 0, stackBytes: 0, collections: 0 },
    ...part,
  });

  test("halves slots and stack, and leaves chunks as they are", () => {
    const used = inUseOnChip(sample({ chunkBytes: 1000, chunkHeapBytes: 5000, slotBytes: 640, stackBytes: 320 }));
    expect(used).toEqual({ chunks: 1000, slots: 320, stack: 160, total: 1480 });
  });

  test("and takes what the chip's own engine says as it is", () => {
    const used = inUseOnChip(sample({ chunkBytes: 1000, slotBytes: 640, stackBytes: 320 }), SLOT_BYTES.bits32);
    expect(used).toEqual({ chunks: 1000, slots: 640, stack: 320, total: 1960 });
  });

  test("takes for the peak what was set aside at most, whenever that was, and the deepest stack", () => {
    const samples = [
      sample({ chunkHeapBytes: 3000, slotHeapBytes: 640, stackBytes: 64, chunkBytes: 9000 }),
      sample({ chunkHeapBytes: 2000, slotHeapBytes: 960, stackBytes: 32 }),
    ];
    expect(peakOnChip(samples)).toEqual({ chunks: 3000, slots: 480, stack: 32, total: 3512 });
  });
});

whereTheSdkIs("a meter of a large group in the simulator", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-memory-"));
  const deployment = join(folder, "deployment");
  const intervals = new Set<number>();
  let broker: Aedes;
  let server: Server;
  let display: Display;
  let meter: SimulatedMeter;
  /** Samples before the meter had its configuration. */
  let before = 0;

  const diagnostics = async (): Promise<Readonly<Record<string, unknown>>> =>
    // what a meter says of itself are named values
    (await meter.diagnostics()) as Readonly<Record<string, unknown>>;

  /** The plan of a deployment in which our meter sits among 199 others. */
  const roll = (publicKey: Uint8Array) => {
    const blocks = Array.from({ length: BLOCKS }, (_, b) => ({
      block: `block-${b}`,
      seats: Array.from({ length: BLOCK_METERS }, (_, s) => {
        const name = `${b}${String(s).padStart(2, "0")}`;
        const other = { meter: `m-1088${name}`, key: nodeDigest.sha256(Buffer.from(name)) };
        return { seat: `maple-${name}`, occupant: b === 4 && s === 7 ? { meter: METER, key: publicKey } : other };
      }),
    }));
    const group = {
      group: "g1",
      scheme: "paillier",
      feeder: undefined,
      blocks: blocks.map(({ block }) => block),
    } as const;
    return { groups: [group], blocks, feeders: [], firstInterval: intervalAt(Date.now(), INTERVAL_MS) };
  };

  let stopBeacons = (): void => {};

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
      largestGroup: BLOCKS * BLOCK_METERS,
      kMin: BLOCK_METERS,
      firstUtcMs: Date.now(),
      lastUtcMs: Date.now() + 86_400_000,
      broker: "mqtt://127.0.0.1",
      demonstration: true,
    });
    const sdk = findSdk();
    display = await openDisplay();
    const disk = join(folder, METER);
    const app = buildApp(sdk, "debug");
    const machine = { broker: { host: "127.0.0.1", port: address.port }, channels: [IMPORT, EXPORT] };
    meter = await SimulatedMeter.prepare({ sdk, app, display: display.name, folder: disk, machine });
    const publicKey = await meter.powerOn();
    await meter.cutPower();
    before = meter.samples.length;
    newRoll(deployment, roll(publicKey), "mqtt://127.0.0.1");
    const { bytes } = newConfiguration(deployment, {
      meter: METER,
      role: "home",
      metering: {
        checkpointMs: 1000,
        checkpointPulses: 1,
        poolTarget: POOL_TARGET,
        outboxCapacity: 100,
        boundaryToleranceMs: 3000,
        statusMs: 5000,
      },
      broker: { host: "127.0.0.1", port: address.port, authorities: undefined, user: undefined, password: undefined },
      wifi: undefined,
      timeServers: [],
      sensors: [IMPORT, EXPORT].map((obis, input) => ({
        ...({
          kind: "pulse",
          obis,
          input,
          pulsesPerKilowattHour: 1000,
          minHighMicros: 10_000,
          minLowMicros: 10_000,
        } as const),
      })),
    });
    mkdirSync(join(disk, "store"), { recursive: true });
    writeFileSync(join(disk, "store", "configuration"), bytes);
    writeFileSync(join(disk, "table"), readFileSync(deploymentFile(deployment, "table")));
    const { keyId, key, layout } = deploymentKeyFile(deployment);
    const provider = readIdentity(deploymentFile(deployment, "providerSigningKey"));
    broker.on("publish", ({ topic, payload }) => {
      if (topic !== topics.reading("g1", METER)) return;
      const envelope = parseEnvelope("reading", new Uint8Array(Buffer.from(payload)));
      const { interval } = decodeReading(envelope.payload, key, layout);
      intervals.add(interval);
      const receipt = { group: "g1", interval, part: 0, status: "opened", blocks: ["block-4"], keyId } as const;
      publishOn(broker, topics.receipt("g1"), sealEnvelope("receipt", encodeReceipt(receipt), provider)).catch(
        () => {},
      );
    });
    stopBeacons = sendBeacons(deployment, "g1", deploymentKeyFile(deployment), (topic, payload) => {
      // nobody waits: a meter that misses a beacon hears the next
      publishOn(broker, topic, payload).catch(() => {});
    });
    const up = meter.link("up");
    await meter.powerOn();
    await up;
  });

  afterAll(async () => {
    stopBeacons();
    await meter?.close();
    display?.stop();
    await new Promise<void>((resolve) => (broker === undefined ? resolve() : broker.close(resolve)));
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`needs less than ${MEMORY_BUDGET.peak / KIBIBYTE} KB from its start through intervals with sealing, signing, refilling and receipts`, async () => {
    while (intervals.size < READINGS) {
      await meter.pulse(IMPORT, 3);
      await setTimeout(500);
    }
    for (;;) {
      const { poolLevel, outboxDepth, poolMisses } = await diagnostics();
      expect(poolMisses).toBe(0);
      if (poolLevel === POOL_TARGET && outboxDepth === 0) break;
      await setTimeout(200);
    }
    const samples = meter.samples.slice(before);
    const peak = peakOnChip(samples);
    if (process.env["CHOIR_TRACE"] !== undefined) process.stderr.write(`peak: ${text(peak)}\n`);
    expect(samples.length).toBeGreaterThan(READINGS);
    expect(peak.total < MEMORY_BUDGET.peak ? "within the budget" : text(peak)).toBe("within the budget");
    expect(meter.faults).toEqual([]);
  });

  test(`holds less than ${MEMORY_BUDGET.rest / KIBIBYTE} KB at rest, its pool full and garbage collected`, async () => {
    const rest = inUseOnChip(await meter.liveMemory());
    if (process.env["CHOIR_TRACE"] !== undefined) process.stderr.write(`at rest: ${text(rest)}\n`);
    expect(rest.total).toBeGreaterThan(0);
    expect(rest.total < MEMORY_BUDGET.rest ? "within the budget" : text(rest)).toBe("within the budget");
  });
});
