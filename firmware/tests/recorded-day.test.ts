/** A day of real appliances as the waveform of its current: the clamp's energy is the data's, to what converter and windows can make of it. */
import { expect, test } from "@jest/globals";
import type { ClampConstants } from "../clamp-constants.ts";
import { CurrentClamp } from "../current-clamp.ts";
import { type SampleWindow, WINDOW_MICROS } from "../host.ts";
import { RECORDED_PULSE_MILLIWATT_HOURS, recordedPulses } from "./recorded-pulses.ts";
import { countsOf, WindowList, windowOf } from "./waveforms.ts";

const CYCLE_MICROS = 20_000;
const CYCLES = WINDOW_MICROS / CYCLE_MICROS;
const DAY_CYCLES = 86_400_000_000 / CYCLE_MICROS;
const SAMPLES_PER_SECOND = 4000;
/** A clamp of 15 A a volt on a converter of 3.1 V. */
const CLAMP: ClampConstants = {
  microAmperesPerCount: 11_355,
  nominalMilliVolts: 230_000,
  noiseFloorMilliAmperes: 0,
  powerFactorPerMille: 1000,
};
const VOLTS = CLAMP.nominalMilliVolts / 1000;
const AMPERES_PER_COUNT = CLAMP.microAmperesPerCount / 1e6;
const WATT_SECONDS_PER_PULSE = 3.6 * RECORDED_PULSE_MILLIWATT_HOURS;
const WINDOW_SECONDS = WINDOW_MICROS / 1e6;

/** RMS current from each pulse to the next, which brings one pulse's energy; each begins with a cycle of the mains. */
function currents(pulses: readonly number[]): readonly { readonly cycles: number; readonly amperes: number }[] {
  let last = 0;
  return pulses.map((ms) => {
    const at = Math.round((1000 * ms) / CYCLE_MICROS);
    const cycles = at - last;
    last = at;
    return { cycles, amperes: WATT_SECONDS_PER_PULSE / (cycles * CYCLE_MICROS * 1e-6) / VOLTS };
  });
}

/** One cycle of the current through the converter, its samples about a bias that is no whole count. */
function cycleOf(amperes: number): SampleWindow {
  const amplitude = (amperes * Math.SQRT2) / AMPERES_PER_COUNT;
  const wave = (seconds: number): number => 2040.7 + amplitude * Math.sin(2 * Math.PI * 50 * seconds + 0.3);
  return windowOf(countsOf(wave, SAMPLES_PER_SECOND, (SAMPLES_PER_SECOND * CYCLE_MICROS) / 1e6), CYCLE_MICROS);
}

/** The window of so many cycles one after the other. */
function joined(cycles: readonly SampleWindow[]): SampleWindow {
  const sum = (of: (cycle: SampleWindow) => number): number => cycles.reduce((total, cycle) => total + of(cycle), 0);
  return {
    samples: sum((one) => one.samples),
    sum: sum((one) => one.sum),
    sumOfSquares: sum((one) => one.sumOfSquares),
    minimum: Math.min(...cycles.map((one) => one.minimum)),
    maximum: Math.max(...cycles.map((one) => one.maximum)),
    clipped: sum((one) => one.clipped),
    durationMicros: sum((one) => one.durationMicros),
    gapMicros: 0,
  };
}

test("a day of three homes through sine, converter and windows has their energy, to the bound of rounding and of steps within a window", () => {
  const homes = recordedPulses();
  if (homes === undefined) return;
  expect(homes.size).toBe(3);
  for (const pulses of homes.values()) {
    const list = new WindowList();
    const clamp = new CurrentClamp(list, CLAMP);
    const started: SampleWindow[] = [];
    const push = (window: SampleWindow): void => {
      list.push(window);
      clamp.read();
    };
    const run = (amperes: number, length: number): void => {
      const cycle = cycleOf(amperes);
      const whole = joined(new Array<SampleWindow>(CYCLES).fill(cycle));
      for (let left = length; left > 0; ) {
        if (started.length === 0 && left >= CYCLES) {
          push(whole);
          left -= CYCLES;
          continue;
        }
        started.push(cycle);
        left--;
        if (started.length === CYCLES) push(joined(started.splice(0)));
      }
    };
    let [cyclesRun, steps, before] = [0, 0, 0];
    for (const { cycles, amperes } of currents(pulses)) {
      run(amperes, cycles);
      cyclesRun += cycles;
      steps += Math.abs(amperes - before);
      before = amperes;
    }
    run(0, DAY_CYCLES - cyclesRun);
    steps += before;

    // half a count of RMS in every window; a step of D ampere within one makes its RMS exceed the mean current by at most D/4;
    // half a microwatt of rounding; one mWh not yet whole
    const quantisation = 0.5 * AMPERES_PER_COUNT * VOLTS * 86_400;
    const stepping = (steps / 4) * VOLTS * WINDOW_SECONDS;
    const bound = (quantisation + stepping + 0.5e-6 * 86_400) / 3.6 + 1;
    const exact = pulses.length * RECORDED_PULSE_MILLIWATT_HOURS;
    expect(clamp.coveredMicros).toBe(86_400_000_000);
    expect(clamp.takeTrouble()).toEqual({ clipped: 0, gaps: 0 });
    expect(Math.abs(clamp.read() - exact)).toBeLessThanOrEqual(bound);
    expect(bound / exact).toBeLessThan(0.01);
  }
});
