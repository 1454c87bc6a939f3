/** The meter in the simulator provisioned over its console: table and configuration put piece by piece, kept over a power cut, and forgotten. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { toHex } from "../../../core/bytes.ts";
import { intervalAt } from "../../../core/interval.ts";
import { Password } from "../../../core/password.ts";
import { decodeStatus } from "../../../core/wire/status.ts";
import { topics } from "../../../core/wire/topics.ts";
import { deploymentFile } from "../../../headend/authority/deployment.ts";
import { type MeterPlan, newConfiguration } from "../../../headend/authority/new-configuration.ts";
import { newDeployment } from "../../../headend/authority/new-deployment.ts";
import { newRoll } from "../../../headend/authority/new-roll.ts";
import { ConsoleBridge } from "../../moddable/runner/console-bridge.ts";
import { ConsoleClient } from "../../moddable/runner/console-client.ts";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { LineSession } from "../../moddable/runner/line-session.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { SimulatedMeter } from "../runner/simulated-meter.ts";

const INTERVAL_MS = 60_000;
const USER = "home-1";
const PASSWORD = "the broker's password";

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`hosts/desktop, console: skipped: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

whereTheSdkIs("a meter in the simulator, over its console,", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-desktop-console-"));
  const deployment = join(folder, "deployment");
  const heard: string[] = [];
  const logins: (readonly [user: string, password: string])[] = [];
  let broker: Aedes;
  let server: Server;
  let display: Display;
  let meter: SimulatedMeter;
  let bridge: ConsoleBridge;
  let session: LineSession;
  let client: ConsoleClient;
  let publicKey: Uint8Array;
  let plan: MeterPlan;

  const saying = (beginning: string): Promise<string> =>
    session.next((line) => line.startsWith(beginning), beginning, 60_000);
  const about = async (): Promise<unknown> => JSON.parse(await client.about());

  beforeAll(async () => {
    broker = await Aedes.createBroker({
      authenticate: (_client, user, password, done) => {
        logins.push([String(user), String(password)]);
        done(null, true);
      },
    });
    server = createServer(broker.handle);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the broker has no port");
    newDeployment(deployment, {
      keyBits: 2048,
      intervalMs: INTERVAL_MS,
      channels: ["1-0:1.8.0"],
      largestGroup: 2,
      kMin: 1,
      firstUtcMs: Date.now(),
      lastUtcMs: Date.now() + 86_400_000,
      broker: "mqtt://127.0.0.1",
      demonstration: true,
    });
    plan = {
      meter: "home-1",
      role: "home",
      metering: {
        checkpointMs: 1000,
        checkpointPulses: 1,
        poolTarget: 1,
        outboxCapacity: 10,
        boundaryToleranceMs: 1000,
        statusMs: 60_000,
      },
      broker: {
        host: "127.0.0.1",
        port: address.port,
        authorities: undefined,
        user: USER,
        password: new Password(PASSWORD),
      },
      wifi: undefined,
      timeServers: [],
      sensors: [
        { kind: "pulse", obis: "1-0:1.8.0", input: 0, pulsesPerKilowattHour: 1000, minHighMicros: 1, minLowMicros: 1 },
      ],
    };
    const sdk = findSdk();
    display = await openDisplay();
    meter = await SimulatedMeter.prepare({
      sdk,
      app: buildApp(sdk, "debug"),
      display: display.name,
      folder: join(folder, "home-1"),
      // nobody listens there: the configuration names the broker
      machine: { broker: { host: "127.0.0.1", port: 1 }, channels: ["1-0:1.8.0"] },
      onLine: (line) => {
        heard.push(line);
        bridge.say(line);
      },
    });
    bridge = await ConsoleBridge.open(0, (line) => meter.tell(line));
    publicKey = await meter.powerOn();
    session = await LineSession.open(bridge.address);
    client = new ConsoleClient(session);
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
  });

  afterAll(async () => {
    session?.close();
    bridge?.close();
    await meter?.close();
    display?.stop();
    await new Promise<void>((resolve) => (broker === undefined ? resolve() : broker.close(resolve)));
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("tells its key, takes table and configuration, and joins the broker that it is told", async () => {
    expect(await client.identity()).toEqual(publicKey);
    expect(await about()).toMatchObject({ host: "desktop", meter: null, configuration: null });
    const table = new Uint8Array(readFileSync(deploymentFile(deployment, "table")));
    expect(await client.put("table", table)).toBe(true);
    expect(await client.put("configuration", newConfiguration(deployment, plan).bytes)).toBe(true);
    const status = new Promise<Uint8Array>((resolve) => {
      broker.on("publish", ({ topic, payload }) => {
        if (topic === topics.status("home-1")) resolve(new Uint8Array(Buffer.from(payload)));
      });
    });
    const started = saying("started ");
    await client.restart();
    expect(await started).toBe(`started ${toHex(publicKey)}`);
    expect(decodeStatus(await status)).toMatchObject({ state: "online", diagnostics: { boots: 1 } });
    expect(logins).toEqual([[USER, PASSWORD]]);
    expect(await about()).toMatchObject({ meter: "home-1", configuration: 1 });
    expect(heard.filter((line) => line.includes("only counts"))).toEqual([]);
    expect(meter.faults).toEqual([]);
  });

  test("keeps its configuration over a power cut, and takes a later one", async () => {
    await meter.cutPower();
    expect(await meter.powerOn()).toEqual(publicKey);
    expect(await about()).toMatchObject({ meter: "home-1", configuration: 1 });
    const [second, third] = [newConfiguration(deployment, plan), newConfiguration(deployment, plan)];
    expect(await client.put("configuration", third.bytes)).toBe(true);
    await expect(client.put("configuration", second.bytes)).rejects.toThrow("error version_not_higher");
    const started = saying("started ");
    await client.restart();
    await started;
    expect(await about()).toMatchObject({ configuration: 3 });
  });

  test("refuses in the firmware's own words, and goes on", async () => {
    await expect(client.put("configuration", Uint8Array.of(1))).rejects.toThrow("error type_wrong");
    await expect(session.ask("hello", "hello")).rejects.toThrow("error input_invalid line");
    await expect(session.ask(`put table 0 ${"A".repeat(2000)}`, "put")).rejects.toThrow("longer than 600");
    expect(JSON.parse(await session.ask("diagnostics", "diagnostics"))).toMatchObject({ outboxDropped: 0 });
  });

  test("refuses what it cannot do: TLS, and a channel without an input; what it does goes on", async () => {
    const authorities = [Uint8Array.from({ length: 200 }, (_, i) => [0x30, 0x81, 197][i] ?? 0)];
    const secure = newConfiguration(deployment, { ...plan, broker: { ...plan.broker, authorities } });
    await expect(client.put("configuration", secure.bytes)).rejects.toThrow(
      "error config_invalid broker: expected one without TLS",
    );
    const sensors = plan.sensors.map((sensor) => ({ ...sensor, obis: "1-0:2.8.0" }));
    const blind = newConfiguration(deployment, { ...plan, sensors });
    await expect(client.put("configuration", blind.bytes)).rejects.toThrow("error config_invalid sensor of 1-0:2.8.0");
    expect(await about()).toMatchObject({ configuration: 3 });
    expect(await session.ask("diagnostics", "diagnostics")).not.toBe("null");
  });

  test("forgets its configuration and keeps its key, or forgets everything", async () => {
    const kept = saying("identity ");
    await session.ask("forget configuration", "forgotten");
    expect(await kept).toBe(`identity ${toHex(publicKey)}`);
    expect(await about()).toMatchObject({ meter: null, configuration: null });
    const made = saying("identity ");
    await session.ask("forget everything", "forgotten");
    expect(await made).not.toBe(`identity ${toHex(publicKey)}`);
    expect(meter.faults).toEqual([]);
  });
});
