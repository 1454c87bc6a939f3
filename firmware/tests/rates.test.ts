/** A sensor that is replaced by one of another rate: the register keeps its energy, and no reading mixes the two. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { energyMilliwattHours } from "../energy.ts";
import { atNewRates } from "../rates.ts";
import { Register } from "../register.ts";
import { decodeSettings, encodeSettings, type MeterSettings } from "../settings.ts";
import { DAY_MS, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { MapStore } from "./doubles.ts";
import { Machine } from "./machine.ts";

const deployment = makeDeployment();
const both = (rate: number) => ({ [OBIS_IMPORT]: rate, [OBIS_EXPORT]: 500 });
const mapOf = (rates: Readonly<Record<string, number>>) => new Map(Object.entries(rates));

describe("totals at other rates", () => {
  const rate = fc.integer({ min: 1, max: 1_000_000 });

  test("have the same energy, less than one new pulse below", () => {
    const pulses = fc.integer({ min: 0, max: 2 ** 33 });
    fc.assert(
      fc.property(pulses, rate, rate, (before, from, to) => {
        fc.pre(from !== to);
        const totals = new Map([[OBIS_IMPORT, before]]);
        const after = atNewRates(totals, new Map([[OBIS_IMPORT, from]]), new Map([[OBIS_IMPORT, to]]))?.get(
          OBIS_IMPORT,
        );
        expect(BigInt(after ?? -1)).toBe((BigInt(before) * BigInt(to)) / BigInt(from));
      }),
    );
  });

  test("are the same ones when no rate of theirs changed", () => {
    const totals = new Map([[OBIS_IMPORT, 7]]);
    const at = (before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>) =>
      atNewRates(totals, mapOf(before), mapOf(now));
    expect(at({ [OBIS_IMPORT]: 1000 }, { [OBIS_IMPORT]: 1000, [OBIS_EXPORT]: 3 })).toBeUndefined();
    expect(at({ [OBIS_IMPORT]: 1000 }, {})).toBeUndefined();
    expect(at({}, { [OBIS_IMPORT]: 1000 })).toBeUndefined();
    expect(at({ [OBIS_EXPORT]: 1 }, { [OBIS_EXPORT]: 2 })).toBeUndefined();
  });
});

describe("a meter with another sensor", () => {
  const settings = (rate: number): Partial<MeterSettings> => ({ pulsesPerKilowattHour: mapOf(both(rate)) });
  const inMilliwattHours = (machine: Machine, rate: number): number =>
    energyMilliwattHours(new Register(machine.store, new Map(), 1).totals().get(OBIS_IMPORT) ?? 0, rate);

  test("reads each channel at its own rate", async () => {
    const machine = new Machine({ deployment, settings: settings(2000) });
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + 1000);
    machine.extra.set(OBIS_IMPORT, 30).set(OBIS_EXPORT, 30);
    await machine.time.runTo(DAY_MS + LENGTH_MS + LENGTH_MS / 8);
    const [message = new Uint8Array(0)] = machine.readings();
    expect(deployment.open(message, meter.publicKey).energies).toEqual([15_000, 60_000]);
  });

  test("goes on from the same energy, and seals no interval that began with the old one", async () => {
    const first = new Machine({ deployment, settings: settings(1000) });
    first.start();
    first.extra.set(OBIS_IMPORT, 123);
    await first.time.runTo(DAY_MS + LENGTH_MS / 2);
    const next = first.after(1000, { deployment, settings: settings(1_000_000) });
    const meter = next.start();
    next.extra.set(OBIS_IMPORT, 400_000);
    await next.time.runTo(DAY_MS + 2 * LENGTH_MS + LENGTH_MS / 8);
    const opened = next.readings().map((message) => deployment.open(message, meter.publicKey));
    expect(opened).toEqual([{ interval: FIRST + 1, energies: [0, 0] }]);
    meter.stop();
    expect(inMilliwattHours(next, 1_000_000)).toBe(123_000 + 400_000);
  });

  test("of the same rate goes on within the interval", async () => {
    const first = new Machine({ deployment, settings: { pulsesPerKilowattHour: 500 } });
    first.start();
    await first.time.runTo(DAY_MS + LENGTH_MS / 2);
    const next = first.after(1000, { deployment, settings: settings(500) });
    const meter = next.start();
    next.extra.set(OBIS_IMPORT, 5);
    await next.time.runTo(DAY_MS + LENGTH_MS + LENGTH_MS / 8);
    const [message = new Uint8Array(0)] = next.readings();
    expect(deployment.open(message, meter.publicKey)).toEqual({ interval: FIRST, energies: [10_000, 0] });
  });

  test("that is taken away and put back at another rate is remembered by its rate", () => {
    const store = new MapStore();
    const counter = (pulses: number) => new Map([[OBIS_IMPORT, { read: () => pulses }]]);
    new Register(store, counter(50), 1, mapOf({ [OBIS_IMPORT]: 100 })).observe();
    new Register(store, new Map(), 1, new Map()).checkpoint();
    const register = new Register(store, counter(0), 1, mapOf({ [OBIS_IMPORT]: 1000 }));
    expect(register.totals().get(OBIS_IMPORT)).toBe(500);
  });
});

test("settings carry one rate, or a rate for each channel, each within its range", () => {
  const { settings } = new Machine({ deployment });
  for (const pulsesPerKilowattHour of [1, 1_000_000, mapOf(both(800))]) {
    const again = decodeSettings(encodeSettings({ ...settings, pulsesPerKilowattHour }));
    expect(again.pulsesPerKilowattHour).toEqual(pulsesPerKilowattHour);
  }
  for (const [rates, code] of [
    [mapOf(both(0)), /value_out_of_range/],
    [mapOf(both(1_000_001)), /value_out_of_range/],
    [mapOf({ energy: 1 }), /field_wrong/],
  ] as const) {
    expect(() => decodeSettings(encodeSettings({ ...settings, pulsesPerKilowattHour: rates }))).toThrow(code);
  }
});
