/** The layout of a street: blocks of k_min seats in order, and the rest joins the last. */

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../../core/errors.ts";
import { layOut, padded, planGroups } from "../plan.ts";

test("a group is cut into blocks of k_min seats in order, and the rest joins the last", () => {
  const groups = planGroups(2, 7, 3);
  expect(groups.map(({ id, feeder, meters }) => ({ id, feeder, meters }))).toEqual([
    { id: "group-1", feeder: "feeder-1", meters: [0, 1, 2, 3, 4, 5, 6] },
    { id: "group-2", feeder: "feeder-2", meters: [7, 8, 9, 10, 11, 12, 13] },
  ]);
  expect(groups.map(({ blocks }) => [...blocks])).toEqual([
    [
      ["block-1-1", [0, 1, 2]],
      ["block-1-2", [3, 4, 5, 6]],
    ],
    [
      ["block-2-1", [7, 8, 9]],
      ["block-2-2", [10, 11, 12, 13]],
    ],
  ]);
});

test("every meter sits in exactly one block, no block is below k_min, none could be two", () => {
  const sizes = fc.record({
    groups: fc.integer({ min: 1, max: 12 }),
    kMin: fc.integer({ min: 1, max: 9 }),
    extra: fc.nat(30),
  });
  fc.assert(
    fc.property(sizes, ({ groups: count, kMin, extra }) => {
      const perGroup = kMin + extra;
      const groups = planGroups(count, perGroup, kMin);
      const seated = groups.flatMap(({ blocks }) => [...blocks.values()].flat());
      expect(seated).toEqual(Array.from({ length: count * perGroup }, (_, i) => i));
      const lengths = groups.flatMap(({ blocks }) => [...blocks.values()].map((block) => block.length));
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(kMin);
      expect(Math.max(...lengths)).toBeLessThan(2 * kMin);
      const ids = groups.flatMap(({ id, feeder, blocks }) => [id, feeder, ...blocks.keys()]);
      expect(new Set(ids).size).toBe(ids.length);
      expect(groups.map(({ id }) => id)).toEqual(groups.map(({ id }) => id).sort());
    }),
  );
});

test("a group below k_min is refused", () => {
  expect(() => planGroups(1, 5, 6)).toThrow("group: expected at least k_min = 6 meters, got 5 (group_too_small)");
  let error: unknown;
  try {
    planGroups(3, 0, 1);
  } catch (caught) {
    error = caught;
  }
  expect(hasCode(error, "group_too_small")).toBe(true);
});

test("ids have as many digits as the last one", () => {
  expect([padded(7, 9), padded(7, 10), padded(7, 100)]).toEqual(["7", "07", "007"]);
});

test("a tariff group has the first two blocks of each group, and no feeder", () => {
  const groups = layOut({ groupCount: 2, perGroup: 24, kMin: 6, tariff: true });
  expect(groups.map(({ id, feeder }) => [id, feeder])).toEqual([
    ["group-1", "feeder-1"],
    ["group-2", "feeder-2"],
    ["tariff", undefined],
  ]);
  const tariff = groups[2];
  expect([...(tariff?.blocks.keys() ?? [])]).toEqual(["block-1-1", "block-1-2", "block-2-1", "block-2-2"]);
  expect(tariff?.meters).toEqual([...Array(12).keys(), ...[...Array(12).keys()].map((i) => 24 + i)]);
});

test.each([
  ["it is not wanted", { groupCount: 2, perGroup: 24, kMin: 6, tariff: false }],
  ["there is one feeder", { groupCount: 1, perGroup: 24, kMin: 6, tariff: true }],
  ["a group would be in it whole", { groupCount: 2, perGroup: 17, kMin: 6, tariff: true }],
])("there is none where %s", (_, layout) => {
  expect(layOut(layout).map(({ id }) => id)).not.toContain("tariff");
});
