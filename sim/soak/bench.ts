/** The bench of a soak: one meter in the simulator at a quick clock, a broker, an aggregator and a provider, stepped to the meter's time. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "../../core/bytes.ts";
import type { ChoirError } from "../../core/errors.ts";
import { intervalAt } from "../../core/interval.ts";
import type { Diagnostics } from "../../core/wire/status.ts";
import type { MeterSettings } from "../../firmware/settings.ts";
import { aggregatorFolder, deploymentFile } from "../../headend/authority/deployment.ts";
import { newDeployment } from "../../headend/authority/new-deployment.ts";
import { newRoll, type Plan } from "../../headend/authority/new-roll.ts";
import { SimulatedMeter, type SimulationOptions } from "../../hosts/desktop/runner/simulated-meter.ts";
import { openDisplay } from "../../hosts/moddable/runner/display.ts";
import { buildApp, findSdk } from "../../hosts/moddable/runner/sdk.ts";
import { embeddedBroker } from "../street/broker.ts";
import { HeadEndProcess } from "../street/head-end-process.ts";
import { MeterTime } from "./meter-time.ts";
import { PULSES_PER_KILOWATT_HOUR, replayFile } from "./replay.ts";

/** A quarter hour, the product's own. */
export const INTERVAL_MS = 900_000;

const METER = "home-1";
const GROUP = "group-1";
const POOL_TARGET = 2;
const DAY_MS = 86_400_000;
/** The key's life: a year, as a deployment's at most. */
const MOST_DAYS = 365;
/** A boundary counts as observed when it is seen within so long of the system's time, whose disk and other work may keep a process waiting, but within a quarter interval of the meter's. */
const REAL_TOLERANCE_MS = 3000;
const MOST_TOLERANCE_MS = INTERVAL_MS / 4;

/** What the bench is built for. */
export interface BenchOptions {
  readonly keyBits: number;
  /** Seconds of the meter in one of the system. */
  readonly speed: number;
  /** Moments of pulses in ms since the meter's start, by channel. */
  readonly moments: ReadonlyMap<string, readonly number[]>;
  /** The compiled entry of the `choir` command. */
  readonly cli: string;
  /** Told of each line of the provider. */
  readonly onResult: (line: string) => void;
  /** Told of each line that the meter says. */
  readonly onLine: (line: string) => void;
}

/** How long after a boundary a meter at this speed still observes it, in ms of its own. */
export function toleranceMs(speed: number): number {
  return Math.min(MOST_TOLERANCE_MS, REAL_TOLERANCE_MS * speed);
}

/** A bench in operation. */
export interface Bench {
  /** Narrowed down by each `diagnostics`. */
  readonly time: MeterTime;
  readonly meter: SimulatedMeter;
  /** Rejects when a process of the head end ends. */
  readonly failure: Promise<never>;
  /** What the meter says of itself. */
  diagnostics(): Promise<Diagnostics>;
  /** Moves the head end to the meter's time. */
  step(): Promise<void>;
  /** Ends everything and removes its files. */
  close(): Promise<void>;
}

/** Builds everything and starts the meter. @throws ChoirError engine_absent where there is no SDK, engine_failed, broker_failed. */
export async function openBench(options: BenchOptions): Promise<Bench> {
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return { ...(await build(options, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(options: BenchOptions, closing: (() => unknown)[]): Promise<Omit<Bench, "close">> {
  const sdk = findSdk();
  const app = buildApp(sdk, "debug");
  const folder = mkdtempSync(join(tmpdir(), "choir-soak-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const broker = await embeddedBroker();
  closing.push(() => broker.stop());
  const display = await openDisplay();
  closing.push(() => display.stop());
  const nowMs = Date.now();
  newDeployment(folder, {
    keyBits: options.keyBits,
    intervalMs: INTERVAL_MS,
    channels: [...options.moments.keys()],
    largestGroup: 2,
    kMin: 1,
    firstUtcMs: nowMs,
    lastUtcMs: nowMs + MOST_DAYS * DAY_MS,
    broker: broker.url,
    demonstration: true,
  });
  const { meter, publicKey } = await machine(options, { sdk, app, display: display.name, folder, broker: broker.url });
  closing.push(() => meter.close());
  newRoll(folder, planOf(publicKey, nowMs), broker.url);
  const { processes, failure } = await headEnd(options, folder, closing);
  meter.provision(settingsOf(folder, options), read(folder, "table"));
  await meter.start();
  const time = new MeterTime(options.speed);
  const bench = {
    time,
    meter,
    failure,
    diagnostics: async () => {
      const asked = Date.now();
      // the firmware's own words, at the other end of a private connection
      const diagnostics = (await meter.diagnostics()) as Diagnostics;
      time.observe(asked, Date.now(), diagnostics.uptimeSeconds);
      return diagnostics;
    },
    step: async () => {
      const utcMs = time.utcMs(Date.now());
      await Promise.all(processes.map((process) => process.step(utcMs)));
    },
  };
  await bench.diagnostics();
  return bench;
}

/** The meter's machine, with its replay files; it waits for its settings. */
async function machine(
  { moments, speed, onLine }: BenchOptions,
  built: Pick<SimulationOptions, "sdk" | "app" | "display"> & { readonly folder: string; readonly broker: string },
): Promise<{ readonly meter: SimulatedMeter; readonly publicKey: Uint8Array }> {
  const { hostname: host, port } = new URL(built.broker);
  const folder = join(built.folder, METER);
  const names = new Map([...moments.keys()].map((obis, i) => [obis, `pulses-${i}`]));
  const meter = await SimulatedMeter.prepare({
    ...built,
    folder,
    onLine,
    machine: {
      broker: { host, port: Number(port) },
      channels: [...moments.keys()],
      replay: Object.fromEntries(names),
      speed,
    },
  });
  for (const [obis, name] of names) writeFileSync(join(folder, name), replayFile(moments.get(obis) ?? []));
  return { meter, publicKey: await meter.powerOn() };
}

function planOf(key: Uint8Array, nowMs: number): Plan {
  return {
    groups: [{ group: GROUP, scheme: "paillier", feeder: undefined, blocks: ["block-1"] }],
    blocks: [{ block: "block-1", seats: [{ seat: "seat-1", occupant: { meter: METER, key } }] }],
    feeders: [],
    firstInterval: intervalAt(nowMs, INTERVAL_MS),
  };
}

/** The processes as a street runs them, at the system's time until they are stepped. */
async function headEnd(
  { cli, onResult }: BenchOptions,
  folder: string,
  closing: (() => unknown)[],
): Promise<{ readonly processes: readonly HeadEndProcess[]; readonly failure: Promise<never> }> {
  let fail: (error: ChoirError) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // it may come while nobody waits for it
  failure.catch(() => {});
  const start = async (party: "aggregator" | "provider", configFile: string): Promise<HeadEndProcess> => {
    const logFile = join(folder, `${party}.log`);
    const process = new HeadEndProcess({
      cli,
      party,
      configFile,
      clock: "stepped",
      logFile,
      onLine: onResult,
      onExit: fail,
    });
    closing.push(() => process.stop());
    await process.ready();
    return process;
  };
  const processes = await Promise.all([
    start("aggregator", join(folder, aggregatorFolder(GROUP), "aggregator.json")),
    start("provider", deploymentFile(folder, "providerConfig")),
  ]);
  await Promise.all(processes.map((process) => process.step(Date.now())));
  return { processes, failure };
}

function settingsOf(folder: string, { keyBits, speed }: BenchOptions): MeterSettings {
  return {
    meter: METER,
    role: "home",
    rootKey: fromHex(Buffer.from(read(folder, "rootKey")).toString("utf8").trim(), "root key"),
    keyFile: read(folder, "keyFile"),
    roll: read(folder, "roll"),
    leastKeyBits: keyBits,
    pulsesPerKilowattHour: PULSES_PER_KILOWATT_HOUR,
    checkpointMs: 60_000,
    checkpointPulses: 100,
    poolTarget: POOL_TARGET,
    outboxCapacity: 96,
    boundaryToleranceMs: toleranceMs(speed),
    statusMs: INTERVAL_MS,
  };
}

function read(folder: string, name: "rootKey" | "keyFile" | "roll" | "table"): Uint8Array {
  return new Uint8Array(readFileSync(deploymentFile(folder, name)));
}
