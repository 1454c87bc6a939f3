/** The button does something once, after ten seconds, and never for one that was down when the board started. */
import { describe, expect, test } from "@jest/globals";
import { HOLD_MS, Hold } from "../hold.ts";

/** Looks each 100 ms at a button that is down in these stretches of ms. */
function looks(down: readonly (readonly [from: number, to: number])[], untilMs: number): readonly string[] {
  const hold = new Hold();
  const seen: string[] = [];
  for (let now = 0; now < untilMs; now += 100) {
    const look = hold.look(
      down.some(([from, to]) => now >= from && now < to),
      now,
    );
    if (look !== seen.at(-1)) seen.push(look);
  }
  return seen;
}

describe("a held button", () => {
  test("counts once when it has been down for ten seconds, and again only after it was up", () => {
    expect(looks([[1_000, 40_000]], 45_000)).toEqual(["released", "down", "held", "down", "released"]);
    const twice = looks(
      [
        [1_000, 12_000],
        [13_000, 24_000],
      ],
      30_000,
    );
    expect(twice.filter((look) => look === "held")).toHaveLength(2);
  });

  test("does not count when it is let go sooner, however often", () => {
    const presses = [1, 2, 3, 4].map((at) => [at * 10_000, at * 10_000 + HOLD_MS - 100] as const);
    expect(looks(presses, 60_000)).not.toContain("held");
  });

  test("does not count when it was down at the start, until it has been up", () => {
    expect(looks([[0, 30_000]], 31_000)).toEqual(["released"]);
    expect(
      looks(
        [
          [0, 5_000],
          [6_000, 17_000],
        ],
        20_000,
      ),
    ).toContain("held");
  });
});
