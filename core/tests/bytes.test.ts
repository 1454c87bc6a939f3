/** Byte arrays, names, intervals and waiting times: the small parts that everything else stands on. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { backoffMs } from "../backoff.ts";
import {
  asciiBytes,
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  toHex,
  uint64Bytes,
  uint64Value,
} from "../bytes.ts";
import { ChoirError, hasCode } from "../errors.ts";
import { checkIntervalLength, graceMs, intervalAt, intervalEnd, intervalStart } from "../interval.ts";
import { checkId, checkObis } from "../names.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("byte arrays", () => {
  test("join, compare and order as Node's buffers do", () => {
    const bytes = fc.uint8Array({ maxLength: 6, max: 3 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(concatBytes(a, b, a)).toEqual(new Uint8Array(Buffer.concat([a, b, a])));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test("are hex and back, in either case, and nothing else is hex", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(fromHex(toHex(bytes).toUpperCase()), bytes)));
    expect(toHex(Uint8Array.of(0, 10, 255))).toBe("000aff");
    for (const text of ["0", "0g", " 00", "0x00", "00\n"]) expect(() => fromHex(text)).toThrow(code("input_invalid"));
  });

  test("hold 7-bit text alone", () => {
    expect(asciiBytes("aZ~\0")).toEqual(Uint8Array.of(97, 90, 126, 0));
    expect(() => asciiBytes("é")).toThrow(code("input_invalid"));
  });

  test("hold whole numbers up to 2^53 - 1 in eight bytes, and never read beyond their own end", () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (value) => {
        expect(toHex(uint64Bytes(value))).toBe(value.toString(16).padStart(16, "0"));
        expect(uint64Value(concatBytes(Uint8Array.of(1), uint64Bytes(value)), 1)).toBe(value);
      }),
    );
    expect(() => uint64Value(fromHex("0020000000000000"))).toThrow(code("value_out_of_range"));
    expect(() => uint64Value(new Uint8Array(16).subarray(0, 7))).toThrow(code("length_wrong"));
  });
});

describe("names", () => {
  test("are 1 to 32 letters, digits, _ and -", () => {
    for (const id of ["a", "_", "-", "A-Za-z0-9_", "x".repeat(32)]) expect(checkId(id, "id")).toBe(id);
    for (const id of ["", "x".repeat(33), "a b", "a/b", "+", "#", "é", "a\n"]) {
      expect(() => checkId(id, "id")).toThrow(code("field_wrong"));
    }
  });

  test("of channels are OBIS codes", () => {
    expect(checkObis("1-0:1.8.0", "channel")).toBe("1-0:1.8.0");
    for (const obis of ["", "1.8.0", "1-0:1.8", "1-0:1.8.0*255", "1000-0:1.8.0", "1-0:1.8.0\n"]) {
      expect(() => checkObis(obis, "channel")).toThrow(code("field_wrong"));
    }
  });
});

describe("intervals", () => {
  test("are half-open, without a gap, and found again from any instant within", () => {
    fc.assert(
      fc.property(
        fc.nat(4_000_000),
        fc.nat(86_399),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (index, extra, part) => {
          const length = 1000 * (extra + 1);
          const start = intervalStart(index, length);
          expect(intervalEnd(index, length)).toBe(intervalStart(index + 1, length));
          expect(intervalAt(start + Math.floor(part * (length - 1)), length)).toBe(index);
          expect(intervalAt(start - 1, length)).toBe(index - 1);
        },
      ),
    );
  });

  test("last whole seconds, 1 s to 1 day, and have a quarter of that as grace", () => {
    for (const length of [1000, 900_000, 86_400_000])
      expect(graceMs(checkIntervalLength(length, "length"))).toBe(length / 4);
    for (const length of [0, 999, 1500, -1000, 86_401_000, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkIntervalLength(length, "length")).toThrow(code("value_out_of_range"));
    }
  });
});

test("a wait is at least 1 ms, at most its doubling ceiling, and never above the most", () => {
  const limits = { firstMs: 100, mostMs: 5000 };
  const most = (attempt: number) => backoffMs(attempt, 1 - Number.EPSILON, limits);
  expect([most(0), most(1), most(5), most(6), most(10_000)]).toEqual([100, 200, 3200, 5000, 5000]);
  expect(backoffMs(7, 0, limits)).toBe(1);
});

test("an error carries its code, what was checked, what was expected and what came", () => {
  const cause = new Error("below");
  const error = new ChoirError("length_wrong", "reading.z1", "44 bytes", "43", cause);
  expect(error.message).toBe("reading.z1: expected 44 bytes, got 43 (length_wrong)");
  expect(error).toMatchObject({ name: "ChoirError", subject: "reading.z1", expected: "44 bytes", got: "43", cause });
  expect([hasCode(error, "length_wrong"), hasCode(error, "type_wrong"), hasCode(cause, "length_wrong")]).toEqual([
    true,
    false,
    false,
  ]);
});
