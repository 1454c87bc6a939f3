/** The simulation's generator: known answers, streams, bounds. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stream, xoshiro128StarStar } from "../random.ts";

// First outputs of the authors' reference implementation (version 1.1) from the state 1, 2, 3, 4.
const REFERENCE = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];

function draws(count: number, ...name: readonly (string | number)[]): number[] {
  const random = stream("seed", ...name);
  return Array.from({ length: count }, () => random.uint32());
}

describe("the generator", () => {
  test("gives the reference implementation's numbers", () => {
    const random = xoshiro128StarStar(1, 2, 3, 4);
    expect(REFERENCE.map(() => random.uint32())).toEqual(REFERENCE);
  });

  test("stays within the bounds asked for, and reaches both ends of whole numbers", () => {
    const property = fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(20), (seed, low, size) => {
      const random = stream(seed);
      const drawn = Array.from({ length: 40 * (size + 1) }, () => random.integer(low, low + size));
      expect(Math.min(...drawn)).toBe(low);
      expect(Math.max(...drawn)).toBe(low + size);
      const between = random.between(low, low + 1);
      expect(between).toBeGreaterThanOrEqual(low);
      expect(between).toBeLessThan(low + 1);
    });
    fc.assert(property, { seed: 1, numRuns: 50 });
  });

  test("shuffles without loss", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat()), (seed, items) => {
        const shuffled = stream(seed).shuffled(items);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });

  test("hits a probability about as often as it says", () => {
    const random = stream("seed", "chance");
    const hits = Array.from({ length: 10_000 }, () => random.chance(0.3)).filter(Boolean).length;
    expect(hits).toBeGreaterThan(2800);
    expect(hits).toBeLessThan(3200);
  });
});

describe("streams", () => {
  test("of one name are equal, of different names different", () => {
    expect(draws(8, "meter", 1)).toEqual(draws(8, "meter", 1));
    const names = [["meter", 1], ["meter", "1"], ["meter1"], ["meter", 1, ""], []] as const;
    const firsts = new Set(names.map((name) => draws(2, ...name).join()));
    expect(firsts.size).toBe(names.length);
  });

  test("of different seeds are different", () => {
    expect(stream("1", "a").uint32()).not.toBe(stream("2", "a").uint32());
  });

  test("do not disturb each other", () => {
    const one = stream("seed", "one");
    const interleaved = Array.from({ length: 8 }, () => {
      stream("seed", "two").uint32();
      return one.uint32();
    });
    expect(interleaved).toEqual(draws(8, "one"));
  });
});
