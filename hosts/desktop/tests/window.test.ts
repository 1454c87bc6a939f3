/** The app with its window in the Moddable simulator: it starts, and its buttons do what they say. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { type AedesBroker, aedesBroker } from "../../tests/aedes-broker.ts";
import { SimulatedMeter, WINDOW } from "../runner/simulated-meter.ts";
import { BUTTONS } from "../window/palette.ts";
import { Screen, whyNoHands } from "./screen.ts";

const IMPORT = "1-0:1.8.0";
const LOOK_MS = 200;
const SIMULATE = fileURLToPath(new URL("../runner/simulate.js", import.meta.url));

const noSdk = whyNoSdk();
const noHands = whyNoHands();
const missing = noSdk ?? (process.env["CI"] === "true" ? undefined : noHands);
if (missing !== undefined) process.stderr.write(`hosts/desktop window: skipped: ${missing}\n`);

(missing === undefined ? describe : describe.skip)("the window of a meter in the simulator", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-window-"));
  let display: Display;
  let screen: Screen;
  let meter: SimulatedMeter;
  let broker: AedesBroker;
  let counted = 0;

  beforeAll(async () => {
    if (noHands !== undefined) throw new Error(noHands);
    const sdk = findSdk();
    broker = await aedesBroker([]);
    // a display of its own, so that nobody's mouse moves
    display = await openDisplay({});
    screen = new Screen(display.name);
    meter = await SimulatedMeter.prepare({
      sdk,
      app: buildApp(sdk, "debug", WINDOW),
      display: display.name,
      folder: join(folder, "home-1"),
      machine: { broker: { host: "127.0.0.1", port: broker.port }, channels: [IMPORT] },
      onLine: (line) => {
        if (line.startsWith(`pulses ${IMPORT} `)) counted = Number(line.split(" ")[2]);
      },
    });
    // a key file that is none: such a meter only counts, which is all that is needed here
    const nothing = Uint8Array.of(0);
    await meter.powerOn();
    meter.provision(
      {
        meter: "home-1",
        role: "home",
        rootKey: new Uint8Array(32),
        keyFile: nothing,
        roll: nothing,
        leastKeyBits: 2048,
        pulsesPerKilowattHour: 1000,
        checkpointMs: 1000,
        checkpointPulses: 1,
        poolTarget: 2,
        outboxCapacity: 10,
        boundaryToleranceMs: 1000,
        statusMs: 60_000,
      },
      undefined,
    );
    const up = meter.link("up");
    await meter.start();
    await up;
  });

  afterAll(async () => {
    await meter?.close();
    display?.stop();
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("its pulse button adds one pulse for each press", async () => {
    const until = async (pulses: number): Promise<void> => {
      while (counted < pulses) {
        await setTimeout(LOOK_MS);
        await meter.pulse(IMPORT, 0);
      }
    };
    for (const press of [1, 2]) {
      await screen.click(BUTTONS.pulse.rest);
      await until(press);
      expect(counted).toBe(press);
    }
    expect(meter.faults).toEqual([]);
  });

  test("asked for its live memory, the engine collects its garbage, answers and goes on", async () => {
    const { chunkBytes, slotBytes, chunkHeapBytes } = await meter.liveMemory();
    expect(chunkBytes).toBeGreaterThan(0);
    expect(chunkBytes).toBeLessThan(chunkHeapBytes);
    const again = await meter.liveMemory();
    // a few slots may have come to be used meanwhile, never what is garbage
    expect(Math.abs(again.slotBytes - slotBytes)).toBeLessThan(slotBytes / 20);
    await meter.pulse(IMPORT, 0);
    expect(counted).toBe(2);
    expect(meter.faults).toEqual([]);
  });

  test("its network button breaks the link, and joins it again", async () => {
    const down = meter.link("down");
    await screen.click(BUTTONS.cable.rest);
    await down;
    const up = meter.link("up");
    await screen.click(BUTTONS.cable.rest);
    await up;
    expect(meter.faults).toEqual([]);
  });

  test("its power button ends the process at once, and power gives back the register that it had", async () => {
    expect(await meter.totals()).toEqual(new Map([[IMPORT, 2]]));
    await screen.click(BUTTONS.power.rest);
    expect(await meter.untilGone()).toBe("power cut");
    await meter.powerOn();
    expect(await meter.diagnostics()).toMatchObject({ boots: 2 });
    expect(await meter.totals()).toEqual(new Map([[IMPORT, 2]]));
  });

  test("under npm run sim:desktop the power is back after a cut, on the same folder", async () => {
    await meter.cutPower();
    const runner = spawn(process.execPath, [SIMULATE, join(folder, "home-1")], {
      env: { ...process.env, DISPLAY: display.name },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: runner.stdout })[Symbol.asyncIterator]();
    const started = async (): Promise<string> => {
      for (;;) {
        const { done, value } = await lines.next();
        if (done) throw new Error("the runner ended");
        if (value.startsWith("started ")) return value;
      }
    };
    const key = await started();
    await screen.click(BUTTONS.power.rest);
    expect(await started()).toBe(key);
    runner.kill("SIGTERM");
    await once(runner, "exit");
  });
});
