/** Meters with current clamps: exact readings, and intervals whose samples were missing or clipped. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import type { ClampConstants } from "../clamp-constants.ts";
import type { Sampler } from "../host.ts";
import { decodeSettings, encodeSettings } from "../settings.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { Machine, type MachineParts } from "./machine.ts";
import { SquareWaveSampler } from "./waveforms.ts";

const CONSTANTS: ClampConstants = {
  microAmperesPerCount: 10_000,
  nominalMilliVolts: 230_000,
  noiseFloorMilliAmperes: 0,
  powerFactorPerMille: 1000,
};
/** 1,000 counts: 10 A, 2,300 W. */
const WHOLE = (2300 * LENGTH_MS) / 3600;
const end = (intervals: number): number => DAY_MS + intervals * LENGTH_MS;

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

/** A machine with a clamp on import, and pulses on export. */
function machineWith(amplitude: (ms: number) => number | undefined, parts: Partial<MachineParts> = {}): Machine {
  // the machine makes its time, and the sampler follows it
  let now = (): number => parts.startMs ?? DAY_MS;
  const samplers = new Map<string, Sampler>([[OBIS_IMPORT, new SquareWaveSampler(() => now(), amplitude)]]);
  const machine = new Machine({
    deployment,
    samplers,
    settings: { clamps: new Map([[OBIS_IMPORT, CONSTANTS]]) },
    pulses: (obis, trueMs) => (obis === OBIS_EXPORT ? Math.floor((trueMs - DAY_MS) / 60_000) : 0),
    ...parts,
  });
  now = () => machine.time.nowMs;
  return machine;
}

const energies = (machine: Machine, publicKey: Uint8Array) =>
  machine.readings().map((message) => {
    const { interval, energies: sums } = deployment.open(message, publicKey);
    return [interval - FIRST, ...sums];
  });

describe("a meter with a clamp on one channel and pulses on the other", () => {
  test("seals what both measured, exactly, each by its own constant", async () => {
    const machine = machineWith(() => 1000);
    const meter = machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(energies(machine, meter.publicKey)).toEqual([
      [0, WHOLE, 15_000],
      [1, WHOLE, 15_000],
    ]);
    expect(machine.rejections()).toEqual([]);
    expect(meter.clamp(OBIS_IMPORT)?.last?.powerMilliwatts).toBe(2_300_000);
    expect(meter.clamp(OBIS_EXPORT)).toBeUndefined();
  });

  test("makes nothing up for a gap within the tolerance: the reading lacks it, and an event says so, once an interval", async () => {
    const lost = (ms: number): boolean => ms % LENGTH_MS >= 60_000 && ms % LENGTH_MS < 60_400;
    const gaps = (ms: number): boolean => ms < end(1) && (lost(ms) || lost(ms - 120_000));
    const machine = machineWith((ms) => (gaps(ms) ? undefined : 1000));
    const meter = machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(energies(machine, meter.publicKey)).toEqual([
      [0, WHOLE - Math.ceil((2300 * 800) / 3600), 15_000],
      // the remainder of a mWh that the gap left goes on
      [1, WHOLE, 15_000],
    ]);
    expect(machine.rejections()).toEqual([`sensor_gap ${FIRST}`]);
  });

  test("has no reading for an interval that lacks more than a boundary may be late, in one hole or in several, and an exact one for the next", async () => {
    const hole = (ms: number): boolean => ms % 60_000 < 400 && ms % LENGTH_MS < 14 * 60_000;
    const machine = machineWith((ms) => (ms < end(1) && hole(ms) ? undefined : 1000));
    const meter = machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(energies(machine, meter.publicKey)).toEqual([[1, WHOLE, 15_000]]);
    expect(machine.rejections()).toEqual([`sensor_gap ${FIRST}`, `sensor_silent ${FIRST}`]);
    expect(meter.diagnostics().rejectedReadings).toBe(1);
  });

  test("has none while the sampler is silent, and counts a hole over a boundary in both intervals by its parts", async () => {
    const silent = (ms: number): boolean => ms >= end(1) - 8000 && ms < end(1) + 2000;
    const machine = machineWith((ms) => (silent(ms) ? undefined : 1000));
    const meter = machine.start();
    await machine.time.runTo(end(3) + LENGTH_MS / 8);
    expect(energies(machine, meter.publicKey).map(([interval]) => interval)).toEqual([1, 2]);
    expect(machine.rejections()).toEqual([`sensor_gap ${FIRST}`, `sensor_silent ${FIRST}`, `sensor_gap ${FIRST + 1}`]);
  });

  test("does not set time that was sampled before it started off against a hole of the interval that it comes back to", async () => {
    const first = machineWith(() => 1000);
    first.start();
    await first.time.runTo(end(1) + 120_000);
    first.time.forget();
    const hole = (ms: number): boolean => ms >= end(1) + 300_000 && ms < end(1) + 310_000;
    const amplitude = (ms: number) => (hole(ms) ? undefined : 1000);
    const next = machineWith(amplitude, { store: first.store, startMs: end(1) + 150_000, entropyName: "next" });
    await next.time.runTo(end(1) + 180_000);
    next.start();
    await next.time.runTo(end(2) + LENGTH_MS / 8);
    expect(next.rejections()).toContain(`sensor_silent ${FIRST + 1}`);
  });

  test("never seals while there are no samples at all", async () => {
    const machine = machineWith(() => undefined);
    machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.readings()).toEqual([]);
    expect(machine.rejections().filter((one) => one.startsWith("sensor_silent"))).toEqual([
      `sensor_silent ${FIRST}`,
      `sensor_silent ${FIRST + 1}`,
    ]);
  });

  test("reads on when a current is above its clamp's range, and says so once an interval", async () => {
    const machine = machineWith((ms) => (ms < end(1) ? 3000 : 1000));
    const meter = machine.start();
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([`sensor_clipped ${FIRST}`]);
    const [first = [], second] = energies(machine, meter.publicKey);
    // the wave is cut at both ends, 2,047.5 counts from the middle
    expect(first[1]).toBe(Math.floor((WHOLE * 20_475) / 10_000));
    expect(second).toEqual([1, WHOLE, 15_000]);
  });

  test("keeps its register over a power cut, and time without power is no gap", async () => {
    const first = machineWith(() => 1000);
    first.start();
    await first.time.runTo(end(1) + 120_000);
    first.time.forget();
    const next = machineWith(() => 1000, {
      store: first.store,
      startMs: end(1) + 180_000,
      entropyName: "next",
    });
    const meter = next.start();
    await next.time.runTo(end(2) + LENGTH_MS / 8);
    // two minutes before the cut and twelve after it; what did not make a mWh at the cut is lost
    const second = energies(next, meter.publicKey).find(([interval]) => interval === 1);
    expect(second?.[1]).toBe(Math.floor((2300 * 120_000) / 3600) + (2300 * 720_000) / 3600);
    expect(next.rejections()).toEqual([]);
  });

  test("is refused when its clamp has no sampler", () => {
    const machine = new Machine({ deployment, settings: { clamps: new Map([[OBIS_IMPORT, CONSTANTS]]) } });
    expect(() => machine.start()).toThrow(/config_invalid/);
  });
});

describe("constants of a clamp", () => {
  const settings = (constants: Partial<ClampConstants>) => ({
    ...new Machine({ deployment }).settings,
    clamps: new Map([
      [OBIS_EXPORT, CONSTANTS],
      [OBIS_IMPORT, { ...CONSTANTS, ...constants }],
    ]),
  });

  test("come through the bytes of the settings", () => {
    const { clamps } = decodeSettings(
      encodeSettings(settings({ noiseFloorMilliAmperes: 45, powerFactorPerMille: 950 })),
    );
    expect(clamps).toEqual(settings({ noiseFloorMilliAmperes: 45, powerFactorPerMille: 950 }).clamps);
  });

  test.each([
    { microAmperesPerCount: 0 },
    { microAmperesPerCount: 10_000_001 },
    { nominalMilliVolts: 999 },
    { nominalMilliVolts: 1_000_001 },
    { noiseFloorMilliAmperes: 100_001 },
    { powerFactorPerMille: 0 },
    { powerFactorPerMille: 1001 },
  ])("out of range are refused: %p", (wrong) => {
    expect(() => decodeSettings(encodeSettings(settings(wrong)))).toThrow(/value_out_of_range/);
  });
});
