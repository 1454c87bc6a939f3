/** A replayed waveform in the Moddable simulator: its windows come from the C reduction, and its energy is what the wave has. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ClampConstants } from "../../../firmware/clamp-constants.ts";
import type { MeterSettings } from "../../../firmware/settings.ts";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { SimulatedMeter } from "../runner/simulated-meter.ts";

const IMPORT = "1-0:1.8.0";
const SPEED = 60;
/** A minute of the meter's time. */
const ENOUGH_MICROS = 60_000_000;
const CONSTANTS: ClampConstants = {
  microAmperesPerCount: 10_000,
  nominalMilliVolts: 230_000,
  noiseFloorMilliAmperes: 0,
  powerFactorPerMille: 1000,
};
/** Odd, as the middle is, so that the sums need every bit. */
const SIZE = 1001;
const MILLIWATTS = SIZE * 2300;

/** A meter without files of its deployment only counts, which is all that is asked of it here. */
const SETTINGS: MeterSettings = {
  meter: "clamp-1",
  role: "home",
  rootKey: new Uint8Array(32),
  keyFile: new Uint8Array(0),
  roll: new Uint8Array(0),
  leastKeyBits: 2048,
  pulsesPerKilowattHour: 1000,
  checkpointMs: 10_000,
  checkpointPulses: 1_000_000,
  poolTarget: 1,
  outboxCapacity: 1,
  boundaryToleranceMs: 1000,
  statusMs: 60_000,
  clamps: new Map([[IMPORT, CONSTANTS]]),
};

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`hosts/desktop: skipped: ${missing}\n`);

/** The numbers of a clamp's answer. */
function numbersOf(answer: unknown): Readonly<Record<string, number>> {
  if (typeof answer !== "object" || answer === null) throw new Error("the meter has no clamp");
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, Number(value)]));
}

(missing === undefined ? describe : describe.skip)("a waveform in the simulator", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-waveform-"));
  let display: Display;
  let meter: SimulatedMeter;

  beforeAll(async () => {
    // a square wave of 50 Hz; a block of the replay ends within its cycles
    const counts = Uint16Array.from({ length: 20_000 }, (_, i) => 2047 + (i % 80 < 40 ? SIZE : -SIZE));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "square"), counts);
    const sdk = findSdk();
    display = await openDisplay();
    meter = await SimulatedMeter.prepare({
      sdk,
      app: buildApp(sdk, "debug"),
      display: display.name,
      folder,
      machine: {
        broker: { host: "127.0.0.1", port: 9 },
        channels: [],
        waveform: { [IMPORT]: { file: "square", samplesPerSecond: 4000 } },
        speed: SPEED,
      },
    });
    await meter.powerOn();
    meter.provision(SETTINGS, undefined);
    await meter.start();
  });

  afterAll(async () => {
    await meter?.close();
    display?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is counted as the energy of its RMS over exactly the time of its windows, which leave no gap", async () => {
    let last = numbersOf(await meter.clamp(IMPORT));
    while (!((last["coveredMicros"] ?? 0) >= ENOUGH_MICROS)) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      last = numbersOf(await meter.clamp(IMPORT));
    }
    const covered = last["coveredMicros"] ?? 0;
    expect(covered % 200_000).toBe(0);
    expect(last).toMatchObject({
      countsRms: SIZE,
      clipped: 0,
      currentMilliAmperes: 10 * SIZE,
      powerMilliwatts: MILLIWATTS,
    });
    expect(last["milliwattHours"]).toBe(Math.floor((covered * MILLIWATTS) / 3_600_000_000));
    expect(await meter.clamp("1-0:2.8.0")).toBeNull();
    expect(meter.faults).toEqual([]);
  });
});
