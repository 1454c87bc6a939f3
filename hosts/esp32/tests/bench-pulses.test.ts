/** Pulses of the bench: levels as the RMT unit sends them, and a train by hand. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HandTrain } from "../../tests/bench/hand-train.ts";
import { type HeldLevel, symbolParts } from "./bench/board/level-symbols.ts";

/** What the RMT unit puts on the wire, levels of the same height joined. */
function played(parts: readonly Uint32Array[]): readonly HeldLevel[] {
  const levels: HeldLevel[] = [];
  for (const half of parts.flatMap((part) => [...part].flatMap((symbol) => [symbol % 2 ** 16, symbol >>> 16]))) {
    const level = half >> 15 === 1 ? 1 : 0;
    const last = levels.at(-1);
    const micros = half % 2 ** 15;
    if (last?.level === level) levels[levels.length - 1] = { level, micros: last.micros + micros };
    else levels.push({ level, micros });
  }
  return levels;
}

describe("levels as symbols", () => {
  const level = fc.record({
    level: fc.constantFrom(0 as const, 1 as const),
    micros: fc.integer({ min: 1, max: 200_000 }),
  });

  test("every pulse is as long as it was to be, however long, and no pause is shorter", () => {
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 800 }), (some) => {
        const alternating = some.map((one, i): HeldLevel => ({ ...one, level: i % 2 === 0 ? 1 : 0 }));
        const heard = played(symbolParts(alternating));
        const highs = (levels: readonly HeldLevel[]) => levels.filter((one) => one.level === 1);
        expect(highs(heard)).toEqual(highs(alternating));
        heard.forEach((one, i) => {
          expect(one.micros).toBeGreaterThanOrEqual(alternating[i]?.micros ?? 0);
        });
      }),
    );
  });

  test("no half of a symbol has no length, which would end the train, and parts fit the unit's buffer", () => {
    const levels = Array.from({ length: 5_000 }, (_, i): HeldLevel => ({ level: i % 2 === 0 ? 1 : 0, micros: 40_001 }));
    const parts = symbolParts(levels);
    const halves = parts.flatMap((part) =>
      [...part].flatMap((symbol) => [symbol % 2 ** 15, (symbol >>> 16) % 2 ** 15]),
    );
    expect(halves.filter((micros) => micros === 0)).toEqual([]);
    expect(parts.filter((part) => part.byteLength > 8_192)).toEqual([]);
  });
});

describe("a train by hand", () => {
  const counted = async (pulses: number, loseEvery?: number): Promise<number> => {
    let count = 0;
    const hands = {
      has: (obis: string) => obis === "1-0:1.8.0",
      add: (_obis: string, some: number) => {
        count += some;
      },
    };
    const train = new HandTrain(hands, (_delayMs, task) => void Promise.resolve().then(task), loseEvery);
    await new Promise<void>((resolve) => train.start("1-0:1.8.0", pulses, 20_000, resolve));
    return count;
  };

  test("has as many pulses as were asked for; with its fault, fewer by each so many-th", async () => {
    for (const pulses of [1, 2, 59, 60, 1_000]) expect(await counted(pulses)).toBe(pulses);
    expect(await counted(60, 50)).toBe(59);
  });

  test("is refused on a channel without a hand, and while another runs", () => {
    const train = new HandTrain({ has: (obis) => obis === "a", add: () => {} }, () => {});
    expect(() => train.start("b", 1, 20_000, () => {})).toThrow(/input_invalid/);
    train.start("a", 1, 20_000, () => {});
    expect(() => train.start("a", 1, 20_000, () => {})).toThrow(/input_invalid/);
  });
});
