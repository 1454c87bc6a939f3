/** The plaintext: v1's layouts and sums against the reference, and what guard bits and the count must find. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Layout, layout, pack, unpack } from "../paillier/packing.ts";
import { integer, layoutOf, packingVectors } from "./vectors.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const named = packingVectors().map((vector) => ({
  name: `${vector.channels.length} channels, ${vector.largestGroup} meters`,
  vector,
}));

describe.each(named)("v1, a layout of $name", ({ vector }) => {
  const plan = layoutOf(vector);

  test("has the reference's widths", () => {
    expect([plan.count.bits, ...plan.slots.map(({ bits }) => bits)]).toEqual(vector.slotBits);
    expect(plan.bits).toBe(vector.bits);
  });

  test("packs as the reference does", () => {
    for (const { values, plaintext } of vector.readings) expect(pack(plan, values).toString(16)).toBe(plaintext);
  });

  test("holds the fullest sum: the largest group, each channel at its maximum", () => {
    const { count, sums } = unpack(plan, integer(vector.fullest.plaintext), vector.largestGroup);
    expect(count).toBe(vector.largestGroup);
    expect(sums.map(String)).toEqual(vector.fullest.sums);
  });

  test.each(vector.refused)("refuses the sum $plaintext with $code", ({ plaintext, code: wanted }) => {
    expect(() => unpack(plan, integer(plaintext), vector.largestGroup)).toThrow(code(wanted));
  });
});

const channels = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((maxima) => maxima.map((maximumMilliwattHours, i) => ({ obis: `1-0:${i}.8.0`, maximumMilliwattHours })));
const members = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 17, 2 ** 20 - 1, 2 ** 20));

describe("any layout", () => {
  test("has slots side by side, each just wide enough for the largest group at its maximum", () => {
    fc.assert(
      fc.property(channels, members, (list, largestGroup) => {
        const plan = layout(list, largestGroup);
        let offset = 0;
        [1, ...list.map((channel) => channel.maximumMilliwattHours)].forEach((maximum, i) => {
          const slot = [plan.count, ...plan.slots][i] as Layout["count"];
          expect(slot.offset).toBe(offset);
          const guard = 1n << BigInt(slot.bits - 1);
          const fullest = BigInt(maximum) * BigInt(largestGroup);
          // the widths of value and members are rounded up to bits, each by less than one
          expect(fullest < guard && guard <= 4n * (BigInt(maximum) + 1n) * BigInt(largestGroup)).toBe(true);
          offset += slot.bits;
        });
        expect(plan.bits).toBe(offset);
      }),
    );
  });

  test("gives back the sums of the readings that were added, for any group up to the largest", () => {
    const scaled = (part: number, maximum: number) => Math.min(maximum, Math.floor(part * (maximum + 1)));
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        channels,
        fc.array(fc.array(part, { minLength: 8, maxLength: 8 }), { maxLength: 20 }),
        (list, parts) => {
          const plan = layout(list, Math.max(1, parts.length));
          const readings = parts.map((row) =>
            list.map(({ maximumMilliwattHours }, i) => scaled(row[i] ?? 0, maximumMilliwattHours)),
          );
          const sum = readings.reduce((total, values) => total + pack(plan, values), 0n);
          const expected = list.map((_, i) => readings.reduce((total, values) => total + BigInt(values[i] ?? 0), 0n));
          expect(unpack(plan, sum, readings.length)).toEqual({ count: readings.length, sums: expected });
        },
      ),
    );
  });

  test("refuses a value below 0, above its maximum or not whole, and another number of values", () => {
    const plan = layout(
      [
        { obis: "1-0:1.8.0", maximumMilliwattHours: 100 },
        { obis: "1-0:2.8.0", maximumMilliwattHours: 1 },
      ],
      3,
    );
    expect(unpack(plan, pack(plan, [100, 1]), 1).sums).toEqual([100n, 1n]);
    for (const value of [-1, 101, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => pack(plan, [value, 0])).toThrow(code("value_out_of_range"));
    }
    expect(() => pack(plan, [0, 2])).toThrow(code("value_out_of_range"));
    for (const values of [[], [1], [1, 1, 1]]) expect(() => pack(plan, values)).toThrow(code("length_wrong"));
  });

  test("refuses an opened sum that is negative", () => {
    const plan = layout([{ obis: "1-0:1.8.0", maximumMilliwattHours: 100 }], 3);
    expect(() => unpack(plan, -1n, 0)).toThrow(code("guard_bits_set"));
    expect(unpack(plan, 0n, 0)).toEqual({ count: 0, sums: [0n] });
  });
});

test("a refused value is not named in the error, since it is a reading", () => {
  const plan = layout([{ obis: "1-0:1.8.0", maximumMilliwattHours: 100 }], 3);
  expect(() => pack(plan, [987_654])).toThrow(expect.objectContaining({ message: expect.not.stringContaining("987") }));
});

test.each([
  ["no channel", [], 3, "value_out_of_range"],
  ["nine channels", Array.from({ length: 9 }, (_, i) => [`1-0:${i}.8.0`, 1]), 3, "value_out_of_range"],
  ["a code that is no OBIS code", [["energy", 1]], 3, "field_wrong"],
  [
    "a code twice",
    [
      ["1-0:1.8.0", 1],
      ["1-0:1.8.0", 2],
    ],
    3,
    "field_wrong",
  ],
  ["a maximum of 0", [["1-0:1.8.0", 0]], 3, "value_out_of_range"],
  ["a maximum that is not whole", [["1-0:1.8.0", 1.5]], 3, "value_out_of_range"],
  ["a maximum of 2^53", [["1-0:1.8.0", 2 ** 53]], 3, "value_out_of_range"],
  ["no members", [["1-0:1.8.0", 1]], 0, "value_out_of_range"],
  ["more than 2^20 members", [["1-0:1.8.0", 1]], 2 ** 20 + 1, "value_out_of_range"],
] as const)("a layout with %s is refused", (_, list, largestGroup, wanted) => {
  expect(() => layoutOf({ channels: list as readonly (readonly [string, number])[], largestGroup })).toThrow(
    code(wanted),
  );
});
