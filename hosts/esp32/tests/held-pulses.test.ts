/** Over any soft reset the register counts every pulse that the chip counted, once; over a loss of power it counts on from its last checkpoint. */
import { describe, expect, test } from "@jest/globals";
import type { Store } from "../../../firmware/host.ts";
import { Register } from "../../../firmware/register.ts";
import { HeldNote } from "../held-note.ts";
import { HeldPulses, type PulseChannel, type PulseHardware } from "../held-pulses.ts";

const CHANNELS: readonly PulseChannel[] = [
  { obis: "1-0:1.8.0", input: 0 },
  { obis: "1-0:2.8.0", input: 1 },
];
const CHECKPOINT_PULSES = 5;

class Reset extends Error {}

/** Chip and flash: what a reset leaves, and what a loss of power does. Each step of a write may be the last before a reset. */
class Chip {
  readonly flash = new Map<string, Uint8Array>();
  #note: Uint8Array | undefined;
  /** Counts in memory that a reset leaves alone; none when power was off. */
  #kept: number[] | undefined;
  #counts: number[] = [];
  steps = 0;
  resetAt = Number.POSITIVE_INFINITY;

  readonly memory = {
    read: () => this.#note,
    write: (note: Uint8Array) => {
      this.#step();
      this.#note = note;
      this.#step();
    },
  };
  readonly hardware: PulseHardware = {
    begin: (...least) => {
      const kept = this.#kept !== undefined && least.length > 0;
      this.#counts = CHANNELS.map((_, at) => (kept ? Math.max(this.#kept?.[at] ?? 0, least[at] ?? 0) : 0));
      return kept;
    },
    read: (index) => this.#counts[index] ?? 0,
  };
  readonly store: Store = {
    get: (key) => this.flash.get(key),
    set: (key, value) => {
      this.#step();
      this.flash.set(key, value);
      this.#step();
    },
    delete: (key) => void this.flash.delete(key),
    keys: (prefix) => [...this.flash.keys()].filter((key) => key.startsWith(prefix)),
  };

  /** @param kept whether the system's timer has come by since */
  pulse(at: number, kept = true): void {
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    if (kept) this.#kept = [...this.#counts];
  }

  losePower(): void {
    this.#note = undefined;
    this.#kept = undefined;
  }

  #step(): void {
    this.steps++;
    if (this.steps === this.resetAt) throw new Reset();
  }
}

function boot(chip: Chip, channels = CHANNELS) {
  const pulses = new HeldPulses(new HeldNote(chip.memory), chip.hardware, chip.store, channels);
  const register = new Register(pulses.noting(chip.store), pulses.counters, CHECKPOINT_PULSES);
  return { pulses, register };
}

/** Pulses on both inputs, looks of the meter between them, and boots wherever a reset comes; returns what was pulsed and counted. */
function live(resetAts: readonly number[], pulses: number) {
  const chip = new Chip();
  const pulsed = [0, 0];
  const resets = [...resetAts];
  chip.resetAt = resets.shift() ?? Number.POSITIVE_INFINITY;
  let running: ReturnType<typeof boot> | undefined;
  for (let turn = 0; turn < pulses; ) {
    try {
      running ??= boot(chip);
      while (turn < pulses) {
        const at = turn % 3 === 0 ? 1 : 0;
        turn++;
        chip.pulse(at);
        pulsed[at] = (pulsed[at] ?? 0) + 1;
        if (turn % 2 === 0) running.register.observe();
        if (turn % 7 === 0) running.register.checkpoint();
      }
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      running = undefined;
      chip.resetAt = resets.shift() ?? Number.POSITIVE_INFINITY;
    }
  }
  chip.resetAt = Number.POSITIVE_INFINITY;
  running ??= boot(chip);
  running.register.observe();
  return { steps: chip.steps, pulsed, counted: CHANNELS.map(({ obis }) => running.register.totals().get(obis)) };
}

describe("pulse counters over a soft reset", () => {
  const whole = live([], 40);

  test("count every pulse once, whichever step of a write the reset comes in", () => {
    expect(whole.steps).toBeGreaterThan(50);
    for (let at = 1; at <= whole.steps; at++) {
      const { pulsed, counted } = live([at], 40);
      expect({ at, counted }).toEqual({ at, counted: pulsed });
    }
  });

  test("and a second time, wherever the next reset comes", () => {
    for (let first = 1; first <= whole.steps; first += 3) {
      for (let second = 1; second < 30; second++) {
        const { pulsed, counted } = live([first, first + second], 40);
        expect({ first, second, counted }).toEqual({ first, second, counted: pulsed });
      }
    }
  });

  test("never count a pulse that the register took up, though the system's timer had not kept it yet", () => {
    const chip = new Chip();
    const { register } = boot(chip);
    for (let pulse = 0; pulse < 4; pulse++) chip.pulse(0, false);
    register.observe();
    register.checkpoint();
    const again = boot(chip).register;
    chip.pulse(0);
    again.observe();
    expect(again.totals().get("1-0:1.8.0")).toBe(5);
  });

  test("begin at 0 when power was off: the register goes on from its last checkpoint", () => {
    const chip = new Chip();
    const { register } = boot(chip);
    for (let pulse = 0; pulse < 13; pulse++) chip.pulse(0);
    register.observe();
    chip.pulse(0);
    chip.losePower();
    const again = boot(chip);
    expect(again.pulses.peek("1-0:1.8.0")).toBe(0);
    chip.pulse(0);
    again.register.observe();
    expect(again.register.totals().get("1-0:1.8.0")).toBe(14);
  });

  test("begin at 0 when the channels' inputs are others than before", () => {
    const chip = new Chip();
    const { register } = boot(chip);
    chip.pulse(0);
    register.observe();
    chip.pulse(0);
    const swapped = CHANNELS.map(({ obis, input }) => ({ obis, input: 1 - input }));
    const again = boot(chip, swapped);
    again.register.observe();
    expect([...again.register.totals().values()]).toEqual([0, 0]);
  });

  test("take a note of another shape for none", () => {
    const chip = new Chip();
    boot(chip);
    chip.pulse(0);
    chip.memory.write(Uint8Array.of(0x81, 1));
    expect(boot(chip).pulses.peek("1-0:1.8.0")).toBe(0);
  });

  test("tell when the register has been restored and has read them all, not before", () => {
    const chip = new Chip();
    let counted = 0;
    const pulses = new HeldPulses(new HeldNote(chip.memory), chip.hardware, chip.store, CHANNELS, () => counted++);
    for (const counter of pulses.counters.values()) counter.read();
    expect(counted).toBe(0);
    const register = new Register(pulses.noting(chip.store), pulses.counters, CHECKPOINT_PULSES);
    expect(counted).toBe(0);
    register.observe();
    expect(counted).toBe(1);
    const none = new HeldPulses(new HeldNote(chip.memory), chip.hardware, chip.store, [], () => counted++);
    new Register(none.noting(chip.store), none.counters, CHECKPOINT_PULSES);
    expect(counted).toBe(2);
  });

  test("a peek does not move what the register has seen", () => {
    const chip = new Chip();
    const { pulses, register } = boot(chip);
    chip.pulse(0);
    expect(pulses.peek("1-0:1.8.0")).toBe(1);
    register.mark(register.bookmark);
    const again = boot(chip).register;
    again.observe();
    expect(again.totals().get("1-0:1.8.0")).toBe(1);
    expect(pulses.peek("1-0:9.9.9")).toBeUndefined();
  });
});
