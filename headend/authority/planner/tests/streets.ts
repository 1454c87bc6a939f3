/** Made-up streets for the planner's tests: fast-check arbitraries of metering points with a feeder and two attributes, and of wishes. */

import fc from "fast-check";
import { POINT_KINDS, type Point, type Points } from "../points.ts";
import { parseWish, type Wish } from "../wishes.ts";

/** Wishes of a test. */
export const wishesOf = (...texts: readonly string[]): readonly Wish[] => texts.map(parseWish);

/** A home, or another kind of point. */
export function point(
  seat: string,
  feeder: string,
  more: Partial<Point> & { tariff?: string; zone?: string } = {},
): Point {
  const { tariff = "", zone = "", ...rest } = more;
  return { seat, feeder, kind: "home", meter: "", key: "", attributes: { feeder, tariff, zone }, ...rest };
}

/** Points as the planner takes them. */
export const street = (points: readonly Point[]): Points => ({ points, attributes: ["feeder", "tariff", "zone"] });

/** Homes of one feeder, tariff and zone, named by a prefix and a number from 1. */
export function homes(count: number, feeder: string, tariff = "day", zone = "a"): readonly Point[] {
  return Array.from({ length: count }, (_, i) =>
    point(`${feeder}-${tariff}-${zone}-${i + 1}`, feeder, { tariff, zone }),
  );
}

/** Up to `most` points, and nearly so many, behind two feeders, of all kinds, mostly homes; the first is one, so that every wish has a value. */
export function streets(most: number): fc.Arbitrary<Points> {
  const one = fc.record({
    feeder: fc.constantFrom("f1", "f2"),
    tariff: fc.constantFrom("day", "night"),
    zone: fc.constantFrom("a", "b", ""),
    kind: fc.constantFrom("home" as const, "home" as const, "home" as const, ...POINT_KINDS),
  });
  return fc
    .array(one, { minLength: most - 4, maxLength: most - 1 })
    .map((points) =>
      street([
        point("p", "f1", { tariff: "day", zone: "a" }),
        ...points.map(({ feeder, ...rest }, i) => point(`p${i}`, feeder, rest)),
      ]),
    );
}

/** Any of the three attributes, at least one. */
export const anyWishes: fc.Arbitrary<readonly Wish[]> = fc
  .subarray(["feeder", "tariff", "zone"], { minLength: 1 })
  .map((attributes) => wishesOf(...attributes));
