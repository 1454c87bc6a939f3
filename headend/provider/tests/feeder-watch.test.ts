/** The watch over a feeder: alarms by a theft and by nothing else, in whatever order intervals come, and the same after a restart. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cusumDesign } from "../cusum.ts";
import { FeederWatch, newWatch, type WatchDesign } from "../feeder-watch.ts";
import { type Measured, measure } from "../measured.ts";
import { HOMES, made } from "./losses.ts";

const PLACE = {
  intervalMs: 900_000,
  members: HOMES,
  silentHomes: 0,
  unmeteredMilliwattHours: 0,
  channels: { imported: 0, exported: 1 },
};
const SAMPLES = 192;
const DESIGN: WatchDesign = {
  cusum: cusumDesign(35_040),
  samples: SAMPLES,
  mostLossShare: 0.06,
  openIntervals: 96,
};

function interval(i: number, stolen = 0, counted = HOMES): Measured {
  const measured = measure(i, made(i, stolen, counted), PLACE);
  if (measured === undefined) throw new Error("something is counted");
  return measured;
}

/** A watch that has learned. */
function learned(): FeederWatch {
  const watch = new FeederWatch(DESIGN, newWatch(0));
  for (let i = 0; i < SAMPLES; i++) watch.take(interval(i));
  return watch;
}

describe("a feeder under watch", () => {
  test("is learned from whole intervals alone, and is quiet while nothing is wrong", () => {
    const watch = new FeederWatch(DESIGN, newWatch(0));
    for (let i = 0; i < SAMPLES; i++) watch.take(interval(i, 0, HOMES - 5));
    expect(watch.learned).toBe(0);
    for (let i = SAMPLES; i < 2 * SAMPLES; i++) watch.take(interval(i));
    expect(watch.learned).toBe(1);
    for (let i = 2 * SAMPLES; i < 2 * SAMPLES + 960; i++) {
      watch.take(interval(i));
      for (const alarm of ["loss", "surplus", "baseline"] as const) expect(watch.standing(alarm)).toBeNull();
    }
  });

  test("says loss at once when much goes past the meters, and a while after it has ended no more", () => {
    const watch = learned();
    watch.take(interval(SAMPLES, 300_000));
    expect(watch.standing("loss")).toEqual({ by: "band", since: SAMPLES });
    expect(watch.standing("surplus")).toBeNull();
    for (let i = SAMPLES + 1; i < SAMPLES + 60; i++) watch.take(interval(i));
    expect(watch.standing("loss")).toBeNull();
  });

  test("says loss by and by when a little goes past the meters for long", () => {
    const watch = learned();
    let i = SAMPLES;
    while (watch.standing("loss") === null && i < SAMPLES + 200) watch.take(interval(i++, 20_000));
    expect(watch.standing("loss")?.by).toBe("cusum");
    expect(i - SAMPLES).toBeGreaterThan(2);
    expect(i - SAMPLES).toBeLessThan(40);
  });

  test("says surplus when homes report more than flowed", () => {
    const watch = learned();
    watch.take(interval(SAMPLES, -300_000));
    expect(watch.standing("surplus")).toEqual({ by: "band", since: SAMPLES });
    expect(watch.standing("loss")).toBeNull();
  });

  test("says baseline when it was learned with a theft, and forgets nothing by it", () => {
    const watch = new FeederWatch(DESIGN, newWatch(0));
    for (let i = 0; i < SAMPLES; i++) watch.take(interval(i, 600_000));
    expect(watch.standing("baseline")).toEqual({ by: "model", since: SAMPLES - 1 });
  });

  test("with a block missing hears a large theft, and not what the missing homes may explain", () => {
    const quiet = learned();
    for (let i = SAMPLES; i < SAMPLES + 400; i++) quiet.take(interval(i, 200_000, HOMES - 5));
    expect(quiet.standing("loss")).toBeNull();
    const loud = learned();
    for (let i = SAMPLES; i < SAMPLES + 400; i++) loud.take(interval(i, 4_000_000, HOMES - 5));
    expect(loud.standing("loss")).not.toBeNull();
  });
});

test("intervals with estimated homes leave the sum of the whole ones as it is", () => {
  const watch = learned();
  for (let i = SAMPLES; i < SAMPLES + 4; i++) watch.take(interval(i, 20_000));
  const { whole } = watch.sides.loss;
  expect(whole).toBeGreaterThan(0);
  for (let i = SAMPLES + 4; i < SAMPLES + 40; i++) watch.take(interval(i, 0, HOMES - 5));
  expect(watch.sides.loss.whole).toBe(whole);
});

describe("what comes late", () => {
  const days = Array.from({ length: 60 }, (_, i) => SAMPLES + i);

  test("takes its place: the sums are those of the intervals in order, whatever the order they came in", () => {
    const stolen = fc.array(fc.integer({ min: -60_000, max: 60_000 }), { minLength: 60, maxLength: 60 });
    const order = fc.shuffledSubarray(days, { minLength: 60 });
    fc.assert(
      fc.property(stolen, order, (amounts, shuffled) => {
        const [straight, late] = [learned(), learned()];
        for (const i of days) straight.take(interval(i, amounts[i - SAMPLES]));
        // the first word on each is of a part of the homes
        for (const i of shuffled) late.take(interval(i, amounts[i - SAMPLES], HOMES - 5));
        for (const i of [...shuffled].reverse()) late.take(interval(i, amounts[i - SAMPLES]));
        expect(late.sides).toEqual(straight.sides);
      }),
      { numRuns: 30 },
    );
  });

  test("takes back an alarm that the estimate raised, and counts nothing twice", () => {
    const watch = learned();
    // the five homes that are not counted draw far more than the others
    const late = { ...interval(SAMPLES, 6_000_000, HOMES - 5) };
    watch.take(late);
    expect(watch.standing("loss")).not.toBeNull();
    watch.take(interval(SAMPLES));
    expect(watch.standing("loss")).toBeNull();
    const { sides } = watch;
    watch.take(interval(SAMPLES));
    expect(watch.sides).toEqual(sides);
  });

  test("changes nothing once its interval is closed", () => {
    const watch = learned();
    for (let i = SAMPLES; i < SAMPLES + 200; i++) watch.take(interval(i));
    const { state, sides } = watch;
    watch.take(interval(SAMPLES + 3, 900_000));
    expect(watch.state).toEqual(state);
    expect(watch.sides).toEqual(sides);
  });
});

describe("a restart", () => {
  test("goes on from what was kept and the intervals that are open", () => {
    const watch = learned();
    const all = Array.from({ length: 150 }, (_, i) => interval(SAMPLES + i, 8_000));
    for (const one of all) watch.take(one);
    const again = new FeederWatch(DESIGN, JSON.parse(JSON.stringify(watch.state)));
    for (const one of all) again.take(one);
    expect(again.sides).toEqual(watch.sides);
    expect(watch.sides.loss.whole).toBeGreaterThan(0);
  });
});
