/** Power from pulses: steady flows to the watt, silences, bursts, whatever the moment of looking. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PowerGauge } from "../power-gauge.ts";

const PULSES_PER_KILOWATT_HOUR = 1000;
const LOOK_MS = 500;

/** A gauge that looked twice a second from 0 to `untilMs` at a counter that shows `pulsesAt`. */
function watched(pulsesAt: (ms: number) => number, untilMs: number): PowerGauge {
  const gauge = new PowerGauge();
  for (let ms = 0; ms <= untilMs; ms += LOOK_MS) gauge.look(ms, pulsesAt(ms));
  return gauge;
}

/** Pulses of a steady flow. */
const steady = (watts: number) => (ms: number) => Math.floor((ms * watts * PULSES_PER_KILOWATT_HOUR) / 3.6e9);

describe("a gauge", () => {
  test("says nothing before two pulses have come, whatever the counter shows when it first looks", () => {
    const gauge = watched(() => 41_283, 3000);
    expect(gauge.watts(3000, PULSES_PER_KILOWATT_HOUR)).toBeUndefined();
    gauge.look(3500, 41_284);
    expect(gauge.watts(3500, PULSES_PER_KILOWATT_HOUR)).toBeUndefined();
    gauge.look(7100, 41_285);
    expect(gauge.watts(7100, PULSES_PER_KILOWATT_HOUR)).toBeCloseTo(1000);
  });

  test("shows any steady power within what two looks a second can tell", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 25_000 }), (watts) => {
        const gapMs = 3.6e9 / (watts * PULSES_PER_KILOWATT_HOUR);
        // both ends of what is averaged over are seen up to a look late
        const untilMs = Math.ceil(Math.max(30_000, 4 * gapMs) / LOOK_MS) * LOOK_MS;
        const shown = watched(steady(watts), untilMs).watts(untilMs, PULSES_PER_KILOWATT_HOUR) ?? 0;
        const spanMs = Math.max(10_000 - gapMs - LOOK_MS, gapMs);
        const share = LOOK_MS / spanMs + (gapMs < spanMs ? gapMs / spanMs : 0);
        expect(Math.abs(shown - watts)).toBeLessThanOrEqual(watts * share + 1);
      }),
    );
  });

  test("counts what a pulse is worth", () => {
    const gauge = watched((ms) => ms / LOOK_MS, 10_000);
    expect(gauge.watts(10_000, 1000)).toBeCloseTo(7200);
    expect(gauge.watts(10_000, 1_000_000)).toBeCloseTo(7.2);
  });

  test("falls in a silence as far as the missing pulse says, and to nothing after ten minutes", () => {
    const gauge = watched((ms) => Math.min(ms, 20_000) / 1000, 20_000);
    expect(gauge.watts(20_000, PULSES_PER_KILOWATT_HOUR)).toBeCloseTo(3600, -2);
    expect(gauge.watts(80_000, PULSES_PER_KILOWATT_HOUR)).toBeCloseTo(60);
    expect(gauge.watts(620_000, PULSES_PER_KILOWATT_HOUR)).toBe(0);
  });
});
